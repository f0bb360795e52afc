#!/bin/sh
# kernels.sh ROOT: mmdebstrap's extract hook. Fetches the two newest kernels of the suite without installing them, as images/reference/root.sh
# does, and writes down what the root consists of.
set -eu
root=$1
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
mkdir -p "$root/build"
describe() {
  for package in "$@"; do
    echo "$(dpkg-deb -f "$package" Package) $(dpkg-deb -f "$package" Version) $(sha256sum <"$package" | cut -d" " -f1)"
  done
}
describe "$root"/var/cache/apt/archives/*.deb >"$root/build/packages.locked"
names=$(apt-cache pkgnames linux-image-6 | grep -E '^linux-image-[0-9.]+\+deb[0-9.]+-cloud-arm64$' | sort -V | tail -n 2)
[ "$(echo "$names" | wc -l)" = 2 ] || { echo "kernels.sh: the suite offers fewer than two cloud kernels" >&2; exit 1; }
mkdir -p "$root/build/kernels"
cd "$root/build/kernels"
# shellcheck disable=SC2086
apt-get download -o APT::Sandbox::User=root $names
describe ./*.deb >"$root/build/kernels.list"
for package in ./*.deb; do dpkg-deb -x "$package" tree; done
rm -- ./*.deb
