#!/bin/sh
# build.sh KERNEL_RELEASE OUTPUT [EARLY]: an initramfs for the reference device, the same bytes for the same inputs.
# Runs in the builder root. EARLY is a shell fragment that runs before the root is looked for.
set -eu
release=$1 output=$2 early=${3:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$work/dev" "$work/proc" "$work/sys" "$work/run" "$work/sysroot" "$work/modules" "$work/usr/lib"
ln -s usr/lib "$work/lib"
ln -s usr/lib64 "$work/lib64"
install -m 0755 /build/reference/initramfs/init "$work/init"
if [ -n "$early" ]; then install -m 0755 "$early" "$work/early"; fi

cp /usr/bin/busybox "$work/bin/busybox"
for applet in sh mount mkdir insmod switch_root sleep echo cat findfs reboot; do ln -s busybox "$work/bin/$applet"; done
cp /usr/lib/ostree/ostree-prepare-root "$work/bin/"
mkdir -p "$work/usr/lib/ostree"
cp "${PREPARE_ROOT:-/build/base/usr/lib/ostree/prepare-root.conf}" "$work/usr/lib/ostree/prepare-root.conf"
for library in $(ldd /usr/lib/ostree/ostree-prepare-root | grep -oE '/lib[^ ]+'); do
  mkdir -p "$work/usr$(dirname "$library")"
  cp -L "$library" "$work/usr$library"
done

for module in drivers/block/virtio_blk drivers/net/virtio_net drivers/net/net_failover net/core/failover; do
  busybox xz -dc "/usr/lib/modules/$release/kernel/$module.ko.xz" >"$work/modules/${module##*/}.ko"
done

find "$work" -exec touch -h -d @0 {} +
(cd "$work" && find . | LC_ALL=C sort | cpio --reproducible -o -H newc --quiet -R 0:0) | zstd -q -12 --no-check -f -o "$output"
