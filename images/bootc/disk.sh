#!/bin/sh
# disk.sh OUTPUT REFERENCE NAME...: a bootable raw disk with the named OCI images deployed by bootc's own importer, the last one booted, which
# follows REFERENCE:stable. Runs in the builder root.
set -eu
output=$1 reference=$2
shift 2
cd /build
export OSTREE_SYSROOT_DEBUG=mutable-deployments SOURCE_DATE_EPOCH=1767225600
. reference/boot-disk.sh
work=$(mktemp -d /build/sysroot.XXXXXX)
trap 'rm -rf "$work"' EXIT
sysroot=$work/sysroot
init_sysroot "$sysroot"
kargs=$first_kargs
for name in "$@"; do
  # shellcheck disable=SC2086
  bootc internals ostree-container image deploy --sysroot "$sysroot" --stateroot bootproof $kargs \
    --imgref "ostree-unverified-image:oci:/build/oci:$name" --target-imgref "ostree-unverified-registry:$reference:stable" >/dev/null
  kargs=
done
raw_disk "$sysroot" "$output" 3072
