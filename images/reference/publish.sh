#!/bin/sh
# publish.sh NAME...: an archive repository to serve by HTTP, and for each image a channel in which `bootproof/stable`
# points at it, with its own signed summary. Runs in the builder root.
set -eu
cd /build
key=$(cat gpg/key-id)
rm -rf served channels
ostree --repo=served init --mode=archive
ostree --repo=served config set archive.zlib-level 1
refs=
for name in "$@"; do refs="$refs bootproof/$name"; done
# shellcheck disable=SC2086
ostree --repo=served pull-local repo $refs >/dev/null
for name in "$@"; do
  ostree --repo=served refs --delete bootproof/stable >/dev/null 2>&1 || true
  ostree --repo=served refs --create=bootproof/stable "bootproof/$name"
  ostree --repo=served summary -u --gpg-sign="$key" --gpg-homedir=gpg
  mkdir -p "channels/$name/refs/heads/bootproof"
  cp served/summary served/summary.sig "channels/$name/"
  cp served/refs/heads/bootproof/stable "channels/$name/refs/heads/bootproof/"
done
