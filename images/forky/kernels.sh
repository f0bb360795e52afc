#!/bin/sh
# kernels.sh: the trees kernels/a and kernels/b that images/reference/commit.sh would make, with the modules and the initramfs of a composefs root. Runs in the
# builder root.
set -eu
cd /build
all=kernels/tree/usr/lib/modules
for release in $(ls $all); do depmod -b kernels/tree/usr "$release"; done
# FILES RELEASE MODULE...: the files of these modules and of all that they need, in the order in which they are loaded. What is built in has none.
files() {
  of=$1
  shift
  for module in "$@"; do
    modprobe -d /build/kernels/tree/usr -S "$of" --show-depends "$module" | awk '$1 == "insmod" { print $2 }'
  done | awk '!seen[$0]++'
}

kernel() {
  release=$2
  modules=kernels/$1/usr/lib/modules/$release
  mkdir -p "$modules"
  cp "$all/$release"/modules.builtin* "$all/$release/modules.order" "$all/$release/vmlinuz" "$modules/"
  # What this device can come to need. The rest drives other hardware, and each observation reads all of /usr.
  files "$release" ext4 erofs overlay loop virtio_blk virtio_net failover net_failover virtio_console virtio_balloon virtio-rng fuse vfat nls_ascii \
    nls_cp437 autofs4 tun veth | while read -r file; do
    install -D -m 0644 "$file" "$modules/${file#*"/modules/$release/"}"
  done
  depmod -b "kernels/$1/usr" "$release"
  mkdir -p /usr/lib/modules
  rm -rf "/usr/lib/modules/$release"
  ln -s "/build/$modules" "/usr/lib/modules/$release"
  sh reference/initramfs/build.sh "$release" "$modules/initramfs.img" /build/forky/composefs.early
  composefs_modules >"kernels/$1.modules"
  cat "kernels/$1.modules" >>"$modules/initramfs.img"
}

# A second archive behind the first: the kernel unpacks one after the other.
composefs_modules() {
  work=$(mktemp -d)
  mkdir "$work/modules"
  files "$release" ext4 erofs overlay loop | while read -r file; do
    name=$(basename "$file" .ko.xz)
    busybox xz -dc "$file" >"$work/modules/$name.ko"
    echo "$name" >>"$work/modules/composefs"
  done
  find "$work" -exec touch -h -d @0 {} +
  (cd "$work" && find modules | LC_ALL=C sort | cpio --reproducible -o -H newc --quiet -R 0:0) | zstd -q -12 --no-check
  rm -rf "$work"
}

rm -rf kernels/a kernels/b
kernel a "$(ls $all | sort -V | head -n 1)"
kernel b "$(ls $all | sort -V | tail -n 1)"
