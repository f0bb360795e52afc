#!/bin/sh
# packages.sh ROOT: mmdebstrap's customize hook, after the one that fetched the kernels. Unpacks these (no package scripts, no initramfs of Debian's), and
# writes down what the root consists of.
set -eu
chroot "$1" sh -eu -c '
  cd /build/kernels
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
