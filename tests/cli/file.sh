#!/usr/bin/env bash
# `genrecast file` from outside: file.sh GENRECAST SYNTH
set -euo pipefail
genrecast=$(realpath "$1") synth=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() { echo "FAILED: $*" >&2; exit 1; }
have() { command -v "$1" >/dev/null; }
# Runs genrecast file; leaves its answers in out and err, its exit status in $status.
run() { status=0; timeout 120 "$genrecast" file "$@" >out 2>err </dev/null || status=$?; }
expect() { [ "$status" = "$1" ] || { cat err >&2; fail "exit status $status, not $1: $2"; }; }
genre() { "$genrecast" file --csv "$1" | tail -1 | cut -d, -f4; }
# Mean distance of two files' final scores.
distance() {
    "$genrecast" file --csv "$1" "$2" | awk -F, '
        NR == 2 { for (i = 6; i < NF; i++) a[i] = $i }
        NR == 3 { for (i = 6; i < NF; i++) { d = a[i] - $i; s += d < 0 ? -d : d }; print s / (NF - 6) }'
}
near() { awk "BEGIN { exit !($1 <= $2) }" || fail "$3: scores differ by $1, more than $2"; }

echo "-- the same answer at any rate, from mono and stereo"
for style in techno classical; do
    "$synth" $style ref.wav --seconds 12 --rate 44100
    # rate, channels
    while read -r rate channels; do
        "$synth" $style other.wav --seconds 12 --rate "$rate" --channels "$channels"
        # Below 22 kHz the top of the spectrum is missing: an answer is all that can be asked.
        [ "$rate" -ge 22050 ] || { run other.wav; expect 0 "$rate Hz"; continue; }
        [ "$(genre other.wav)" = "$(genre ref.wav)" ] || fail "another genre at $rate Hz"
        # At the model's own rate the top bands come from whatever filter made the file.
        [ "$rate" -eq 22050 ] ||
            near "$(distance ref.wav other.wav)" 0.02 "$style, $rate Hz, $channels channels"
    done <<'LIST'
8000 1
16000 2
22050 2
44100 1
48000 2
96000 1
192000 2
LIST
done

echo "-- the same answer from any format"
"$synth" techno ref.wav --seconds 12 --rate 44100
for format in pcm8 pcm24 float; do
    "$synth" techno other.wav --seconds 12 --rate 44100 --format $format
    near "$(distance ref.wav other.wav)" 0.02 $format
done
"$synth" techno six.wav --seconds 12 --rate 44100 --channels 6
near "$(distance ref.wav six.wav)" 0.02 "6 channels"
formats="wav"
if have ffmpeg; then
    formats="aiff au flac ogg opus mp3"
elif have sox; then
    formats="aiff au flac ogg"
else
    echo "   (neither ffmpeg nor sox: compressed formats are not tried)"
fi
for format in $formats; do
    if have ffmpeg; then
        ffmpeg -v error -y -i ref.wav song.$format 2>/dev/null || { echo "   (no $format)"; continue; }
    elif [ $format != wav ]; then
        sox ref.wav song.$format
    fi
    [ -e song.$format ] || continue
    near "$(distance ref.wav song.$format)" 0.02 $format
    [ "$(genre song.$format)" = "$(genre ref.wav)" ] || fail "another genre from $format"
    # Half of it: an answer, a warning, exit status 1.
    head -c $(($(stat -c %s song.$format) / 2)) song.$format > half.$format
    run half.$format
    expect 1 "half of a .$format"
    grep -q "cut off" err || fail "no word about the half .$format"
    [ "$(wc -l < out)" = 1 ] || fail "no answer for the half .$format"
done

echo "-- bad files are named, the rest goes on"
head -c 100000 ref.wav > cut.wav
: > empty.wav
head -c 50000 "$genrecast" > program.wav
echo "not a song" > letter.mp3
mkfifo pipe.wav
mkdir folder
run missing.wav cut.wav empty.wav program.wav letter.mp3 pipe.wav folder ref.wav
expect 1 "bad files"
[ "$(wc -l < out)" = 2 ] || fail "answers for cut.wav and ref.wav, nothing else: $(cat out)"
for name in missing.wav cut.wav empty.wav program.wav letter.mp3 pipe.wav folder; do
    [ "$(grep -c "$name: " err)" = 1 ] || fail "not one sentence about $name: $(cat err)"
done
if [ "$(id -u)" != 0 ]; then
    cp ref.wav secret.wav; chmod 0 secret.wav
    run secret.wav
    expect 1 "a file without permission"
    grep -q "Permission denied" err || fail "no word about permission"
fi

echo "-- samples that are no numbers"
"$synth" techno float.wav --seconds 12 --rate 44100 --format float
cp float.wav nan.wav
for at in 200000 400000 600004; do
    printf '\0\0\300\177\0\0\200\177\0\0\200\377' | dd of=nan.wav bs=4 seek=$((at / 4)) conv=notrunc 2>/dev/null
done
run nan.wav
expect 0 "NaN samples"
near "$(distance float.wav nan.wav)" 0.05 "NaN samples"

echo "-- folders, names, lists"
mkdir -p music/b "music/a dir"
"$synth" jazz music/b/one.wav --seconds 3
cp music/b/one.wav "music/a dir/two.WAV"
cp music/b/one.wav music/.hidden.wav
cp letter.mp3 music/notes.txt
ln -s .. music/b/loop
ln -s "$PWD/music" music/self
# A link may come before what it leads to, or lead above where one began.
mkdir -p tree/w/real
cp music/b/one.wav tree/w/real/
ln -s real tree/w/alink
ln -s .. tree/w/up
run --json tree/w tree/w/real tree
expect 0 "a folder by several names"
[ "$(wc -l < out)" = 1 ] || fail "not heard once: $(cat out)"
odd=$'music/c \xff\n\x1b[31m,"odd".wav'
cp music/b/one.wav "$odd"
run --json music
expect 0 "a folder"
[ "$(wc -l < out)" = 3 ] || fail "not 3 files found: $(cat out)"
[ "$(grep -n 'two.WAV' out | cut -d: -f1)" = 1 ] || fail "not in the order of the names"
run "$odd"
expect 0 "an odd name"
[ "$(wc -l < out)" = 1 ] || fail "a name broke the line"
! grep -q $'\x1b' out || fail "an escape sequence came through"
find music -name '*.wav' -path '*/b/*' | "$genrecast" file --files-from - >out
[ "$(wc -l < out)" -ge 1 ] || fail "--files-from"
cp music/b/one.wav $'music/d.wav\r'
printf 'music/b/one.wav\r\n\r\nmusic/d.wav\r\n' > dos.txt
run --json --files-from dos.txt
expect 0 "a list with Windows' ends of lines"
grep -q '"path":"music/b/one.wav"' out || fail "a name without its carriage return: $(cat out)"
grep -q '"path":"music/d.wav\\r"' out || fail "a name with a carriage return: $(cat out)"
run --csv "$odd"
grep -q '""odd""' out || fail "CSV quoting"

echo "-- several at a time, each as alone"
mkdir each
for rate in 8000 11025 16000 22050 32000 44100 48000 64000 88200 96000; do
    "$synth" jazz each/$rate.wav --seconds $((4 + rate / 20000)) --rate $rate
done
for file in each/*; do "$genrecast" file --json --every 1 "$file"; done > alone
# Twice, so that streams are used again, of more rates and numbers of channels than files in hand.
cat alone alone > twice
for jobs in 1 3; do
    run --json --every 1 -j $jobs each/* each/*
    expect 0 "several at a time"
    cmp out twice || fail "with $jobs threads a file's answer depends on the others"
done

echo "-- formats of the answers"
run --json --every 1 ref.wav music missing.wav
expect 1 "--json"
grep -c '"final":false' out | awk '{ exit !($1 >= 12) }' || fail "--every 1 gave too few lines"
[ "$(grep -c '"final":true' out)" = 4 ] || fail "not one final line per file"
if have python3; then
    python3 - out <<'PY'
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    d = json.loads(line)
    assert abs(sum(d["scores"].values()) - 1) < 1e-6, line
    assert d["state"] in ("music", "silence", "unknown"), line
    assert (d["genre"] is not None) == (d["state"] == "music"), line
    assert d["genre"] is None or d["genre"] in d["scores"], line
    assert 0 <= d["confidence"] <= 1 and isinstance(d["final"], bool), line
    assert d["time_s"] > 0 and d["path"] and d["heard_s"] >= 0 and d["held_s"] >= 0, line
PY
    "$genrecast" file --csv --every 5 "$odd" ref.wav > out.csv
    python3 - out.csv <<'PY'
import csv, sys
rows = list(csv.reader(open(sys.argv[1], encoding="utf-8", newline="")))
assert rows[0][:5] == ["path", "time_s", "state", "genre", "confidence"] and rows[0][-1] == "final"
assert len(rows) == 5 and all(len(r) == len(rows[0]) for r in rows)
assert all(abs(sum(map(float, r[5:-1])) - 1) < 1e-5 for r in rows[1:])
PY
fi
# Looking more often must not change what comes out in the end.
run --csv ref.wav; tail -1 out > plain
run --csv --every 0.3 ref.wav; tail -1 out | cmp - plain || fail "--every changed the answer"
"$synth" silence silence.wav --seconds 5
run silence.wav
grep -q " silence$" out || fail "silence is not called so: $(cat out)"
run --unknown-below 1 ref.wav
grep -q " unknown " out || fail "--unknown-below 1"

echo "-- threads do not change the output"
run --csv -j 1 --every 1 ref.wav music cut.wav six.wav missing.wav ref.wav; mv out one; mv err one.err
run --csv -j 4 --every 1 ref.wav music cut.wav six.wav missing.wav ref.wav
cmp out one || fail "-j 4 prints something else than -j 1"
cmp err one.err || fail "-j 4 complains otherwise than -j 1"
# More files than may wait for the first.
for _ in $(seq 50); do printf '%s\n' music/b/one.wav missing.wav; done > many
run -j 1 --files-from many; mv out one; mv err many.err
run -j 4 --files-from many
cmp out one || fail "-j 4 prints something else than -j 1 of many files"
cmp err many.err || fail "-j 4 complains otherwise than -j 1 of many files"
[ ! -s one.err ] || ! grep -q $'\r' one.err || fail "a progress bar in a file"

echo "-- wrong usage"
for args in "" "--json --csv ref.wav" "--every 0 ref.wav" "-j 0 ref.wav" "--smoothing x ref.wav" "--what ref.wav"; do
    # shellcheck disable=SC2086 # the words are meant to part
    run $args
    expect 2 "arguments: $args"
done
run --model letter.mp3 ref.wav
expect 1 "a model that is none"
run --help
expect 0 "--help"

echo "-- interrupted, and without a reader"
for _ in $(seq 3000); do echo ref.wav; done > list
status=0
timeout --preserve-status -s INT 3 "$genrecast" file --json --files-from list >out 2>err || status=$?
expect 130 "Ctrl-C"
grep -q interrupted err || fail "it does not say that it was interrupted"
[ "$(grep -c '"final":true}$' out)" = "$(wc -l < out)" ] || fail "an incomplete line after Ctrl-C"
"$genrecast" file --json --every 0.1 --files-from list 2>err | head -1 >out || true
[ ! -s err ] || fail "a reader that left is no error: $(cat err)"
if [ -e /dev/full ]; then
    status=0
    "$genrecast" file ref.wav >/dev/full 2>err || status=$?
    expect 1 "a full disk"
    grep -q "cannot write" err || fail "no word about the full disk"
fi
echo "all well"
