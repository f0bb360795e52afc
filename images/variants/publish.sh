#!/bin/sh
# publish.sh NAME DELTA_FROM: a channel for the commit, as the images have one, with the objects that the served repository lacks, and with
# a static delta from DELTA_FROM (`-`: none). That repository is not touched: `served` beside this script is a copy of it made of hard
# links. Runs in the builder root.
set -eu
name=$1 from=$2
cd "$(dirname "$0")"
key=$(cat /build/gpg/key-id)
objects() { (cd served && find objects -type f | LC_ALL=C sort); }
objects >known
ostree --repo=served pull-local /build/repo "bootproof/$name" >/dev/null
objects | LC_ALL=C comm -13 known - >new
mkdir -p added "channel/refs/heads/bootproof"
(cd served && xargs -r cp -al --parents -t ../added <../new)
if [ "$from" != - ]; then
  ostree --repo=served static-delta generate --from="bootproof/$from" --to="bootproof/$name" >/dev/null
fi
ostree --repo=served refs --delete bootproof/stable
ostree --repo=served refs --create=bootproof/stable "bootproof/$name"
ostree --repo=served summary -u --gpg-sign="$key" --gpg-homedir=/build/gpg
if [ "$from" != - ]; then cp -a served/deltas channel/; fi
if [ -d added/objects ]; then mv added/objects channel/; fi
cp served/summary served/summary.sig channel/
cp served/refs/heads/bootproof/stable channel/refs/heads/bootproof/
