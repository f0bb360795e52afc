#!/bin/sh
# root.sh ROOT: mmdebstrap's customize hook. Fetches the two newest kernels of the suite without installing them
# (no package scripts, no initramfs of Debian's), and writes down what the root consists of.
set -eu
root=$1
mkdir -p "$root/build/kernels"
chroot "$root" sh -eu -c '
  names=$(apt-cache pkgnames linux-image-6 | grep -E "^linux-image-[0-9.]+\+deb[0-9.]+-cloud-amd64$" | sort -V | tail -n 2)
  [ "$(echo "$names" | wc -l)" = 2 ] || { echo "root.sh: the suite offers fewer than two cloud kernels" >&2; exit 1; }
  cd /build/kernels
  apt-get download -o APT::Sandbox::User=root $names
  for package in *.deb; do
    dpkg-deb -x "$package" /build/kernels/tree
    echo "$(dpkg-deb -f "$package" Package) $(dpkg-deb -f "$package" Version) $(sha256sum <"$package" | cut -d" " -f1)"
  done >/build/kernels.list
  rm -- *.deb
  dpkg-query -W -f "\${Package} \${Version}\n" >/build/packages.list
  while read -r name version; do
    apt-cache show "$name=$version" | awk -v name="$name" -v version="$version" \
      "/^SHA256:/ { print name, version, \$2; exit }"
  done </build/packages.list >/build/packages.locked
'
