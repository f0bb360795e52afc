#!/bin/sh
# disk.sh OUTPUT NAME...: a bootable raw disk with the named images deployed, the last one booted. Runs in the builder root. MBR and core image
# are joined by the caller.
set -eu
output=$1
shift
cd /build
export OSTREE_SYSROOT_DEBUG=mutable-deployments SOURCE_DATE_EPOCH=1767225600
. reference/boot-disk.sh
work=$(mktemp -d /build/sysroot.XXXXXX)
trap 'rm -rf "$work"' EXIT
sysroot=$work/sysroot
init_sysroot "$sysroot"
repo() { ostree --repo="$sysroot/ostree/repo" "$@"; }
repo remote add --if-not-exists bootproof http://repository.invalid/ bootproof/stable \
  --set=gpg-verify=true --set=gpg-verify-summary=true --set=gpgkeypath=/etc/ostree/trusted.gpg
kargs=$first_kargs
for name in "$@"; do
  repo pull-local --remote=bootproof repo "bootproof/$name" >/dev/null
  repo refs --delete bootproof:bootproof/stable >/dev/null 2>&1 || true
  repo refs --create=bootproof:bootproof/stable "bootproof:bootproof/$name"
  repo refs --delete "bootproof:bootproof/$name"
  # shellcheck disable=SC2086
  ostree admin --sysroot="$sysroot" deploy --os=bootproof $kargs bootproof:bootproof/stable >/dev/null
  kargs=
done
grub-mkimage -O i386-pc -o core.img -p '(hd0,gpt2)/grub' -c reference/grub/early.cfg \
  biosdisk part_gpt ext2 normal configfile test regexp echo loadenv serial terminal
cp /usr/lib/grub/i386-pc/boot.img boot.img
raw_disk "$sysroot" "$output" 2048
