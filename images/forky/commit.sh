#!/bin/sh
# commit.sh NAME TREE KIND: commits the tree of the image TREE as NAME, with the fs-verity digest of its composefs image in the commit, where the signature covers it.
# KIND: `sealed`; `unsealed`: with an initramfs that asks for no fs-verity; else the digest (hex) that the commit has in place of the right one.
# Prints `commit digest`, and leaves its checkout. Runs in the builder root.
set -eu
name=$1 tree=$2 kind=$3
cd /build
export OSTREE_REPO=/build/repo
metadata() { ostree show --print-metadata-key="$1" "bootproof/$tree" | tr -d "'"; }
version=$(metadata version)
release=$(metadata ostree.linux)
set -- --tree=ref="bootproof/$tree"
if [ "$kind" = unsealed ]; then
  rm -rf "unsealed/$name"
  sh forky/unsealed.sh "checkout/$tree/usr/lib/modules/$release/initramfs.img" "unsealed/$name/usr/lib/modules/$release/initramfs.img"
  set -- "$@" --tree=dir="unsealed/$name"
fi
case $kind in
  sealed | unsealed) set -- "$@" --generate-composefs-metadata ;;
  *) set -- "$@" --add-metadata=ostree.composefs.digest.v0="[$(echo "$kind" | sed 's/../byte 0x&, /g; s/, $//')]" ;;
esac
commit=$(ostree commit --parent=none -b "bootproof/$name" --timestamp=2026-01-01T00:00:00Z --bind-ref=bootproof/stable -s "$name" \
  --add-metadata-string=version="$version" --add-metadata-string=ostree.linux="$release" "$@" \
  --gpg-sign="$(cat gpg/key-id)" --gpg-homedir=gpg)
rm -rf "checkout/$name"
ostree checkout -H "$commit" "checkout/$name"
digest=$(ostree show --print-metadata-key=ostree.composefs.digest.v0 "$commit" | sed 's/^.byte //; s/.$//; s/0x//g; s/, //g')
echo "$commit $digest"
