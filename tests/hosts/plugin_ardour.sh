#!/usr/bin/env bash
# A session in Ardour, without a display: both plugins on a track show the genre that
# `genrecast file` gives; settings and a model of one's own survive saving, moving and reopening.
# usage: plugin_ardour.sh GENRECAST SYNTH LV2_FOLDER LADSPA_FOLDER MODEL
genrecast=$1 synth=$2 model=$5
. "$(dirname "$0")/plugin.sh"
need ardour7-lua python3
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$HOME/.config/ardour7"
echo '<Ardour><Config><Option name="hide-dummy-backend" value="0"/></Config></Ardour>' \
    > "$HOME/.config/ardour7/config"

# Ardour 7.3 itself now and then dies at exit, so a crash gets another
# try or two, and says so; anything else does not.
ardour() { # COMMAND ARGUMENT...
    status=0
    for try in 1 2 3; do
        status=0
        timeout 60 ardour7-lua "$here/plugin_ardour.lua" "$@" > "$work/ardour.log" 2>&1 || status=$?
        [ $status -ge 128 ] || break
        echo "note: Ardour died of signal $((status - 128)) on try $try of: $*"
    done
    [ $status = 0 ] || fail "Ardour: $*"
}

# shown FORMAT NUMBER: what control port NUMBER (from 1) showed last.
shown() { awk -v f="$1" -v n="$2" '$1 == f { value = $(n + 1) } END { print value }' "$work/ardour.log"; }

check_genre() { # EXPECTED
    for format in LV2 LADSPA; do
        got=$(genre_name "$(shown $format 8)")
        [ "$got" = "$1" ] || fail "$format shows \"$got\", not \"$1\""
        echo "ok: $format shows $got ($(shown $format 9))"
    done
}

"$synth" classical "$work/clip.wav" --seconds 40 --rate 44100 || fail synth
expected=$(file_genre "$work/clip.wav")
python3 "$here/plugin_ardour.py" model "$model" "$work/mine.safetensors" "$expected" || fail "no model"
python3 "$here/plugin_ardour.py" preset "$work/lv2/mine.lv2" "$work/mine.safetensors" || fail "no preset"
export LV2_PATH=$LV2_PATH:$work/lv2

ardour make "$work/session"
python3 "$here/plugin_ardour.py" clip "$work/session" "$work/clip.wav" || fail "no clip in the session"
ardour play "$work/session" 2
check_genre "$expected"

ardour change "$work/session" Mine
ardour play "$work/session" 2
for format in LV2 LADSPA; do
    [ "$(shown $format 1)" = 0.75 ] && [ "$(shown $format 3)" = 0.5 ] || fail "$format forgot its settings"
done
[ "$(genre_name "$(shown LV2 8)")" = other ] || fail "the model was forgotten"
[ "$(genre_name "$(shown LADSPA 8)")" = "$expected" ] || fail "the LADSPA plugin changed"
echo "ok: settings and model are kept"

# To another machine: all that belongs to the session is copied, nothing else is there.
mkdir "$work/elsewhere" && cp -rL "$work/session" "$work/elsewhere/moved" &&
    rm -r "$work/session" "$work/mine.safetensors" || fail "moving"
ardour play "$work/elsewhere/moved" 2
[ "$(genre_name "$(shown LV2 8)")" = other ] || fail "the model was lost in the move"
[ "$(shown LV2 1)" = 0.75 ] || fail "settings were lost in the move"
echo "ok: also after the session was moved"

find "$work/elsewhere" -name mine.safetensors -delete
ardour play "$work/elsewhere/moved" 2
grep -q 'Genrecast: .*mine.safetensors.*built-in model' "$work/ardour.log" || fail "no word of the missing model"
check_genre "$expected"
echo "ok: without its model it says so and uses the built-in one"
