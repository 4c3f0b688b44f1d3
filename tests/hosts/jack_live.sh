#!/usr/bin/env bash
# A clip through a real chain: JACK -> genrecast live, through PortAudio -> OSC -> oscdump. The
# genre that arrives is the one that `genrecast file` gives.
# usage: jack_live.sh GENRECAST SYNTH
genrecast=$1 synth=$2
. "$(dirname "$0")/jack.sh"

for style in classical techno; do
    # Silence first, in which live joins: so that both hear all of the clip, and nothing else. The
    # scores are their mean over the whole of it, which does not hang on the last half second.
    "$synth" $style "$work/clip.wav" --seconds 10 --rate 44100 --channels 2 &&
        "$synth" silence "$work/silence.wav" --seconds 4 --rate 44100 --channels 2 &&
        python3 - "$work" <<'EOF' || fail "no clip"
import sys, wave
with wave.open(sys.argv[1] + "/both.wav", "wb") as out:
    for name in ("silence", "clip"):
        with wave.open(f"{sys.argv[1]}/{name}.wav") as w:
            if name == "silence":
                out.setparams(w.getparams())
            out.writeframes(w.readframes(w.getnframes()))
EOF
    settings="--unknown-below 0 --hold 0 --smoothing inf"
    expected=$("$genrecast" file --json $settings "$work/both.wav" |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["genre"])') || fail "file"
    start_jack 44100
    port=$(free_port)
    stdbuf -oL timeout -k 5 60 oscdump -L osc.udp://:$port > "$work/osc.log" 2>&1 &
    pids="$pids $!"
    timeout -k 5 60 sndfile-jackplay "$work/both.wav" > /dev/null 2> "$work/play.log" &
    player=$!
    pids="$pids $player"
    wait_for 5 has_port jackplay || fail "the player does not come"
    timeout 60 "$genrecast" live --device jackplay $settings --osc 127.0.0.1:$port \
        --interval 0.5 --json --duration 14 > "$work/live.log" 2> "$work/stderr.log" || fail "live"
    sleep 0.3
    # The last genre that was named: the clip has ended before.
    got=$(sed -n 's/.*\/genre\/top s "\([^"]*\)".*/\1/p' "$work/osc.log" | grep -vx 'silence\|unknown' | tail -n 1)
    [ "$got" = "$expected" ] || fail "$style: OSC says \"$got\", the file \"$expected\""
    python3 - "$work/live.log" "$expected" <<'EOF' || fail "the JSON does not say so"
import json, sys
updates = [json.loads(line) for line in open(sys.argv[1])]
named = [u for u in updates if u["state"] == "music"]
assert named and named[-1]["genre"] == sys.argv[2], "genre"
assert len(updates) >= 15, f"{len(updates)} updates"
for u in updates:
    assert abs(sum(u["scores"].values()) - 1) < 1e-5, "sum"
    assert u["dropped"] == 0, "dropped"
    assert (u["genre"] is not None) == (u["state"] == "music"), "stale genre"
times = [u["time_s"] for u in updates]
assert times == sorted(times), "time"
# The first answer, from when the clip was first heard.
first = next(u for u in updates if u["state"] == "music")
assert updates[0]["state"] == "silence" and 0.9 <= first["heard_s"] <= 1.5, first
EOF
    # Libraries' noise is not for users: one line says what is listened to.
    [ "$(wc -l < "$work/stderr.log")" = 1 ] || fail "standard error: $(cat "$work/stderr.log")"
    for address in labels alive status level top index confidence silence all; do
        grep -q "/genre/$address " "$work/osc.log" || fail "no /genre/$address"
    done
    wait $player
    stop_jack
    echo "ok: $style is $got"
done
