#!/bin/sh
# disk.sh OUTPUT NAME...: images/reference/disk.sh, on a root file system that can have fs-verity. Nothing has it yet: that takes a kernel (seal.early).
set -eu
sh /build/reference/disk.sh "$@"
root=$(sfdisk -d "$1" | sed -n 's/.* start= *\([0-9]*\),.*name="root".*/\1/p')
SOURCE_DATE_EPOCH=1767225600 tune2fs -O verity "$1?offset=$((root * 512))" >/dev/null
