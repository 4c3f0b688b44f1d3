#!/usr/bin/env bash
# A clip through JACK into jalv with the LV2 plugin: its output ports show the genre that
# `genrecast file` gives.
# usage: plugin_jalv.sh GENRECAST SYNTH LV2_FOLDER LADSPA_FOLDER
genrecast=$1 synth=$2
for tool in jalv jack_connect python3; do
    command -v $tool > /dev/null || { echo "skipped: no $tool"; exit 77; }
done
. "$(dirname "$0")/jack.sh"
. "$(dirname "$0")/plugin.sh"

# value PORT: what `monitors` said last.
value() {
    sed -n "s/^\(> \)\?$1 = //p" "$work/jalv.log" | tail -n 1
}

is_heard() {
    echo monitors >&3
    sleep 0.1
    [ -n "$(value genre)" ] && [ "$(value genre)" != -1.000000 ] && [ "$(value genre)" != -2.000000 ]
}

start_jack 48000
for style in classical techno; do
    "$synth" $style "$work/clip.wav" --seconds 10 --rate 48000 || fail "no clip"
    expected=$(file_genre "$work/clip.wav")
    rm -f "$work/in"
    mkfifo "$work/in"
    stdbuf -oL timeout -k 5 60 jalv -n genretest urn:genrecast:stereo < "$work/in" > "$work/jalv.log" 2>&1 &
    jalv=$!
    pids="$pids $jalv"
    exec 3> "$work/in"
    wait_for 10 has_port genretest:in_left || fail "jalv does not come"
    timeout -k 5 60 sndfile-jackplay -l 0 "$work/clip.wav" > "$work/play.log" 2>&1 3>&- &
    player=$!
    pids="$pids $player"
    wait_for 10 connect jackplay:out_1 genretest:in_left || fail "no player"
    wait_for 10 connect jackplay:out_2 genretest:in_right || fail "no player"
    sleep 9 # about once through: then the answer is the clip's
    wait_for 2 is_heard || fail "jalv shows no genre"
    got=$(genre_name "$(value genre)")
    [ "$got" = "$expected" ] || fail "$style: jalv shows \"$got\", the file is \"$expected\""
    exec 3>&-
    kill $player $jalv 2> /dev/null
    wait $player $jalv 2> /dev/null
    echo "ok: jalv shows $got ($(value confidence))"
done
