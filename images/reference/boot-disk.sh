# shellcheck shell=sh
# Sourced in /build by what makes disks: what all bootable raw disks of the device have in common. No mount, no partition device: each file
# system is made from a directory.

# Kernel arguments belong to the deployment, and are carried over from the one before: of the first alone.
first_kargs='--karg=root=LABEL=root --karg=rw --karg=console=ttyS0,115200 --karg=mitigations=off --karg=audit=0 --karg=lsm=yama --karg=net.ifnames=0 --karg=panic=1'

# init_sysroot SYSROOT: an empty one with its stateroot, whose menu GRUB makes of the entries.
init_sysroot() {
  mkdir "$1"
  ostree admin init-fs --modern "$1"
  ostree admin --sysroot="$1" os-init bootproof >/dev/null
  ostree --repo="$1/ostree/repo" config set sysroot.bootloader none
}

# raw_disk SYSROOT OUTPUT SIZE: the sysroot as a disk of SIZE MiB, its /boot on a partition of its own with all that GRUB reads there.
raw_disk() {
  grub=$1/boot/grub
  mkdir -p "$grub/i386-pc"
  cp reference/grub/grub.cfg "$grub/"
  for module in linux linux16 relocator mmap video boot vbe video_fb; do
    cp "/usr/lib/grub/i386-pc/$module.mod" "$grub/i386-pc/"
  done
  grub-editenv "$grub/grubenv" create
  grub-editenv "$grub/grubenv" set boot_success=1
  boot=$1.boot
  mv "$1/boot" "$boot"
  mkdir "$1/boot"

  rm -f "$2"
  truncate -s "$3M" "$2"
  # the backup of the partition table is behind the last partition
  root_sectors=$(($3 * 2048 - 415744 - 2048))
  uuid=6F6F7462-6F6F-4070-726F-6F66000000
  sfdisk -q "$2" <<TABLE
label: gpt
label-id: ${uuid}00
start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649, name=bios, uuid=${uuid}01
start=4096, size=409600, type=L, name=boot, uuid=${uuid}02
start=413696, size=2048, type=L, name=marks, uuid=${uuid}03
start=415744, size=$root_sectors, type=L, name=root, uuid=${uuid}04
TABLE
  file_system boot "$boot" 12 4096 204800 "$2"
  file_system root "$1" 14 415744 $((root_sectors / 2)) "$2"
}

# file_system LABEL DIRECTORY UUID START KIB OUTPUT
file_system() {
  mke2fs -q -t ext4 -b 4096 -L "$1" -d "$2" -U "6f6f7462-6f6f-4070-726f-6f66000000$3" \
    -E "offset=$(($4 * 512)),root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0,hash_seed=6f6f7462-6f6f-4070-726f-6f66000000ff" "$6" "$5k"
}
