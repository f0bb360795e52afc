#!/bin/sh
# root.sh ROOT: mmdebstrap's customize hook, as images/reference/root.sh. Debian 14 ships a kernel in three packages (linux-base, -binary, -modules), all of
# it below /usr/lib/modules, and testing has one version at a time: the two kernels are two flavours of the newest.
set -eu
root=$1
mkdir -p "$root/build/kernels"
chroot "$root" sh -eu -c '
  flavours=$(apt-cache pkgnames linux-modules- | grep -E "^linux-modules-[0-9.]+\+deb[0-9.]+(-cloud)?-amd64$" | sed s/^linux-modules-// | sort -V | tail -n 2)
  [ "$(echo "$flavours" | wc -l)" = 2 ] || { echo "root.sh: the suite offers fewer than two kernels" >&2; exit 1; }
  cd /build/kernels
  for flavour in $flavours; do
    apt-get download -o APT::Sandbox::User=root "linux-base-$flavour" "linux-binary-$flavour" "linux-modules-$flavour"
  done
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
