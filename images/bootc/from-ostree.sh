#!/bin/sh
# from-ostree.sh OUTPUT VERSION COMMIT: a bootable raw disk with the tree of the imported COMMIT, installed as plain ostree does it: a commit without
# a word of containers, deployed from a remote's branch, which is what its origin names. Prints the commit. Runs in the builder root, beside boot-disk.sh.
set -eu
output=$1 version=$2 imported=$3
cd /build
export OSTREE_SYSROOT_DEBUG=mutable-deployments SOURCE_DATE_EPOCH=1767225600
. reference/boot-disk.sh
work=$(mktemp -d /build/sysroot.XXXXXX)
trap 'rm -rf "$work"' EXIT
commit=$(ostree --repo=repo commit --orphan --tree=ref="$imported" --timestamp=2026-01-01T00:00:00Z \
  --add-metadata-string=version="$version" -s "$version")
sysroot=$work/sysroot
init_sysroot "$sysroot"
repo() { ostree --repo="$sysroot/ostree/repo" "$@"; }
repo remote add bootproof http://repository.invalid/ bootproof/stable --no-gpg-verify
repo pull-local repo "$commit" >/dev/null
repo refs --create=bootproof:bootproof/stable "$commit"
# shellcheck disable=SC2086
ostree admin --sysroot="$sysroot" deploy --os=bootproof $first_kargs bootproof:bootproof/stable >/dev/null
raw_disk "$sysroot" "$output" 3072
echo "$commit"
