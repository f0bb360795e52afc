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
'
