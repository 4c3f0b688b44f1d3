#!/usr/bin/env bash
# A clip through JACK into `genrecast live` and into jalv with the LV2 plugin, both with a model that
# looks at windows, a convolutional and a bidirectional one: OSC and ports say what `genrecast file`
# says.
# usage: jack_window.sh GENRECAST SYNTH LV2_FOLDER LADSPA_FOLDER TRAINER
genrecast=$1 synth=$2 trainer=$5
for tool in jalv jack_connect python3; do
    command -v $tool > /dev/null || { echo "skipped: no $tool"; exit 77; }
done
here=$(cd "$(dirname "$0")" && pwd)
. "$here/jack.sh"
. "$here/plugin.sh"
. "$here/window_models.sh"

# value PORT: what `monitors` said last.
value() {
    sed -n "s/^\(> \)\?$1 = //p" "$work/jalv.log" | tail -n 1
}

train_windows
export LV2_PATH=$LV2_PATH:$work/lv2
start_jack 48000
# Labels that have a port: of others jalv could show "other" only.
for round in "cnn classical" "bilstm metal"; do
    set -- $round
    model=$work/$1.safetensors style=$2
    "$synth" $style "$work/clip.wav" --seconds 12 --rate 48000 --channels 2 --seed 7 || fail "no clip"
    expected=$(file_genre --model "$model" "$work/clip.wav")
    [ "$expected" = $style ] || fail "the file is \"$expected\""
    rm -rf "$work/lv2" "$work/in"
    python3 "$here/plugin_ardour.py" preset "$work/lv2/mine.lv2" "$model" || fail "no preset"
    mkfifo "$work/in"
    stdbuf -oL timeout -k 5 60 jalv -n genretest urn:genrecast:stereo < "$work/in" > "$work/jalv.log" 2>&1 &
    jalv=$!
    pids="$pids $jalv"
    exec 3> "$work/in"
    wait_for 10 has_port genretest:in_left || fail "jalv does not come"
    echo presets >&3 # jalv reads them only now
    wait_for 10 grep -q "urn:genrecast-test:mine" "$work/jalv.log" || fail "jalv does not find the preset"
    echo "preset urn:genrecast-test:mine" >&3
    wait_for 10 grep -q "Genrecast: model $model" "$work/jalv.log" || fail "jalv does not load the model"
    port=$(free_port)
    stdbuf -oL timeout -k 5 60 oscdump -L osc.udp://:$port > "$work/osc.log" 2>&1 3>&- &
    pids="$pids $!"
    timeout -k 5 60 sndfile-jackplay "$work/clip.wav" > /dev/null 2> "$work/play.log" 3>&- &
    player=$!
    pids="$pids $player"
    wait_for 10 connect jackplay:out_1 genretest:in_left || fail "no player"
    wait_for 10 connect jackplay:out_2 genretest:in_right || fail "no player"
    timeout 60 "$genrecast" live --device jackplay --model "$model" --osc 127.0.0.1:$port \
        --interval 0.5 --json --duration 8 > "$work/live.json" 2> "$work/live.log" || fail "live"
    echo monitors >&3
    sleep 0.3
    got=$(genre_name "$(value genre)")
    [ "$got" = "$expected" ] || fail "$1: jalv shows \"$got\", the file is \"$expected\""
    echo "ok: $1: jalv shows $got ($(value confidence))"
    got=$(sed -n 's/.*\/genre\/top s "\([^"]*\)".*/\1/p' "$work/osc.log" | tail -n 1)
    [ "$got" = "$expected" ] || fail "$1: OSC says \"$got\", the file \"$expected\""
    [ "$(tail -n 1 "$work/live.json" | grep -c '"dropped":0')" = 1 ] || fail "live lost sound"
    echo "ok: $1: live says $got"
    exec 3>&-
    kill $player $jalv 2> /dev/null
    wait $player $jalv 2> /dev/null
done
