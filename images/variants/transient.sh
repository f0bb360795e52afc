#!/bin/sh
# transient.sh TREE: /etc of TREE is made again at every boot. ostree 2025.2 reads etc.transient only where sysroot.readonly is on too, and
# reads it in the initramfs, so both copies of the file change. What is this device's own comes back from /var (transient-switch_root).
set -eu
tree=$1 here=$(cd "$(dirname "$0")" && pwd)
config=$tree/usr/lib/ostree/prepare-root.conf
rm "$config"
cat >"$config" <<'CONFIG'
[sysroot]
readonly=true

[etc]
transient=true
CONFIG

image=$(echo "$tree"/usr/lib/modules/*/initramfs.img)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
zstd -q -dc "$image" | (cd "$work" && cpio -id --quiet)
cp "$config" "$work/usr/lib/ostree/prepare-root.conf"
rm "$work/bin/switch_root" "$image"
install -m 0755 "$here/transient-switch_root" "$work/bin/switch_root"
# Debian's kernel has overlayfs as a module, and the mount of a transient /etc is one.
busybox xz -dc "$tree"/usr/lib/modules/*/kernel/fs/overlayfs/overlay.ko.xz >"$work/modules/overlay.ko"
echo 'insmod /modules/overlay.ko' >"$work/early"
chmod 0755 "$work/early"
for applet in cp dirname mv sed sync; do ln -s busybox "$work/bin/$applet"; done
find "$work" -exec touch -h -d @0 {} +
(cd "$work" && find . | LC_ALL=C sort | cpio --reproducible -o -H newc --quiet -R 0:0) | zstd -q -12 --no-check -f -o "$image"
