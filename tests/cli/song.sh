#!/usr/bin/env bash
# What the trainer tells of one song: song.sh TRAINER SYNTH
#   beats: found where made-up music has them; the score of annotated ones; mistakes get a sentence.
set -euo pipefail
trainer=$(realpath "$1") synth=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() { echo "FAILED: $*" >&2; exit 1; }

expect() { # CODE PATTERN COMMAND...
    local want=$1 pattern=$2 code=0
    shift 2
    "$@" > out.txt 2> log.txt || code=$?
    [ $code = "$want" ] || fail "$* exits with $code instead of $want: $(cat log.txt)"
    grep -q -- "$pattern" log.txt || fail "$*: $(cat log.txt)"
    [ "$(grep -vc '^Try ' log.txt)" = 1 ] || fail "$* says more than a sentence: $(cat log.txt)"
}

# The tempi that tools/synth/styles.c plays at; each piece begins with a beat.
for piece in "metal 176" "jazz 144"; do
    read -r style bpm <<< "$piece"
    "$synth" "$style" "$style.wav" --seconds 20 --rate 44100
    awk -v bpm="$bpm" 'BEGIN { for (t = 0; t < 20; t += 60 / bpm) printf "%.4f %d\n", t, n++ % 4 + 1 }' \
        > "$style.beats"
    "$trainer" beats "$style.wav" --annotations "$style.beats" > score.txt
    awk '{ exit !($1 == "F-measure" && $2 >= 0.95) }' score.txt || fail "$style: $(cat score.txt)"
    "$trainer" beats "$style.wav" > found.beats
    "$trainer" beats "$style.wav" --annotations found.beats | grep -q '^F-measure 1.000' ||
        fail "what it prints is not what it finds"
done
"$synth" silence silence.wav --seconds 5
[ "$("$trainer" beats silence.wav)" = "# 0.0 BPM, 0 beats" ] || fail "silence has beats"
echo "text" > text.txt
expect 1 "text.txt" "$trainer" beats text.txt
expect 1 "missing.wav" "$trainer" beats missing.wav
expect 1 "line 1 does not begin with a time" "$trainer" beats jazz.wav -a text.txt
expect 1 "missing.beats" "$trainer" beats jazz.wav -a missing.beats
expect 2 "needs one FILE" "$trainer" beats
echo "ok: beats"
