#!/usr/bin/env bash
# A training shared by two hosts, as README.md tells it: train_ranks.sh TRAINER SYNTH MPI
# (yes or no)
#   their model is that of one process, to the bit; a host that is lost ends the other too, and
#   --resume goes on.
#
# The hosts are namespaces of the network, with a cable from each to a switch, and the files in common
# as hosts have a share; what stands for ssh runs commands in them. Namespaces of users let all of it
# be without root, and leave nothing behind.
set -euo pipefail
skip() { echo "$*"; exit 77; }
for program in ip mpirun nsenter unshare; do
    command -v $program > /dev/null || skip "$program is not installed"
done
[ "$3" = yes ] || skip "built without MPI"
if [ "${namespaces-}" != ours ]; then
    own=(unshare --map-root-user --mount --net --uts --pid --fork --mount-proc --kill-child)
    "${own[@]}" ip link add bridge type bridge 2> /dev/null || skip "no networks can be made here"
    namespaces=ours exec "${own[@]}" "$0" "$@"
fi
trainer=$(realpath "$1") synth=$(realpath "$2")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/../shell.sh"

mkdir hosts
trap 'umount hosts/*; rm -rf "$work"' EXIT
ip link add bridge type bridge
ip address add 10.9.0.1/24 dev bridge
ip link set bridge up
ip link set lo up
number=2
for host in studio attic; do
    touch hosts/$host hosts/$host.name
    unshare --net=hosts/$host --uts=hosts/$host.name hostname $host
    # A namespace that is a file has no name for ip but that of a process in it.
    nsenter --net=hosts/$host sleep 100 &
    for _ in $(seq 1000); do
        [ "$(readlink /proc/$!/ns/net)" = "$(readlink /proc/self/ns/net)" ] || break
        sleep 0.01
    done
    ip link add $host type veth peer name cable netns $!
    kill $!
    ip link set $host master bridge up
    nsenter --net=hosts/$host sh -c "ip link set lo up
        ip address add 10.9.0.$number/24 dev cable
        ip link set cable up"
    number=$((number + 1))
done
cat > remote <<'SH'
#!/bin/sh
# In place of ssh: remote HOST COMMAND...
host=$1
shift
cd "$(dirname "$0")" && exec nsenter --net="hosts/$host" --uts="hosts/$host.name" sh -c "$*"
SH
chmod +x remote
export OMPI_MCA_plm_rsh_agent=$work/remote OMPI_MCA_btl=self,tcp OMPI_MCA_pml=ob1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

echo "audio,genre,artist,split" > clips.csv
for seed in 1 2 3; do
    split=train
    [ $seed -le 2 ] || split=valid
    for style in techno classical; do
        "$synth" $style $style$seed.wav --seconds 3 --rate 22050 --seed $seed
        echo "$style$seed.wav,$style,$style $seed,$split" >> clips.csv
    done
done
cat > recipe.json <<'JSON'
{
  "feature": {"kind": "logmel", "rate_hz": 22050, "n_fft": 1024, "hop": 855, "mean_hops": 2, "bands": 32},
  "layers": [
    {"kind": "floor"}, {"kind": "dct", "coefficients": 12}, {"kind": "affine"},
    {"kind": "lstm", "units": 8}, {"kind": "dense"}
  ],
  "train": {"batch": 32, "epochs": 60, "crop_s": 2, "loss_times_s": [1, 2], "learning_rate": 0.02}
}
JSON
"$trainer" train recipe.json clips.csv -o one.safetensors > /dev/null 2> log.txt

on_hosts() { # OPTION...
    timeout 60 mpirun -q -H studio,attic "$trainer" train recipe.json clips.csv -o two.safetensors "$@" > out.txt 2> log.txt
}
echo "-- two hosts share the work"
on_hosts || fail "$(cat log.txt)"
cmp one.safetensors two.safetensors || fail "two hosts make another model than one process"

echo "-- one is lost"
rm two.safetensors
on_hosts --restart &
pid=$!
for _ in $(seq 3000); do
    [ "$(grep -c '^epoch' log.txt)" -lt 3 ] || break
    sleep 0.01
done
for process in /proc/[0-9]*; do
    [ "$(readlink "$process/ns/net")" != "$(nsenter --net=hosts/attic readlink /proc/self/ns/net)" ] ||
        kill -KILL "${process#/proc/}"
done
code=0
wait $pid || code=$?
[ $code != 0 ] && [ $code != 124 ] || fail "without one host, mpirun ends with $code: $(cat log.txt)"
[ ! -e two.safetensors ] || fail "it was done before a host was lost"
on_hosts --resume || fail "$(cat log.txt)"
cmp one.safetensors two.safetensors || fail "resumed they make another model"
echo "all well"
