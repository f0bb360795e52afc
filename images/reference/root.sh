#!/bin/sh
# root.sh ROOT: mmdebstrap's customize hook. Fetches the two newest kernels of the suite without installing them; packages.sh goes on with them.
set -eu
root=$1
mkdir -p "$root/build/kernels"
chroot "$root" sh -eu -c '
  names=$(apt-cache pkgnames linux-image-6 | grep -E "^linux-image-[0-9.]+\+deb[0-9.]+-cloud-amd64$" | sort -V | tail -n 2)
  [ "$(echo "$names" | wc -l)" = 2 ] || { echo "root.sh: the suite offers fewer than two cloud kernels" >&2; exit 1; }
  cd /build/kernels
  apt-get download -o APT::Sandbox::User=root $names
'
