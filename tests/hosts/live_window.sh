#!/usr/bin/env bash
# Models that look at windows in `genrecast live`: a convolutional and a bidirectional one say of a
# clip, played as if it came in live, what `eval` and `genrecast file` say; one that is too dear for
# any machine leaves updates out, says so, and keeps neither sound nor commands waiting.
# usage: live_window.sh GENRECAST SYNTH TRAINER
genrecast=$1 synth=$2 trainer=$3
here=$(cd "$(dirname "$0")" && pwd)
command -v oscdump > /dev/null && command -v oscsend > /dev/null || { echo "skipped: no liblo-tools"; exit 77; }
work=$(mktemp -d)
pids=
trap 'for pid in $pids; do kill $pid 2> /dev/null; done; rm -rf "$work"' EXIT
export JACK_NO_START_SERVER=1 HOME=$work

fail() {
    echo "FAILED: $*" >&2
    for log in "$work"/*.log; do
        [ -s "$log" ] && { echo "--- $(basename "$log")"; tail -n 20 "$log" | cut -c 1-300; } >&2
    done
    exit 1
}

. "$here/window_models.sh"
train_windows

players=
for kind in cnn bilstm; do
    "$trainer" eval "$work/$kind.safetensors" "$work/clips.csv" --split valid --json > "$work/$kind.eval" || fail eval
    for style in $window_styles; do
        "$genrecast" file --json --model "$work/$kind.safetensors" "$work/${style}5.wav" \
            > "$work/$kind-$style.file" || fail file
        timeout 60 "$genrecast" live --json --model "$work/$kind.safetensors" --input "$work/${style}5.wav" \
            > "$work/$kind-$style.live" 2> "$work/$kind-$style.log" &
        players="$players $!"
        pids="$pids $!"
    done
done
for pid in $players; do wait $pid || fail "live ends with $?"; done
for kind in cnn bilstm; do
    python3 - "$work/$kind" $window_styles <<'EOF' || fail "$kind: live, file and eval differ"
import json, sys
folder, styles = sys.argv[1], sys.argv[2:]
scored = json.load(open(folder + ".eval"))
assert scored["clips"] == len(styles) and scored["accuracy"]["30"] == 1, scored["accuracy"]
sure = 0
for style in styles:
    file = json.load(open(f"{folder}-{style}.file"))
    updates = [json.loads(line) for line in open(f"{folder}-{style}.live")]
    live = updates[-1]
    assert file["genre"] == live["genre"] == style, (style, file, live)
    for label, score in file["scores"].items():
        assert abs(score - live["scores"][label]) < 0.02, (label, file, live)
    assert len(updates) >= 3 and live["dropped"] == 0, updates
    sure += file["confidence"]
mean = sum(bin["confidence"] * bin["clips"] for bin in scored["reliability"]) / len(styles)
assert abs(mean - sure / len(styles)) < 0.02, (mean, sure)
EOF
    echo "ok: $kind: live says what file and eval say"
done

"$genrecast" bench --quick --json --model "$work/cnn.safetensors" > "$work/bench.json" || fail bench
python3 - "$work/bench.json" <<'EOF' || fail "bench does not tell what a window costs"
import json, sys
figures = json.load(open(sys.argv[1]))
assert figures["network_window_us"] > 0
assert abs(figures["network_window_us"] / 2e6 * 100 / figures["network_core_percent"] - 1) < 0.01
EOF
echo "ok: bench tells what it costs"

python3 "$here/dear_model.py" "$work/dear.safetensors" || fail "no model"
free_port() {
    python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 0)); print(s.getsockname()[1])'
}
port=$(free_port)
asks=$(free_port)
stdbuf -oL timeout 120 oscdump -L osc.udp://:$port > "$work/osc.log" 2>&1 &
pids="$pids $!"
GENRECAST_KERNELS=portable timeout 120 "$genrecast" live --json --loop --input "$work/techno5.wav" --model "$work/dear.safetensors" \
    --interval 0.1 --osc 127.0.0.1:$port --osc-listen $asks > "$work/dear.live" 2> "$work/dear.log" &
live=$!
pids="$pids $live"
says() { # SECONDS PATTERN
    for _ in $(seq $(($1 * 10))); do
        grep -Eq "$2" "$work/osc.log" && return 0
        sleep 0.1
    done
    fail "OSC never says $2"
}
says 60 '/genre/status s "overload"'
says 60 '/genre/top '
# While the network runs, which takes a second or more, commands are heard and the heart beats.
oscsend osc.udp://127.0.0.1:$asks /genre/interval f 0.2
oscsend osc.udp://127.0.0.1:$asks /genre/reset
says 2 '/genre/status s "reset"'
says 5 '/genre/alive i [3-9]'
! grep -q '"dropped":[1-9]' "$work/dear.live" || fail "sound was lost: $(tail -n 1 "$work/dear.live")"
oscsend osc.udp://127.0.0.1:$asks /genre/model s "$work/cnn.safetensors"
says 60 '/genre/status s "model changed"'
says 20 '/genre/top s "techno"'
kill -TERM $live # Ctrl-C does not reach a script's background job
wait $live || fail "live ends with $?"
grep -q "updates are fewer" "$work/dear.log" || fail "says nothing of it"
echo "ok: a model that is too dear leaves updates out"
