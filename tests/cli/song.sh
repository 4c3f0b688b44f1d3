#!/usr/bin/env bash
# What the trainer tells of one song: song.sh TRAINER SYNTH CAIRO
#   beats: found where made-up music has them; the score of annotated ones; mistakes get a sentence;
#   show: draws PNG and SVG where there is cairo (CAIRO is "yes"), else says so.
set -euo pipefail
trainer=$(realpath "$1") synth=$(realpath "$2") cairo=$3
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/../shell.sh"

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

if [ "$cairo" != yes ]; then
    expect 1 "without cairo" "$trainer" show jazz.wav -o jazz.png
    echo "ok: says that it has no cairo"
    exit
fi

# check_png FILE WIDTH HEIGHT: is a PNG of that size with more in it than a frame and letters.
check_png() {
    python3 - "$@" << 'EOF' || fail "$1 is not what was asked for"
import struct, sys, zlib
data = open(sys.argv[1], "rb").read()
assert data[:8] == b"\x89PNG\r\n\x1a\n"
size, at, pixels = struct.unpack(">II", data[16:24]), 8, b""
while at < len(data):
    n, kind = struct.unpack(">I4s", data[at : at + 8])
    pixels += data[at + 8 : at + 8 + n] if kind == b"IDAT" else b""
    at += 12 + n
assert size == (int(sys.argv[2]), int(sys.argv[3])), size
assert len(set(zlib.decompress(pixels))) > 100
EOF
}

"$trainer" show jazz.wav -o all.png
check_png all.png 1200 1220
"$trainer" show jazz.wav -o two.png --only logmel,beats --width 640 --height 400
check_png two.png 640 400
"$trainer" show jazz.wav -o all.svg --width 900
python3 - << 'EOF' || fail "all.svg is not what was asked for"
import xml.etree.ElementTree as tree
root = tree.parse("all.svg").getroot()
assert root.get("width") == "900px", root.attrib
images = [e for e in root.iter() if e.tag.endswith("}image")]
assert len(images) >= 8, len(images) # four pictures and their colour bars
EOF
"$trainer" show silence.wav -o silence.png
"$synth" noise short.wav --seconds 0.15 # a frame or two
"$trainer" show short.wav -o short.png
expect 1 "text.txt" "$trainer" show text.txt -o x.png
expect 1 "missing.wav" "$trainer" show missing.wav -o x.png
"$synth" noise tiny.wav --seconds 0.02
expect 1 "tiny.wav: too short" "$trainer" show tiny.wav -o x.png
[ ! -e x.png ] || fail "a picture of nothing is left"
expect 1 "/nowhere/x.png: cannot be written" "$trainer" show short.wav -o /nowhere/x.png
expect 2 "neither in .png nor in .svg" "$trainer" show short.wav -o x.gif
expect 2 'no picture "smell"' "$trainer" show short.wav -o x.png --only beats,smell
expect 2 'no picture ""' "$trainer" show short.wav -o x.png --only ""
expect 2 "width" "$trainer" show short.wav -o x.png --width 100000
expect 2 "need 600 pixels" "$trainer" show short.wav -o x.png --height 400
expect 2 "needs FILE" "$trainer" show short.wav
echo "ok: pictures"
