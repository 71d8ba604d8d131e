#!/bin/sh
# Boots systemd on a copy of this machine's files, where nothing that is done is seen outside: files are an overlay in memory;
# network, processes and host name are its own. Everything goes with the first process, save an empty control group.
# Usage: boot-scratch.sh GROUP FOLDER; GROUP is a control group (v2) of its own, FOLDER is seen inside as /mnt.
set -eu
group=$1
folder=$2
mkdir -p "$folder/machine"
mkdir "$group"
echo $$ >"$group/cgroup.procs"

# shellcheck disable=SC2016 # expanded inside
exec setpriv --pdeathsig KILL \
  unshare --mount --pid --fork --kill-child --mount-proc --net --uts --ipc --cgroup sh -euc '
folder=$1
disk=$folder/machine
mount -t tmpfs -o mode=755 scratch "$disk"
root=$disk/root
mkdir "$disk/upper" "$disk/work" "$root"
mount -t overlay -o "lowerdir=/,upperdir=$disk/upper,workdir=$disk/work" scratch "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
# With v2 there, systemd looks for no other.
mount -t cgroup2 cgroup "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 dev "$root/dev"
for each in null zero full random urandom tty; do
  touch "$root/dev/$each"
  mount --bind "/dev/$each" "$root/dev/$each"
done
ln -s /proc/self/fd "$root/dev/fd"
# PrivateDevices takes these over from here.
mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/mqueue" "$root/dev/hugepages"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
mount -t tmpfs -o mode=755 run "$root/run"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
mount --bind "$folder" "$root/mnt"
ip link set lo up
# Nothing that this machine starts for itself is started there, and nothing keeps it from starting what is installed.
rm -rf "$root"/etc/systemd/system/*.wants "$root/etc/fstab" "$root/usr/sbin/policy-rc.d"
exec env -i container=scratch PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  chroot "$root" /lib/systemd/systemd --system --unit=basic.target --show-status=no
' sh "$folder"
