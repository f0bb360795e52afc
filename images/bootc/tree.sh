#!/bin/sh
# tree.sh: adds a bootc binary and what it calls (skopeo, podman, crun) to a copy of the reference device's builder root, makes the
# common tree anew and commits it as the base of all OCI images. Runs in the builder root, with network.
set -eu
cd /build
apt='apt-get -q -y -o APT::Sandbox::User=root -o Acquire::Retries=3'
$apt update
$apt install --no-install-recommends skopeo podman crun
$apt clean
rm -rf /var/lib/apt/lists/*
install -m 0755 bootc /usr/bin/bootc
sh reference/shape.sh
# Networks of containers: bootc asks podman for its image store alone (though podman wants to find netavark). Each observation reads all of /usr.
rm -rf base/usr/lib/cni base/usr/lib/podman/aardvark-dns base/usr/share/man base/usr/share/bash-completion \
  base/usr/share/fish base/usr/share/user-tmpfiles base/usr/lib/systemd/user-generators base/usr/lib/systemd/system-generators/podman-system-generator \
  base/usr/etc/cni
for unit in podman podman-auto-update podman-restart podman-clean-transient netavark-dhcp-proxy netavark-firewalld-reload; do
  rm -f base/usr/lib/systemd/system/$unit.service base/usr/lib/systemd/system/$unit.socket base/usr/lib/systemd/system/$unit.timer
done
# Where a device's registry and its credentials are put at provisioning; what writes them makes no folders.
mkdir -p base/usr/etc/containers/registries.conf.d base/usr/etc/containers/registries.d base/usr/etc/ostree
rm -rf repo oci layers
ostree init --repo=repo --mode=bare
ostree commit --repo=repo -b base --tree=dir=base --timestamp=2026-01-01T00:00:00Z -s base >/dev/null
mkdir -p oci layers
bootc internals ostree-container encapsulate --repo=repo --label containers.bootc=1 --label ostree.bootable=true base oci:/build/oci:base >/dev/null
bootc --version
