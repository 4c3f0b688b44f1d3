#!/usr/bin/env bash
# Features that a recipe may ask for: train_features.sh TRAINER SYNTH GENRECAST
#   a BiLSTM over a window's beats learns three kinds of sound, and "genrecast file" runs it;
#   ready-made mel frames serve recipes of MFCC; where a recipe asks for more than they hold,
#   clips without sound are counted and left out.
set -euo pipefail
trainer=$(realpath "$1") synth=$(realpath "$2") genrecast=$(realpath "$3")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

styles="techno classical metal"
echo "audio,genre,artist,split" > clips.csv
for seed in 1 2 3 4 5 6; do
    split=train
    [ $seed -le 4 ] || split=valid
    for style in $styles; do
        "$synth" $style $style$seed.wav --seconds 8 --rate 22050 --seed $seed
        echo "$style$seed.wav,$style,$style $seed,$split" >> clips.csv
    done
done

# Mel bands, chroma and onset strength, averaged from beat to beat.
cat > beats.json <<'JSON'
{
  "feature": {"kind": "joined", "rate_hz": 22050, "n_fft": 2048, "hop": 512,
              "parts": [{"kind": "logmel", "bands": 32}, {"kind": "chroma"}, {"kind": "onset"}]},
  "window_frames": 240,
  "layers": [
    {"kind": "beats", "count": 8, "period_s": 0.02322}, {"kind": "affine"},
    {"kind": "bilstm", "units": 6}, {"kind": "pool_time"}, {"kind": "dense"}
  ],
  "train": {"batch": 12, "epochs": 12, "learning_rate": 0.02, "weight_average": 0.5}
}
JSON
"$trainer" prepare clips.csv --recipe beats.json -o beats_cache.safetensors
"$trainer" train beats.json beats_cache.safetensors -o beats.safetensors --seed 3 -j 1 > /dev/null 2> /dev/null
"$trainer" train beats.json beats_cache.safetensors -o two.safetensors --seed 3 -j 2 > /dev/null 2> /dev/null
cmp beats.safetensors two.safetensors || fail "two threads make another model than one"
"$trainer" eval beats.safetensors clips.csv --split valid --json > eval.json
[ "$(json eval.json "d['clips'] == 6 and d['accuracy']['30'] >= 0.99")" = True ] ||
    fail "a BiLSTM over beats has not learnt: $(cat eval.json)"
for style in $styles; do
    "$genrecast" file --model beats.safetensors --json ${style}5.wav > answer.json
    [ "$(json answer.json "d['genre']")" = $style ] || fail "genrecast file: $(cat answer.json)"
done
sed 's/0.02322/0.05/' beats.json > bad.json
code=0
"$trainer" train bad.json beats_cache.safetensors -o bad.safetensors > /dev/null 2> log.txt || code=$?
{ [ $code = 1 ] && grep -q 'layer "beats0" takes frames to be 0.05 s apart' log.txt; } ||
    fail "a wrong period_s exits with $code: $(cat log.txt)"
echo "ok: a BiLSTM over beats learns three kinds of sound"

# The clips' mel bands, as a file of ready-made frames; the training clips lose their sound.
cat > logmel.json <<'JSON'
{
  "feature": {"kind": "logmel", "rate_hz": 22050, "n_fft": 2048, "hop": 855, "mean_hops": 2},
  "layers": [{"kind": "dense"}], "train": {"loss_times_s": [1]}
}
JSON
"$trainer" prepare clips.csv --recipe logmel.json -o logmel.safetensors
mkdir mel
python3 - <<'PY'
import csv, json, struct
def read(path):
    data = open(path, "rb").read()
    n = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8:8 + n]), data[8 + n:]
header, data = read("logmel.safetensors")
clips = json.loads(header["__metadata__"]["clips"])
n_frames = min(clip["n_frames"] for clip in clips)
out, at = bytearray(), 0
for clip in clips:
    values = struct.unpack("<%df" % (clip["n_frames"] * 128), data[at:at + clip["n_frames"] * 512])
    at += clip["n_frames"] * 512
    top = max(values)
    out += bytes(round(max(0, v - top + 80) * 255 / 80) for v in values[:n_frames * 128])
text = json.dumps({"mel": {"dtype": "U8", "shape": [len(clips), n_frames, 128],
                           "data_offsets": [0, len(out)]}}).encode()
open("mel/made.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + out)
rows = list(csv.reader(open("clips.csv")))[1:]
with open("mel.csv", "w") as file:
    print("dataset,audio,mel_row,genre,artist,split", file=file)
    for i, (audio, genre, artist, split) in enumerate(rows):
        sound = audio if split == "valid" else ""
        print("made", sound, i, genre, artist, split, sep=",", file=file)
PY

# Learns from mel frames alone, and is right about sound.
cat > mfcc.json <<'JSON'
{
  "feature": {"kind": "mfcc", "rate_hz": 22050, "n_fft": 2048, "hop": 855, "mean_hops": 2,
              "coefficients": 13},
  "layers": [
    {"kind": "bands", "first": 1, "name": "cepstra"}, {"kind": "affine", "name": "frame"},
    {"kind": "delta", "name": "slope"}, {"kind": "delta", "name": "bend"},
    {"kind": "affine", "input": ["slope", "bend"], "name": "slopes"},
    {"kind": "lstm", "units": 8, "input": ["frame", "slopes"], "name": "memory"},
    {"kind": "stats", "input": ["frame", "memory"]}, {"kind": "dense"}
  ],
  "train": {"batch": 24, "epochs": 25, "crop_s": 3, "loss_times_s": [1, 2, 3],
            "learning_rate": 0.02, "weight_average": 0.5}
}
JSON
"$trainer" train mfcc.json mel.csv -o mfcc.safetensors --seed 3 > /dev/null 2> log.txt
! grep -q 'left out' log.txt || fail "mel frames do not serve MFCC: $(cat log.txt)"
for source in audio mel; do
    "$trainer" eval mfcc.safetensors mel.csv --split valid --source $source --json > eval.json
    [ "$(json eval.json "d['clips'] == 6 and d['accuracy']['30'] >= 0.99")" = True ] ||
        fail "MFCC out of mel frames are not those of $source: $(cat eval.json)"
done
{ cat mel.csv; echo "made,,99,techno,,valid"; } > beyond.csv
code=0
"$trainer" eval mfcc.safetensors beyond.csv --split valid --json > eval.json 2> log.txt || code=$?
{ [ "$code, $(json eval.json "d['clips'], d['failed']")" = "1, 6 1" ] && grep -q 'left out: .* in row 99' log.txt; } ||
    fail "eval without a row of mel frames exits with $code: $(cat log.txt)"
echo "ok: mel frames serve recipes of MFCC"

# Chroma is not in them: what has no sound is counted, the rest prepared.
sed 's/"kind": "logmel"/"kind": "joined", "parts": [{"kind": "mfcc"}, {"kind": "chroma"}]/' logmel.json > chroma.json
"$trainer" prepare mel.csv --recipe chroma.json -o chroma.safetensors 2> log.txt
grep -q 'mel frames left out (12 of 18 clips have nothing else): ready-made mel frames need' log.txt ||
    fail "clips without sound are not counted: $(cat log.txt)"
[ "$(wc -l < log.txt)" = 1 ] || fail "more than a sentence: $(cat log.txt)"
code=0
"$trainer" eval beats.safetensors mel.csv > eval.txt 2> log.txt || code=$?
{ [ $code = 0 ] && grep -q '12 clips of mel frames left out: ready-made' log.txt; } ||
    fail "eval does not count clips without sound, exits with $code: $(cat log.txt)"
echo "ok: clips that are mel frames only are counted where these are not enough"
