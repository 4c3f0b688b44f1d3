#!/usr/bin/env bash
# Takes screenshot.png anew: the built LV2 plugin in jalv's window, on a display of its own (Xvfb),
# while a made-up clip plays through JACK.
# usage: meson devenv -C BUILD plugin/screenshot.sh BUILD/tools/synth/genrecast-synth
synth=$1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tests/hosts/jack.sh"
start_jack 48000
Xvfb :97 -screen 0 640x904x24 > "$work/xvfb.log" 2>&1 &
pids="$pids $!"
export DISPLAY=:97
"$synth" classical "$work/clip.wav" --seconds 12 --rate 48000 || fail "no clip"
wait_for 10 xdotool mousemove 639 903 || fail "no display"
jalv.gtk3 -n genretest urn:genrecast:stereo > "$work/jalv.log" 2>&1 &
pids="$pids $!"
wait_for 10 sh -c 'jack_lsp | grep -q genretest' || fail "no jalv"
timeout 60 sndfile-jackplay -l 0 "$work/clip.wav" > "$work/play.log" 2>&1 &
pids="$pids $!"
wait_for 10 jack_connect jackplay:out_1 genretest:in_left
wait_for 10 jack_connect jackplay:out_2 genretest:in_right
sleep 11
import -window root "$work/shot.png" &&
    convert "$work/shot.png" +dither -colors 64 PNG8:"$here/screenshot.png" || fail "no picture"
