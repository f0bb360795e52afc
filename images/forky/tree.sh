#!/bin/sh
# tree.sh: makes the reference device's tree (/build/base) one whose root is a composefs image, of which the kernel verifies every byte that is read.
set -eu
cd /build/base
# Files of the tree are hard links to the builder's: replaced, never edited.
config=usr/lib/ostree/prepare-root.conf
rm $config
cat >$config <<'CONFIG'
[sysroot]
readonly=true

[composefs]
enabled=verity
CONFIG
