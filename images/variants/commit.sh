#!/bin/sh
# commit.sh NAME BASE SHAPE: commits the tree of BASE, changed by the script SHAPE (`-`: none) and with the overlay NAME laid over it.
# Prints the commit, and leaves its checkout. Runs in the builder root, in a copy of this folder.
set -eu
name=$1 base=$2 shape=$3
cd "$(dirname "$0")"
export OSTREE_REPO=/build/repo
tree=work/$name
mkdir -p work checkout
# Hard links to the objects of the repository: files are replaced, never edited in place.
cp -al "/build/checkout/$base" "$tree"
if [ "$shape" != - ]; then sh "./$shape" "$tree"; fi
if [ -d "overlay/$name" ]; then
  chown -hR 0:0 "overlay/$name"
  chmod -R u=rwX,go=rX "overlay/$name"
  cp -a --remove-destination "overlay/$name/." "$tree/"
fi
release=$(ostree show --print-metadata-key=ostree.linux "bootproof/$base" | tr -d "'")
commit=$(ostree commit --parent=none -b "bootproof/$name" --tree=dir="$tree" --timestamp=2026-01-01T00:00:00Z --link-checkout-speedup \
  --bind-ref=bootproof/stable -s "$name" --add-metadata-string=version="$name" \
  --add-metadata-string=ostree.linux="$release" --gpg-sign="$(cat /build/gpg/key-id)" --gpg-homedir=/build/gpg)
ostree checkout -H "$commit" "checkout/$name"
echo "$commit"
