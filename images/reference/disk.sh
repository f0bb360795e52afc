#!/bin/sh
# disk.sh OUTPUT NAME...: a bootable raw disk with the named images deployed, the last one booted. No mount, no partition
# device: each file system is made from a directory. Runs in the builder root. MBR and core image are joined by the caller.
set -eu
output=$1
shift
cd /build
export OSTREE_SYSROOT_DEBUG=mutable-deployments SOURCE_DATE_EPOCH=1767225600
work=$(mktemp -d /build/sysroot.XXXXXX)
trap 'rm -rf "$work"' EXIT
sysroot=$work/sysroot
mkdir "$sysroot"
ostree admin init-fs --modern "$sysroot"
ostree admin --sysroot="$sysroot" os-init bootproof >/dev/null
ostree --repo="$sysroot/ostree/repo" config set sysroot.bootloader none
ostree --repo="$sysroot/ostree/repo" remote add --if-not-exists bootproof http://repository.invalid/ bootproof/stable \
  --set=gpg-verify=true --set=gpg-verify-summary=true --set=gpgkeypath=/etc/ostree/trusted.gpg
for name in "$@"; do
  ostree --repo="$sysroot/ostree/repo" pull-local --remote=bootproof repo "bootproof/$name" >/dev/null
  ostree --repo="$sysroot/ostree/repo" refs --delete bootproof:bootproof/stable >/dev/null 2>&1 || true
  ostree --repo="$sysroot/ostree/repo" refs --create=bootproof:bootproof/stable "bootproof:bootproof/$name"
  ostree --repo="$sysroot/ostree/repo" refs --delete "bootproof:bootproof/$name"
  # Kernel arguments belong to the deployment, and are carried over from the one before.
  if [ "$name" = "$1" ]; then
    kargs='--karg=root=LABEL=root --karg=rw --karg=console=ttyS0,115200 --karg=mitigations=off --karg=audit=0 --karg=lsm=yama --karg=net.ifnames=0 --karg=panic=1'
  else
    kargs=
  fi
  # shellcheck disable=SC2086
  ostree admin --sysroot="$sysroot" deploy --os=bootproof $kargs bootproof:bootproof/stable >/dev/null
done

mkdir -p "$sysroot/boot/grub/i386-pc"
cp reference/grub/grub.cfg "$sysroot/boot/grub/"
for module in linux linux16 relocator mmap video boot vbe video_fb; do
  cp "/usr/lib/grub/i386-pc/$module.mod" "$sysroot/boot/grub/i386-pc/"
done
grub-editenv "$sysroot/boot/grub/grubenv" create
grub-editenv "$sysroot/boot/grub/grubenv" set boot_success=1
grub-mkimage -O i386-pc -o core.img -p '(hd0,gpt2)/grub' -c reference/grub/early.cfg \
  biosdisk part_gpt ext2 normal configfile test regexp echo loadenv serial terminal
cp /usr/lib/grub/i386-pc/boot.img boot.img

mv "$sysroot/boot" "$work/boot"
mkdir "$sysroot/boot"
rm -f "$output"
truncate -s 2G "$output"
sfdisk -q "$output" <<'TABLE'
label: gpt
label-id: 6F6F7462-6F6F-4070-726F-6F6600000000
start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649, name=bios, uuid=6F6F7462-6F6F-4070-726F-6F6600000001
start=4096, size=409600, type=L, name=boot, uuid=6F6F7462-6F6F-4070-726F-6F6600000002
start=413696, size=2048, type=L, name=marks, uuid=6F6F7462-6F6F-4070-726F-6F6600000003
start=415744, size=3776512, type=L, name=root, uuid=6F6F7462-6F6F-4070-726F-6F6600000004
TABLE
make() {
  mke2fs -q -t ext4 -b 4096 -L "$1" -d "$2" -U "6f6f7462-6f6f-4070-726f-6f66000000$3" \
    -E "offset=$4,root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0,hash_seed=6f6f7462-6f6f-4070-726f-6f66000000ff" "$output" "$5"
}
make boot "$work/boot" 12 $((4096 * 512)) 204800k
make root "$sysroot" 14 $((415744 * 512)) 1888256k
