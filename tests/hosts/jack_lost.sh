#!/usr/bin/env bash
# The audio server dies, hangs and comes back while `genrecast live` runs.
# usage: jack_lost.sh GENRECAST SYNTH
genrecast=$1 synth=$2
. "$(dirname "$0")/jack.sh"

"$synth" classical "$work/clip.wav" --seconds 5 --rate 48000 --channels 2 || fail "no clip"

play() {
    timeout -k 5 60 sndfile-jackplay -l 0 "$work/clip.wav" > /dev/null 2> "$work/play.log" &
    pids="$pids $!"
}

# said COUNT TEXT: OSC's status has been TEXT at least COUNT times.
said() {
    [ "$(grep -c "/genre/status s \"$2\"" "$work/osc.log")" -ge "$1" ]
}

# ends_at_once SIGNAL: live ends within a second, with status 0, and nothing of it is left.
ends_at_once() {
    children=$(ps -o pid= --ppid $live)
    begin=$(date +%s%N)
    kill -$1 $live
    wait $live
    code=$?
    ms=$((($(date +%s%N) - begin) / 1000000))
    [ $code = 0 ] || fail "$1: exit status $code"
    [ $ms -lt 1000 ] || fail "$1: took $ms ms"
    for child in $children; do
        wait_for 3 sh -c "! kill -0 $child" || fail "$1: the capture process is left behind"
    done
    echo "ok: $1 ends it in $ms ms"
}

start_live() {
    : > "$work/osc.log"
    set -m # without it a script's background job has Ctrl-C ignored
    "$genrecast" live --device jackplay --unknown-below 0 --osc 127.0.0.1:$port --interval 0.5 \
        > "$work/live.log" 2> "$work/stderr.log" &
    set +m
    live=$!
    pids="$pids $live"
}

port=$(free_port)
start_jack 48000
play
wait_for 5 has_port jackplay || fail "the player does not come"
: > "$work/osc.log"
stdbuf -oL timeout -k 5 90 oscdump -L osc.udp://:$port >> "$work/osc.log" 2>&1 &
pids="$pids $!"
start_live
wait_for 5 grep -q music "$work/live.log" || fail "no answer to begin with"

kill_jack
wait_for 3 said 1 "device lost" || fail "killed: not told within 3 s"
wait_for 2 grep -q "device lost" "$work/stderr.log" || fail "killed: the user is not told"
sleep 0.5
tail -n 1 "$work/live.log" | grep -q unknown || fail "killed: a stale answer stays"
kill -0 $live || fail "killed: live ended"
echo "ok: killing the server is told"

start_jack 48000
play
wait_for 8 said 1 "device back" || fail "restarted: not taken up again"
lines=$(wc -l < "$work/live.log")
wait_for 5 sh -c "tail -n +$((lines + 1)) '$work/live.log' | grep -q music" || fail "restarted: no answer"
echo "ok: taken up again"

kill -STOP $jack_pid
wait_for 3 said 2 "device lost" || fail "stopped: not told within 3 s"
kill -CONT $jack_pid
wait_for 8 said 2 "device back" || fail "continued: not taken up again"
echo "ok: a server that hangs is told, and taken up again"

kill_jack
wait_for 3 said 3 "device lost" || fail "killed again: not told within 3 s"
ends_at_once INT

start_jack 48000
play
wait_for 5 has_port jackplay || fail "the player does not come"
start_live
wait_for 5 said 1 "listening" || fail "does not listen"
kill_jack
ends_at_once TERM

start_jack 48000
play
wait_for 5 has_port jackplay || fail "the player does not come"
start_live
wait_for 5 said 1 "listening" || fail "does not listen"
ends_at_once HUP
