#!/usr/bin/env bash
# A clip through ecasound with each plugin: what `cop-status` shows is what `genrecast file` gives,
# to the three decimals that ecasound prints.
# usage: plugin_ecasound.sh GENRECAST SYNTH LV2_FOLDER LADSPA_FOLDER
genrecast=$1 synth=$2
. "$(dirname "$0")/plugin.sh"
need ecasound python3

# status CLIP OPERATOR: the last cop-status, on one line.
status() {
    printf 'cs-connect\nrun\ncop-status\nquit\n' |
        timeout 60 ecasound -c -i "$1" -o null "$2" 2>&1 |
        sed -n '/Chain operator status/,/^ecasound/p' | sed 's/^\.\.\.//' | tr -s '\n ' ' '
}

value() { echo "$2" | sed -n "s/.*\] $1 \(-\?[0-9.]*\).*/\1/p"; } # NAME STATUS

# With the shortest interval the last estimate in the plugin is one that `--every` shows too.
settings=0.1,5,1,0.3,-60,0
for style in classical techno jazz; do
    "$synth" $style "$work/clip.wav" --seconds 9 --rate 44100 || fail synth
    expected=$(file_genre "$work/clip.wav")
    confidence=$("$genrecast" file --every 0.1 --json "$work/clip.wav" 2> /dev/null | grep -v '"final":true' |
        tail -n 1 | python3 -c 'import json, sys; print("%.3f" % json.load(sys.stdin)["confidence"])')
    for operator in -el:genrecast_stereo,$settings,0 -elv2:urn:genrecast:stereo,$settings,1; do
        shown=$(status "$work/clip.wav" $operator)
        echo "$shown" > "$work/status.log"
        got=$(genre_name "$(value Genre "$shown")")
        [ "$got" = "$expected" ] || fail "$operator: \"$got\", the file is \"$expected\""
        sure=$(value Confidence "$shown")
        [ "$sure" = "$confidence" ] || fail "$operator: $got with $sure, the file with $confidence"
        echo "ok: ${operator%%,*} shows $got ($sure)"
    done
done
