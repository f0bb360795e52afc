#!/bin/sh
# layers.sh: every layer that is laid over the base, as a tar of the same bytes for the same inputs: layers/NAME.tar.
# Runs in the builder root. A container image has its defaults in /etc; the importer moves them to /usr/etc.
set -eu
cd /build
pack() {
  tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@1767225600 --format=gnu \
    --transform='flags=r;s,^\./usr/etc,./etc,' -C "$2" -cf "layers/$1.tar" .
}
for kernel in kernels/a kernels/b; do pack "kernel-${kernel#kernels/}" "$kernel"; done
for early in early/*; do [ ! -d "$early" ] || pack "early-${early#early/}" "$early"; done
for overlay in reference/overlay/*; do pack "overlay-${overlay#reference/overlay/}" "$overlay"; done
ls -1 layers
