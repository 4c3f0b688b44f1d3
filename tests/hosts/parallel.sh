#!/usr/bin/env bash
# A library over several hosts, as README.md tells it, by GNU parallel: parallel.sh GENRECAST SYNTH
#
# The hosts are namespaces of the network, which have the files in common as hosts have a share; what
# stands for ssh runs commands in them. Namespaces of users let all of it be without root, and leave
# nothing behind.
set -euo pipefail
skip() { echo "$*"; exit 77; }
for program in parallel nsenter unshare; do
    command -v $program > /dev/null || skip "$program is not installed"
done
if [ "${namespaces-}" != ours ]; then
    own=(unshare --map-root-user --mount --net --pid --fork --mount-proc --kill-child)
    "${own[@]}" true 2> /dev/null || skip "no namespaces can be made here"
    namespaces=ours exec "${own[@]}" "$0" "$@"
fi
genrecast=$(realpath "$1") synth=$(realpath "$2")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/../shell.sh"
export HOME=$work # parallel keeps things there
mkdir "$HOME/.parallel" && touch "$HOME/.parallel/will-cite"

mkdir hosts
trap 'umount hosts/studio hosts/attic; rm -rf "$work"' EXIT
for host in studio attic; do
    touch hosts/$host
    unshare --net=hosts/$host true
done
cat > remote <<'EOF'
#!/bin/sh
# In place of ssh: remote HOST -- COMMAND... Exits with 255 as ssh does where the host cannot be
# reached, be it from the start or no longer.
host=$1
shift
[ "$1" = -- ] && shift
export SHELL=/bin/sh # sshd sets it, and parallel wants it there
[ ! -e "hosts/$host.down" ] || exit 255
limit=
[ ! -e "hosts/$host.doomed" ] || limit='ulimit -f 3;'
nsenter --net="hosts/$host" sh -c "$limit $*"
code=$?
[ -z "$limit" ] || mv "hosts/$host.doomed" "hosts/$host.down"
[ ! -e "hosts/$host.down" ] || exit 255
exit $code
EOF
chmod +x remote
# lose HOST: it will be gone in the middle of the next list that it works on: once that list's results
# reach 1.5 kB, the system kills what writes them.
lose() { touch "hosts/$1.doomed"; }
lost() { [ -e "hosts/$1.down" ] || fail "$1 did not fail"; }

# on_hosts OPTION...: what README.md says, but for ssh, and retries where they are not given; its exit
# status in $status.
on_hosts() {
    status=0
    PATH=$(dirname "$genrecast"):$PATH timeout 150 parallel --ssh "$work/remote" -S studio,attic \
        -j 1 --workdir . --joblog jobs.log --resume-failed "$@" \
        genrecast file --resume {}.jsonl --files-from {} ::: lists/?? > out.txt 2> log.txt || status=$?
    [ ! -s out.txt ] || fail "answers were printed: $(cat out.txt)"
}
same() {
    cat lists/*.jsonl | sort > merged
    cmp merged expected || fail "the hosts' lines are not those of one machine"
}
# failed: how many jobs of the log's last words failed.
failed() { awk 'NR > 1 { code[$1] = $7 } END { for (i in code) n += code[i] != 0; print n + 0 }' jobs.log; }

mkdir music
for style in techno jazz classical; do "$synth" $style $style.wav --seconds 10; done
for i in $(seq 20); do for style in techno jazz classical; do ln $style.wav "music/$style $i'.wav"; done; done
mkdir lists
find music -type f | sort | split -l 10 - lists/
"$genrecast" file --resume all.jsonl music 2> log.txt || fail "$(cat log.txt)"
sort all.jsonl > expected
[ "$(wc -l < expected)" = 60 ] || fail "not 60 lines from one machine"

echo "-- two hosts share the work"
on_hosts
[ $status = 0 ] || fail "exit status $status: $(cat log.txt)"
same
[ "$(tail -n +2 jobs.log | cut -f 2 | sort -u | xargs)" = "attic studio" ] ||
    fail "not on both hosts: $(cat jobs.log)"

echo "-- one fails, and another takes up its work"
rm lists/*.jsonl jobs.log
lose attic
on_hosts --retries 3
lost attic
[ $status = 0 ] || fail "exit status $status: $(cat log.txt)"
[ "$(failed)" = 0 ] || fail "failed jobs: $(cat jobs.log)"
same
rm hosts/attic.down

echo "-- one fails, and is back for another run"
rm lists/*.jsonl jobs.log
lose attic
on_hosts
lost attic
n_failed=$(failed)
[ "$n_failed" -ge 1 ] || fail "no job failed with the host: $(cat jobs.log)"
[ $status = "$n_failed" ] || fail "exit status $status with $n_failed failed jobs: $(cat jobs.log)"
[ "$(cat lists/*.jsonl | wc -l)" -lt 60 ] || fail "all was done by a host that failed"
before=$(wc -l < jobs.log)
rm hosts/attic.down
on_hosts
[ "$status $(failed)" = "0 0" ] || fail "still failed: $(cat jobs.log log.txt)"
[ $(($(wc -l < jobs.log) - before)) = "$n_failed" ] || fail "more than what failed ran again"
same
echo "all well"
