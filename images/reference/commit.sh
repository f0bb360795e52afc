#!/bin/sh
# commit.sh NAME VERSION KERNEL(a|b) EARLY OVERLAY...: commits one image to /build/repo, the same checksum for the same inputs.
# Prints `commit KERNEL_RELEASE`. Runs in the builder root.
set -eu
name=$1 version=$2 kernel=$3 early=$4
shift 4
cd /build
export OSTREE_REPO=/build/repo
stamp=2026-01-01T00:00:00Z
if [ ! -d repo ]; then ostree init --repo=repo --mode=bare; fi
if ! ostree rev-parse base >/dev/null 2>&1; then
  ostree commit -b base --tree=dir=base --timestamp=$stamp -s base >/dev/null
fi

case $kernel in
  a) release=$(ls kernels/tree/usr/lib/modules 2>/dev/null || ls kernels/tree/lib/modules) && release=$(echo "$release" | sort -V | head -n 1) ;;
  b) release=$(ls kernels/tree/usr/lib/modules 2>/dev/null || ls kernels/tree/lib/modules) && release=$(echo "$release" | sort -V | tail -n 1) ;;
esac
if [ ! -d "kernels/$kernel" ]; then
  modules=kernels/$kernel/usr/lib/modules/$release
  mkdir -p "kernels/$kernel/usr/lib/modules"
  source=kernels/tree/usr/lib/modules/$release
  [ -d "$source" ] || source=kernels/tree/lib/modules/$release
  cp -a "$source" "$modules"
  rm -rf "$modules/kernel" "$modules/build" "$modules/source"
  # What this device can come to need. The rest drives other hardware, and each observation reads all of /usr.
  for part in arch block crypto lib mm drivers/block drivers/char drivers/net/virtio_net.ko.xz drivers/net/net_failover.ko.xz \
    drivers/net/loopback.ko.xz drivers/net/tun.ko.xz drivers/net/veth.ko.xz drivers/virtio fs/autofs fs/fat fs/fuse \
    fs/overlayfs net/core net/ipv4 net/ipv6 net/packet net/unix; do
    if [ -e "$source/kernel/$part" ]; then (cd "$source" && cp -a --parents "kernel/$part" "/build/$modules"); fi
  done
  depmod -b "kernels/$kernel/usr" "$release" 2>/dev/null || depmod -b "kernels/$kernel" "$release"
  cp "kernels/tree/boot/vmlinuz-$release" "$modules/vmlinuz"
  mkdir -p /usr/lib/modules
  rm -rf "/usr/lib/modules/$release"
  ln -s "/build/$modules" "/usr/lib/modules/$release"
  sh reference/initramfs/build.sh "$release" "$modules/initramfs.img"
fi

trees="--tree=ref=base --tree=dir=kernels/$kernel"
if [ "$early" != - ]; then
  rm -rf "early/$name"
  mkdir -p "early/$name/usr/lib/modules/$release"
  sh reference/initramfs/build.sh "$release" "early/$name/usr/lib/modules/$release/initramfs.img" "/build/reference/$early"
  trees="$trees --tree=dir=early/$name"
fi
for overlay in "$@"; do
  chown -R 0:0 "reference/overlay/$overlay"
  trees="$trees --tree=dir=reference/overlay/$overlay"
done
# shellcheck disable=SC2086
commit=$(ostree commit -b "bootproof/$name" $trees --timestamp=$stamp --bind-ref=bootproof/stable -s "$name" --add-metadata-string=version="$version" \
  --add-metadata-string=ostree.linux="$release" --gpg-sign="$(cat /build/gpg/key-id)" --gpg-homedir=/build/gpg)
rm -rf "checkout/$name"
mkdir -p checkout
ostree checkout -H "$commit" "checkout/$name"
echo "$commit $release"
