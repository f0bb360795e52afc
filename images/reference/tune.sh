#!/bin/sh
# tune.sh TREE: makes a boot under emulation fast by configuration alone. Leave it out to get the untuned image.
set -eu
etc=$1/usr/etc
units=$etc/systemd/system
mkdir -p "$units" "$etc/systemd/system-generators"

# Not needed by this device, and each costs 50 to 200 ms of emulated CPU.
for unit in dev-hugepages.mount dev-mqueue.mount getty-static.service kmod-static-nodes.service ldconfig.service \
  modprobe@.service proc-sys-fs-binfmt_misc.automount run-lock.mount sys-fs-fuse-connections.mount sys-kernel-config.mount \
  sys-kernel-debug.mount sys-kernel-tracing.mount systemd-firstboot.service systemd-hwdb-update.service \
  systemd-journal-catalog-update.service systemd-machine-id-commit.service systemd-modules-load.service \
  systemd-networkd.service systemd-networkd.socket systemd-networkd-persistent-storage.service \
  systemd-pcrphase.service systemd-random-seed.service systemd-sysctl.service systemd-tmpfiles-clean.timer \
  systemd-tmpfiles-setup-dev.service systemd-tmpfiles-setup-dev-early.service systemd-udev-load-credentials.service \
  systemd-update-done.service; do
  ln -sfn /dev/null "$units/$unit"
done
for generator in debug fstab gpt-auto hibernate-resume rc-local run ssh system-update sysv tpm2; do
  ln -sfn /dev/null "$etc/systemd/system-generators/systemd-$generator-generator"
done

# Coldplug only what something waits for: the disk's partitions, the console, the network card.
mkdir -p "$units/systemd-udev-trigger.service.d"
cat >"$units/systemd-udev-trigger.service.d/few.conf" <<'UNIT'
[Service]
ExecStart=
ExecStart=-udevadm trigger --type=devices --action=add --subsystem-match=block --subsystem-match=net --subsystem-match=tty --sysname-match=vda* --sysname-match=ttyS0 --sysname-match=eth0
UNIT

# Compiling seccomp filters is slow under emulation.
for service in systemd-journald systemd-udevd ssh; do
  mkdir -p "$units/$service.service.d"
  cat >"$units/$service.service.d/no-filters.conf" <<'UNIT'
[Service]
SystemCallFilter=
SystemCallArchitectures=
MemoryDenyWriteExecute=no
RestrictAddressFamilies=
RestrictNamespaces=no
RestrictRealtime=no
RestrictSUIDSGID=no
LockPersonality=no
UNIT
done

# The host key and its configuration come with the image: no need to check them before each start.
mkdir -p "$units/ssh.service.d"
printf '[Service]\nExecStartPre=\n' >"$units/ssh.service.d/no-check.conf"
