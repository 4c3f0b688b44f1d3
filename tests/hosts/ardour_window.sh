#!/usr/bin/env bash
# A session in Ardour, exported faster than it sounds, with the LV2 plugin and a model that looks at
# windows on a track: what it sends by OSC meanwhile is what `genrecast file` says.
# usage: ardour_window.sh GENRECAST SYNTH LV2_FOLDER LADSPA_FOLDER TRAINER
genrecast=$1 synth=$2 trainer=$5
pids=
here=$(cd "$(dirname "$0")" && pwd)
. "$here/plugin.sh"
. "$here/window_models.sh"
need ardour7-lua ardour7-export oscdump python3
trap 'for pid in $pids; do kill $pid 2> /dev/null; done; rm -rf "$work"' EXIT
mkdir -p "$HOME/.config/ardour7"
echo '<Ardour><Config><Option name="hide-dummy-backend" value="0"/></Config></Ardour>' \
    > "$HOME/.config/ardour7/config"

# Ardour 7.3 itself now and then dies at exit: see plugin_ardour.sh.
ardour() { # COMMAND ARGUMENT...
    for try in 1 2 3; do
        status=0
        timeout 60 "$@" > "$work/ardour.log" 2>&1 || status=$?
        [ $status -ge 128 ] || break
        echo "note: Ardour died of signal $((status - 128)) on try $try of: $*"
    done
    [ $status = 0 ] || fail "$*"
}

train_windows
"$synth" classical "$work/clip.wav" --seconds 20 --rate 44100 || fail synth
model=$work/bilstm.safetensors
port=$(python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 0)); print(s.getsockname()[1])')
python3 "$here/plugin_ardour.py" preset "$work/lv2/mine.lv2" "$model" || fail "no preset"
osc="<urn:genrecast:property:osc> \"osc.udp://127.0.0.1:$port\""
sed -i "s|state:state \[|& $osc ;|" "$work/lv2/mine.lv2/mine.ttl"
export LV2_PATH=$LV2_PATH:$work/lv2
ardour ardour7-lua "$here/plugin_ardour.lua" make "$work/session"
python3 "$here/plugin_ardour.py" clip "$work/session" "$work/clip.wav" || fail "no clip in the session"
ardour ardour7-lua "$here/plugin_ardour.lua" change "$work/session" Mine

stdbuf -oL timeout 120 oscdump -L osc.udp://:$port > "$work/osc.log" 2>&1 &
pids=$!
sleep 0.5
ardour ardour7-export -o "$work/out.wav" "$work/session" s
sleep 0.5
"$genrecast" file --json --model "$model" "$work/clip.wav" > "$work/file.json" || fail file
python3 - "$work/osc.log" "$work/file.json" <<'EOF' || fail "Ardour and the file differ"
import json, re, sys
answers, top = [], None
for line in open(sys.argv[1]):
    if found := re.search(r'/genre/top s "(.*)"', line):
        top = found[1]
    if found := re.search(r"/genre/all fff (.*)", line):
        answers.append((top, [float(x) for x in found[1].split()]))
named = [a for a in answers if a[0] not in ("silence", "unknown")]
file = json.load(open(sys.argv[2]))
assert len(named) >= 15, f"{len(named)} updates"
assert named[-1][0] == file["genre"] == "classical", (named[-1], file)
for label, score in zip(sorted(file["scores"]), named[-1][1]):
    assert abs(score - file["scores"][label]) < 0.05, (label, named[-1], file)
print(f"ok: exported, Ardour's plugin says {named[-1][0]} {named[-1][1]}, {len(named)} times")
EOF
