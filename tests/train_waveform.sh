#!/usr/bin/env bash
# Changes to sound before training: train_waveform.sh TRAINER SYNTH
#   a cache with variants is the same to the byte on any number of threads;
#   a training on it learns, and its validation is of unchanged clips;
#   "augment" writes what a variant sounds like; mistakes get a sentence.
set -euo pipefail
trainer=$(realpath "$1") synth=$(realpath "$2")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

styles="techno classical metal"
echo "audio,genre,artist,split" > clips.csv
for seed in 1 2 3 4; do
    split=train
    [ $seed -le 3 ] || split=valid
    for style in $styles; do
        "$synth" $style $style$seed.wav --seconds 3 --rate 22050 --seed $seed
        echo "$style$seed.wav,$style,$style $seed,$split" >> clips.csv
    done
done
echo "gone.wav,metal,metal 9,train" >> clips.csv
cat > plain.json <<'EOF'
{
  "feature": {"kind": "logmel", "rate_hz": 22050, "n_fft": 1024, "hop": 855, "mean_hops": 2, "bands": 32},
  "layers": [
    {"kind": "floor"}, {"kind": "dct", "coefficients": 12}, {"kind": "affine"},
    {"kind": "stats"}, {"kind": "dense"}
  ],
  "train": {"batch": 24, "epochs": 25, "crop_s": 2, "loss_times_s": [1, 2],
            "learning_rate": 0.02, "weight_average": 0.5}
}
EOF
sed '2i "waveform": {"variants": 2, "eq_db": 4, "room": 0.5, "noise": 0.5, "microphone": 0.3, "low_pass": 0.2, "codec": 0.5, "gain_db": 6},' \
    plain.json > recipe.json

"$trainer" prepare clips.csv --recipe recipe.json -o one.safetensors -j 1 2> log.txt
[ "$(grep -c 'left out: .*gone.wav' log.txt)" = 1 ] || fail "a missing clip is not named once: $(cat log.txt)"
"$trainer" prepare clips.csv --recipe recipe.json -o two.safetensors -j 3 2> /dev/null
cmp one.safetensors two.safetensors || fail "the cache depends on the number of threads"
python3 - <<'PY' || fail "the cache's clips are not as they should be"
import json, struct
def clips(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
    return json.loads(header["__metadata__"]["clips"])
assert [c["variant"] for c in clips("one.safetensors")] == [0, 1, 2] * 12
PY
echo "ok: variants are the same on any number of threads"

"$trainer" train recipe.json one.safetensors -o model.safetensors > report.txt 2> log.txt
grep -q '^ *metal *1 ' report.txt || fail "validation is not of one clip for each style: $(cat report.txt)"
"$trainer" eval model.safetensors clips.csv --split valid --json > eval.json 2> /dev/null || true
python3 -c "import json; d = json.load(open('eval.json')); assert d['clips'] == 3 and d['accuracy']['30'] == 1, d" ||
    fail "it has not learnt"
"$trainer" train recipe.json clips.csv -o other.safetensors > /dev/null 2> log.txt
cmp model.safetensors other.safetensors || fail "training from clips and from a cache differ"
# Segments of a variant lie on the side of the unchanged clip's.
"$trainer" train recipe.json one.safetensors -o cut.safetensors --split-by song --segment 1 > report.txt 2> log.txt ||
    fail "segments of variants cannot be trained on: $(cat log.txt)"
! grep -q warning log.txt || fail "variants are taken for other songs: $(cat log.txt)"
echo "ok: a training draws among the variants and validates without them"

"$trainer" augment recipe.json techno1.wav -o out.wav --variant 2 > told.txt
grep -q '^eq: ' told.txt && grep -q '^gain: ' told.txt || fail "augment does not tell: $(cat told.txt)"
sleep 1 # no time of day in the file
"$trainer" augment recipe.json techno1.wav -o same.wav --variant 2 > /dev/null
cmp out.wav same.wav || fail "augment is not repeatable"
"$trainer" augment recipe.json techno1.wav -o plain.wav --variant 0 > told.txt
[ ! -s told.txt ] && ! cmp -s out.wav plain.wav || fail "variant 0 is changed"
# A clip of the cache sounds so: its id stands for the song.
"$trainer" augment recipe.json techno1.wav -o id.wav --variant 2 --id other > /dev/null
! cmp -s out.wav id.wav || fail "the id does not count"
echo "ok: augment writes what a variant sounds like"

sed 's/"noise": 0.5/"noise": 5/' recipe.json > bad.json
expect 1 '"noise"' "$trainer" prepare clips.csv --recipe bad.json -o x.safetensors
expect 1 '"waveform"' "$trainer" train plain.json one.safetensors -o x.safetensors
sed 's/"noise": 0.5/"noise": 0.4/' recipe.json > bad.json
expect 1 '"waveform"' "$trainer" train bad.json one.safetensors -o x.safetensors
expect 1 '"waveform" is missing' "$trainer" augment plain.json techno1.wav -o x.wav
expect 1 'gone.wav' "$trainer" augment recipe.json gone.wav -o x.wav
expect 1 'cannot be written' "$trainer" augment recipe.json techno1.wav -o no/x.wav
expect 2 "what is written is WAV" "$trainer" augment recipe.json techno1.wav -o x.mp3
echo "ok: mistakes get a sentence"
