#!/bin/sh
# seal.sh: kernel and initramfs that seal a disk (seal.early), as /build/seal/vmlinuz and /build/seal/initramfs.img. Runs in the builder root.
set -eu
cd /build
release=$(ls kernels/b/usr/lib/modules)
mkdir -p seal
cp "kernels/b/usr/lib/modules/$release/vmlinuz" seal/
sh reference/initramfs/build.sh "$release" seal/initramfs.img /build/forky/seal.early
cat kernels/b.modules >>seal/initramfs.img
