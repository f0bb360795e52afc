#!/bin/sh
# shape.sh: turns the builder root into the tree of the reference device (/build/base), without kernel and version.
# Runs in the builder root. Hard links: nothing of /usr is copied, so files are replaced here, never edited in place.
set -eu
cd /build
rm -rf base
mkdir base
cp -al /usr base/usr
mkdir -p base/boot base/var base/sysroot base/run base/proc base/sys base/dev
mkdir -m 1777 base/tmp
cp -a /etc base/usr/etc
for link in bin sbin lib lib64; do cp -a "/$link" "base/$link"; done
while read -r link target; do ln -s "$target" "base/$link"; done <<'LINKS'
ostree sysroot/ostree
home var/home
root var/roothome
opt var/opt
srv var/srv
mnt var/mnt
media run/media
LINKS
rm -rf base/usr/local base/usr/lib/grub base/usr/share/grub base/usr/lib/modules base/usr/include base/usr/share/zoneinfo \
  base/usr/share/perl base/usr/share/common-licenses base/usr/lib/klibc base/usr/share/locale base/usr/share/doc
# Not this device's: what made the images, package management, and tables that nothing here looks up. Each observation reads all of /usr.
rm -rf base/usr/lib/udev/hwdb.d base/usr/lib/udev/hwdb.bin base/usr/lib/x86_64-linux-gnu/gconv base/usr/lib/apt \
  base/usr/share/perl5 base/usr/share/zsh base/usr/share/bug base/usr/share/initramfs-tools base/usr/share/gcc \
  base/usr/bin/apt* base/usr/bin/sqv base/usr/bin/*zstd* base/usr/sbin/grub-* base/usr/bin/perl* \
  base/usr/lib/x86_64-linux-gnu/perl-base
for library in apt stdc++ freetype png16; do rm -f base/usr/lib/x86_64-linux-gnu/lib$library*; done
find base/usr/bin -name 'grub-*' ! -name grub-editenv -exec rm {} +
mkdir -p base/usr/lib/modules
ln -s ../var/usrlocal base/usr/local

etc=base/usr/etc
rm -rf $etc/machine-id $etc/fstab $etc/hostname $etc/resolv.conf $etc/ssh/ssh_host_* $etc/*- $etc/.pwd.lock $etc/apt \
  $etc/systemd/system/*.wants $etc/ld.so.cache $etc/cron.* $etc/kernel $etc/initramfs-tools $etc/grub.d
mkdir -p $etc/ssh/authorized_keys.d $etc/ostree
: >$etc/machine-id
ldconfig -r base -C /usr/etc/ld.so.cache

cp -a --remove-destination reference/overlay/base/. base/
chown -R 0:0 base/usr/lib/greenboot base/usr/libexec/bootproof

units=$etc/systemd/system
enable() { mkdir -p "$units/$1.wants" && ln -sfn "/usr/lib/systemd/system/$2" "$units/$1.wants/${3:-$2}"; }
enable multi-user.target ssh.service
enable multi-user.target boot-health.service
enable multi-user.target static-network.service
enable local-fs.target ostree-remount.service
enable local-fs.target tmp.mount
enable getty.target serial-getty@.service serial-getty@ttyS0.service
sh reference/tune.sh base
