#!/bin/sh
# disk.sh OUTPUT REFERENCE NAME...: a bootable raw disk with the named OCI images deployed by bootc's own importer, the last one booted, which
# follows REFERENCE:stable. Partitions and boot loader are those of images/reference/disk.sh. Runs in the builder root.
set -eu
output=$1 reference=$2
shift 2
cd /build
export OSTREE_SYSROOT_DEBUG=mutable-deployments SOURCE_DATE_EPOCH=1767225600
work=$(mktemp -d /build/sysroot.XXXXXX)
trap 'rm -rf "$work"' EXIT
sysroot=$work/sysroot
mkdir "$sysroot"
ostree admin init-fs --modern "$sysroot"
ostree admin --sysroot="$sysroot" os-init bootproof >/dev/null
ostree --repo="$sysroot/ostree/repo" config set sysroot.bootloader none
# Kernel arguments belong to the deployment, and are carried over from the one before.
kargs='--karg=root=LABEL=root --karg=rw --karg=console=ttyS0,115200 --karg=mitigations=off --karg=audit=0 --karg=lsm=yama --karg=net.ifnames=0 --karg=panic=1'
for name in "$@"; do
  # shellcheck disable=SC2086
  bootc internals ostree-container image deploy --sysroot "$sysroot" --stateroot bootproof $kargs \
    --imgref "ostree-unverified-image:oci:/build/oci:$name" --target-imgref "ostree-unverified-registry:$reference:stable" >/dev/null
  kargs=
done
mkdir -p "$sysroot/boot/grub/i386-pc"
cp reference/grub/grub.cfg "$sysroot/boot/grub/"
for module in linux relocator mmap video boot vbe video_fb; do
  cp "/usr/lib/grub/i386-pc/$module.mod" "$sysroot/boot/grub/i386-pc/"
done
grub-editenv "$sysroot/boot/grub/grubenv" create
grub-editenv "$sysroot/boot/grub/grubenv" set boot_success=1

mv "$sysroot/boot" "$work/boot"
mkdir "$sysroot/boot"
rm -f "$output"
truncate -s 3G "$output"
sfdisk -q "$output" <<'TABLE'
label: gpt
label-id: 6F6F7462-6F6F-4070-726F-6F6600000000
start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649, name=bios, uuid=6F6F7462-6F6F-4070-726F-6F6600000001
start=4096, size=409600, type=L, name=boot, uuid=6F6F7462-6F6F-4070-726F-6F6600000002
start=413696, size=2048, type=L, name=marks, uuid=6F6F7462-6F6F-4070-726F-6F6600000003
start=415744, size=5873664, type=L, name=root, uuid=6F6F7462-6F6F-4070-726F-6F6600000004
TABLE
make() {
  mke2fs -q -t ext4 -b 4096 -L "$1" -d "$2" -U "6f6f7462-6f6f-4070-726f-6f66000000$3" \
    -E "offset=$4,root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0,hash_seed=6f6f7462-6f6f-4070-726f-6f66000000ff" "$output" "$5"
}
make boot "$work/boot" 12 $((4096 * 512)) 204800k
make root "$sysroot" 14 $((415744 * 512)) 2936832k
