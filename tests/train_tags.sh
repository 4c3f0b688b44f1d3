#!/usr/bin/env bash
# A training on clips with several labels each: train_tags.sh TRAINER SYNTH GENRECAST
#   of two styles, one after the other or both at once, a model with "output": "sigmoid" learns
#   which are in a clip;
#   "genrecast file" gives each its own score.
set -euo pipefail
trainer=$(realpath "$1") synth=$(realpath "$2") genrecast=$(realpath "$3")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

echo "audio,genre,tags,artist,split" > clips.csv
for seed in 1 2 3 4 5 6 7 8; do
    split=train
    [ $seed -le 6 ] || split=valid
    for style in techno classical; do
        "$synth" $style $style$seed.wav --seconds 3 --rate 22050 --channels 1 --seed $seed
    done
    # Both at once: the mean of their samples.
    python3 - techno$seed.wav classical$seed.wav both$seed.wav <<'PY'
import array, sys, wave
sounds = []
for path in sys.argv[1:3]:
    with wave.open(path) as sound:
        about = sound.getparams()
        sounds.append(array.array("h", sound.readframes(sound.getnframes())))
with wave.open(sys.argv[3], "wb") as sound:
    sound.setparams(about)
    sound.writeframes(array.array("h", [(a + b) // 2 for a, b in zip(*sounds)]).tobytes())
PY
    echo "techno$seed.wav,techno,Techno/House,a$seed,$split" >> clips.csv
    echo "classical$seed.wav,classical,Classical | Calm,a$seed,$split" >> clips.csv
    echo "both$seed.wav,,Techno/House; Classical,a$seed,$split" >> clips.csv
done
cat > recipe.json <<'JSON'
{
  "feature": {"kind": "logmel", "rate_hz": 22050, "n_fft": 1024, "hop": 855, "mean_hops": 2, "bands": 32},
  "output": "sigmoid",
  "data": {"labels": ["techno-house", "classical"], "merge": {"calm": "classical"}},
  "layers": [
    {"kind": "floor"}, {"kind": "dct", "coefficients": 16}, {"kind": "affine", "name": "frame"},
    {"kind": "lstm", "units": 12, "name": "memory"}, {"kind": "stats", "input": ["frame", "memory"]},
    {"kind": "dense", "l2": 1e-4}
  ],
  "train": {"batch": 24, "epochs": 60, "crop_s": 2.5, "loss_times_s": [1, 2], "learning_rate": 0.02,
            "weight_average": 0.5, "label_smoothing": 0.05, "class_weights": "balanced"}
}
JSON
"$trainer" train recipe.json clips.csv -o tags.safetensors --seed 1 > report.txt 2> log.txt || fail "$(cat log.txt)"
grep -q '^mAP' report.txt || fail "the report has no figures of labels: $(cat report.txt)"
"$trainer" eval tags.safetensors clips.csv --split valid --json > eval.json
[ "$(json eval.json "(d['clips'], d['multilabel']['per_label']['classical']['clips'])")" = "(6, 4)" ] ||
    fail "eval scored other clips: $(cat eval.json)"
[ "$(json eval.json "d['multilabel']['map'] >= 0.95 and d['multilabel']['macro_f1'] >= 0.85 and d['accuracy']['30'] == 1")" = True ] ||
    fail "it has not learnt: $(cat eval.json)"
awk 'NR == 1 || !/[Cc]lassical/' clips.csv > some.csv
"$trainer" eval tags.safetensors some.csv > eval.txt
grep -Eq '^classical +0 +-' eval.txt || fail "figures of a label without clips: $(cat eval.txt)"
"$trainer" eval tags.safetensors clips.csv --as-trained --split valid --json > eval.json
[ "$(json eval.json "d['multilabel']['per_label']['classical']['clips']")" = 4 ] ||
    fail "eval --as-trained scored other clips: $(cat eval.json)"
echo "ok: learns which of two styles a clip has"

"$genrecast" file --model tags.safetensors --json both7.wav techno7.wav > answer.json
python3 - <<'PY' || fail "$(cat answer.json)"
import json
both, techno = [json.loads(line)["scores"] for line in open("answer.json")]
assert min(both.values()) > 0.5 and sum(both.values()) > 1.2, both
assert techno["techno-house"] > 0.5 > techno["classical"], techno
PY
"$genrecast" model tags.safetensors | grep -q "do not exclude" || fail "model does not tell of the output"
"$trainer" export tags.safetensors -o weights.safetensors
grep -aq '"output":"sigmoid"' weights.safetensors || fail "exported weights do not tell of the output"
echo "ok: genrecast file gives each label a score of its own"

refuse() { # PATTERN SED-SCRIPT
    sed "$2" recipe.json > bad.json
    local code=0
    "$trainer" train bad.json clips.csv -o x.safetensors > /dev/null 2> log.txt || code=$?
    [ $code = 1 ] || fail "$2: exits with $code: $(cat log.txt)"
    grep -q -- "$1" log.txt || fail "$2: $(cat log.txt)"
}
refuse '"output" is not one of' 's/"sigmoid"/"softmax2"/'
refuse '"logit_adjustment" is for the output softmax' 's/"train": {/"train": {"logit_adjustment": 1, /'
refuse 'no clip of "house"' 's/"techno-house"/"house"/'
sed 's/"output": "sigmoid",//; s/"data".*$//' recipe.json > single.json
code=0
"$trainer" train single.json tags.safetensors.cache.safetensors -o x.safetensors 2> log.txt || code=$?
{ [ $code = 1 ] && grep -q 'another .*"output"' log.txt; } || fail "a cache of tags is taken for genres: $(cat log.txt)"
echo "ok: mistakes get a sentence"
