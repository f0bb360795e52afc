#!/bin/sh
# publish.sh NAME...: a channel for each commit, as the images have one, with the objects that the served repository lacks. That
# repository is not touched: `served` beside this script is a copy of it made of hard links. Runs in the builder root.
set -eu
cd "$(dirname "$0")"
key=$(cat /build/gpg/key-id)
refs=
for name in "$@"; do refs="$refs bootproof/$name"; done
objects() { (cd served && find objects -type f | LC_ALL=C sort); }
objects >known
# shellcheck disable=SC2086
ostree --repo=served pull-local /build/repo $refs >/dev/null
objects | LC_ALL=C comm -13 known - >new
mkdir -p added
(cd served && xargs cp -al --parents -t ../added <../new)
for name in "$@"; do
  ostree --repo=served refs --delete bootproof/stable
  ostree --repo=served refs --create=bootproof/stable "bootproof/$name"
  ostree --repo=served summary -u --gpg-sign="$key" --gpg-homedir=/build/gpg
  mkdir -p "channels/$name/refs/heads/bootproof"
  cp -al added/objects "channels/$name/"
  cp served/summary served/summary.sig "channels/$name/"
  cp served/refs/heads/bootproof/stable "channels/$name/refs/heads/bootproof/"
done
