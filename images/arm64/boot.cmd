# Boot script of the device: U-Boot's distro boot runs it as /boot.scr of the boot partition, with devtype, devnum and distro_bootpart set.
# What is booted stands in /loader/uEnv.txt: ostree's own backend for U-Boot writes it beside the entries, and swaps both by the one link
# /loader. `kernel_image` is the default, `kernel_image2` the deployment after it, and each is the fallback of the other.
#
# Boot counting, by the names that U-Boot has for it: upgrade_available is set when an update is finalized and taken back by the health check;
# while it is set each boot counts, and beyond bootlimit the second deployment is picked. Debian's build has no CONFIG_BOOTCOUNT_LIMIT, cannot
# write ext4, and saves its environment by erasing a whole block of flash: the three variables have an environment of their own, one sector of
# the partition `env`, which can be written only as a whole.
setenv upgrade_available
setenv bootcount
setenv bootlimit
if part start ${devtype} ${devnum} env env_start; then
  if ${devtype} read ${pxefile_addr_r} ${env_start} 1; then
    env import -c ${pxefile_addr_r} 200 upgrade_available bootcount bootlimit
  fi
fi
setenv pick first
if test "${upgrade_available}" = 1; then
  if test ${bootcount} -le ${bootlimit}; then
    setexpr bootcount ${bootcount} + 1
    env export -c -s 200 ${pxefile_addr_r} upgrade_available bootcount bootlimit
    ${devtype} write ${pxefile_addr_r} ${env_start} 1
  fi
  if test ${bootcount} -gt ${bootlimit}; then
    setenv pick second
  fi
fi

load ${devtype} ${devnum}:${distro_bootpart} ${pxefile_addr_r} /loader/uEnv.txt
env import -t ${pxefile_addr_r} ${filesize} kernel_image ramdisk_image bootargs kernel_image2 ramdisk_image2 bootargs2
setenv bootargs1 "${bootargs}"
echo "bootproof-menu: default ${pick} upgrade_available=${upgrade_available} bootcount=${bootcount} bootlimit=${bootlimit}"

# The size of the initramfs is what `load` said last. Nothing after booti runs, unless there was nothing to boot.
setenv try_kernel 'load ${devtype} ${devnum}:${distro_bootpart} ${kernel_addr_r} ${kernel}'
setenv try_ramdisk 'load ${devtype} ${devnum}:${distro_bootpart} ${ramdisk_addr_r} ${ramdisk}'
setenv try 'echo "bootproof-menu: entry ${kernel}"; run try_kernel && run try_ramdisk && booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdtcontroladdr}'
setenv first 'setenv kernel ${kernel_image}; setenv ramdisk ${ramdisk_image}; setenv bootargs "${bootargs1}"; run try'
setenv second 'if test -n "${kernel_image2}"; then setenv kernel ${kernel_image2}; setenv ramdisk ${ramdisk_image2}; setenv bootargs "${bootargs2}"; run try; fi'
if test ${pick} = second; then
  run second
fi
run first
run second
echo "bootproof-menu: nothing to boot"
