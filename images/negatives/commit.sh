#!/bin/sh
# commit.sh NAME TWIN [PATH=SOURCE]...: commits the tree of TWIN with one change, under the twin's subject, version and labels. The
# change is the overlay NAME, and files of other images (SOURCE: IMAGE:PATH, or a file beside this script) put at PATH.
# Prints the commit, and leaves its checkout. Runs in the builder root, in a copy of this folder.
set -eu
name=$1 twin=$2
shift 2
cd "$(dirname "$0")"
export OSTREE_REPO=/build/repo
tree=work/$name
mkdir -p "$tree" checkout
if [ -d "overlay/$name" ]; then cp -a "overlay/$name/." "$tree/"; fi
for copy in "$@"; do
  path=$tree/${copy%%=*} source=${copy#*=}
  case $source in *:*) source=/build/checkout/${source%%:*}/${source#*:} ;; esac
  mkdir -p "$(dirname "$path")"
  cp -a "$source" "$path"
done
chown -R 0:0 "$tree"
chmod -R u=rwX,go=rX "$tree"
checkout=$(ostree rev-parse "bootproof/$twin")
release=$(ostree show --print-metadata-key=ostree.linux "$checkout" | tr -d "'")
commit=$(ostree commit --parent=none -b "bootproof/$name" --tree=ref="$checkout" --tree=dir="$tree" --timestamp=2026-01-01T00:00:00Z \
  --bind-ref="bootproof/$twin" --bind-ref=bootproof/stable -s "$twin" --add-metadata-string=version="$twin" \
  --add-metadata-string=ostree.linux="$release" --gpg-sign="$(cat /build/gpg/key-id)" --gpg-homedir=/build/gpg)
ostree checkout -H "$commit" "checkout/$name"
echo "$commit"
