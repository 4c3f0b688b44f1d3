#!/usr/bin/env bash
# A clip through a real chain: JACK -> genrecast live, through PortAudio -> OSC -> oscdump. The
# genre that arrives is the one that `genrecast file` gives.
# usage: jack_live.sh GENRECAST SYNTH
genrecast=$1 synth=$2
. "$(dirname "$0")/jack.sh"

for style in classical techno; do
    "$synth" $style "$work/$style.wav" --seconds 12 --rate 44100 --channels 2 || fail "no clip"
    expected=$("$genrecast" file --json --unknown-below 0 "$work/$style.wav" |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["genre"])') || fail "file"
    start_jack 44100
    port=$(free_port)
    stdbuf -oL timeout 60 oscdump -L osc.udp://:$port > "$work/osc.log" 2>&1 &
    pids="$pids $!"
    timeout 60 sndfile-jackplay -l 1 "$work/$style.wav" > /dev/null 2> "$work/play.log" &
    player=$!
    pids="$pids $player"
    wait_for 5 sh -c 'jack_lsp | grep -q jackplay' || fail "the player does not come"
    timeout 60 "$genrecast" live --device jackplay --unknown-below 0 --osc 127.0.0.1:$port \
        --interval 0.5 --json --duration 10 > "$work/live.log" 2> "$work/stderr.log" || fail "live"
    sleep 0.3
    # The last genre that was named: the player may have ended before.
    got=$(sed -n 's/.*\/genre\/top s "\([^"]*\)".*/\1/p' "$work/osc.log" | grep -vx 'silence\|unknown' | tail -n 1)
    [ "$got" = "$expected" ] || fail "$style: OSC says \"$got\", the file \"$expected\""
    python3 - "$work/live.log" "$expected" <<'EOF' || fail "the JSON does not say so"
import json, sys
updates = [json.loads(line) for line in open(sys.argv[1])]
named = [u for u in updates if u["state"] == "music"]
assert named and named[-1]["genre"] == sys.argv[2], "genre"
assert len(updates) >= 15, f"{len(updates)} updates in 10 s"
for u in updates:
    assert abs(sum(u["scores"].values()) - 1) < 1e-5, "sum"
    assert u["dropped"] == 0, "dropped"
    assert (u["genre"] is not None) == (u["state"] == "music"), "stale genre"
times = [u["time_s"] for u in updates]
assert times == sorted(times), "time"
# The first answer, from when the clip was first heard.
heard = [u for u in updates if u["state"] != "silence"]
assert heard[0]["heard_s"] <= 1.5, heard[0]
EOF
    # Libraries' noise is not for users: one line says what is listened to.
    [ "$(wc -l < "$work/stderr.log")" = 1 ] || fail "standard error: $(cat "$work/stderr.log")"
    for address in labels alive status level top index confidence silence all; do
        grep -q "/genre/$address " "$work/osc.log" || fail "no /genre/$address"
    done
    kill $player 2> /dev/null
    kill_jack
    echo "ok: $style is $got"
done
