#!/bin/sh
# adapt.sh: makes of the builder root of the reference device one for this device. Runs in it, with the packages of the other architecture
# unpacked in /build/device and a copy of images/reference in /build/reference. No program of the other architecture runs: what maintainer
# scripts do to /etc does not depend on it, and is taken from the builder root.
set -eu
cd /build
rm -rf device/etc
cp -a /etc device/etc
rm -f device/etc/ld.so.conf.d/x86_64-linux-gnu.conf
ln -sfn mawk device/usr/bin/awk
cp -a arm64/overlay/base/. reference/overlay/base/

# adapt FILE EXPRESSION: the one change that this device needs in what the reference device is made by. That it changes nothing is an error:
# the file is another one than when this was written.
adapt() {
  sed "$2" "reference/$1" >adapted
  if cmp -s adapted "reference/$1"; then
    echo "adapt.sh: nothing to change in $1: $2" >&2
    exit 1
  fi
  cat adapted >"reference/$1"
}
adapt shape.sh 's|^cp -al /usr |cp -al device/usr |'
adapt shape.sh 's|^cp -a /etc |cp -a device/etc |'
adapt shape.sh 's|in bin sbin lib lib64; do cp -a "/\$link"|in bin sbin lib; do cp -a "device/$link"|'
adapt shape.sh 's|x86_64-linux-gnu|aarch64-linux-gnu|g'
# A cache that this ldconfig could not make; without one the libraries are found where the linker looks by itself.
adapt shape.sh '/^ldconfig /d'
adapt shape.sh 's|ttyS0|ttyAMA0|g'
adapt tune.sh 's|ttyS0|ttyAMA0|g'
adapt boot-disk.sh 's|console=ttyS0|console=ttyAMA0|'
# ostree's backend for U-Boot keeps what a uEnv.txt has besides, and wants one to be there.
adapt boot-disk.sh 's|sysroot.bootloader none|sysroot.bootloader uboot\n  mkdir "$1/boot/loader.0"\n  : >"$1/boot/loader.0/uEnv.txt"\n  ln -s loader.0 "$1/boot/loader"|'
adapt boot-disk.sh 's|type=21686148-6449-6E6F-744E-656564454649, name=bios|type=L, name=env|'
adapt boot-disk.sh 's|name=boot, .*|&, attrs=LegacyBIOSBootable|'
adapt boot-disk.sh '/^  grub=/,/^  boot=/{/^  boot=/!d}'
adapt boot-disk.sh 's|^  mv "$1/boot" .*|&\n  cp boot.scr "$boot/"|'
adapt boot-disk.sh 's|^TABLE$|&\n  dd if=env.img of="$2" bs=512 seek=2048 conv=notrunc status=none|'
adapt disk.sh '/^grub-mkimage /,/^cp .*boot.img/d'
adapt initramfs/build.sh 's|/usr/bin/busybox|/build/device&|'
adapt initramfs/build.sh 's|cp /usr/lib/ostree/ostree-prepare-root|cp /build/device/usr/lib/ostree/ostree-prepare-root|'
adapt initramfs/build.sh 's|\$(ldd .*)|$(sh /build/arm64/libraries.sh /usr/lib/ostree/ostree-prepare-root)|'
adapt initramfs/build.sh 's|cp -L "\$library"|cp -L "/build/device$library"|'
adapt overlay/base/usr/libexec/bootproof/boot-health 's|\$(grub-editenv .*)|$(/usr/libexec/bootproof/boot-counter left)|'
rm adapted
