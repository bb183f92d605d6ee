# The first process of a container, in namespaces of its own: puts the root
# filesystem together and becomes the container's program, which so is PID 1.
#
#   sh enter.sh PLACE LAYERS NAME PROGRAM [ARGUMENT...]
#
# PLACE is an empty folder to mount on; what is mounted there is seen in here
# only and goes with the last process. LAYERS are folders, the uppermost first,
# joined by colons; none of them is written to.
set -eu
place=$1 layers=$2 name=$3
shift 3

mount -t tmpfs -o mode=755 "$name" "$place"
root=$place/root
mkdir "$place/changes" "$place/work" "$root"
mount -t overlay -o "lowerdir=$layers,upperdir=$place/changes,workdir=$place/work" "$name" "$root"
mkdir -p "$root/proc" "$root/dev" "$root/run" "$root/tmp"
chmod 1777 "$root/tmp"

mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 dev "$root/dev"
for device in null zero full random urandom; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"

echo "$name" >/proc/sys/kernel/hostname
exec chroot "$root" "$@"
