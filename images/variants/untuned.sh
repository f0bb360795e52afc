#!/bin/sh
# untuned.sh TREE: takes out of TREE all that tune.sh laid over it.
set -eu
tree=$1
laid=$(mktemp -d)
trap 'rm -rf "$laid"' EXIT
sh /build/reference/tune.sh "$laid"
(cd "$laid" && find . -depth ! -type d) | while read -r path; do rm "$tree/$path"; done
(cd "$laid" && find usr/etc -depth -mindepth 1 -type d) | while read -r path; do
  rmdir --ignore-fail-on-non-empty "$tree/$path"
done
