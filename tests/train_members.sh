#!/usr/bin/env bash
# Recipes of several members: train_members.sh TRAINER SYNTH GENRECAST
#   they become one model that knows more than chance, in which a front end in common is there once,
#   though one makes a step of every frame and the other one of four;
#   killed and resumed in a member that is not the first, the model is the same to the bit;
#   runs over seeds and other datasets work; mistakes get a sentence.
set -euo pipefail
trainer=$(realpath "$1") synth=$(realpath "$2") genrecast=$(realpath "$3")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

echo "audio,genre,artist,split,dataset" > clips.csv
for seed in 1 2 3 4 5 6; do
    split=train
    [ $seed -le 4 ] || split=valid
    for style in techno classical metal; do
        "$synth" $style $style$seed.wav --seconds 3 --rate 22050 --seed $seed
        echo "$style$seed.wav,$style,$style $seed,$split,set$((seed % 2))" >> clips.csv
    done
done
cat > recipe.json <<'JSON'
{
  "name": "pair",
  "feature": {"kind": "logmel", "rate_hz": 22050, "n_fft": 1024, "hop": 855, "mean_hops": 2, "bands": 32},
  "members": [
    {"name": "memory", "layers": [
      {"kind": "floor"}, {"kind": "dct", "coefficients": 12}, {"kind": "affine", "name": "frame"},
      {"kind": "lstm", "units": 8, "name": "memory"},
      {"kind": "stats", "input": ["frame", "memory"]}, {"kind": "dropout", "rate": 0.1},
      {"kind": "dense", "name": "logits"}]},
    {"name": "picture", "layers": [
      {"kind": "floor"}, {"kind": "dct", "coefficients": 12}, {"kind": "affine"},
      {"kind": "noise", "deviation": 0.1},
      {"kind": "conv2d", "channels": 4, "kernel_time": 5, "kernel_bands": 3, "padding": "causal"},
      {"kind": "batchnorm"}, {"kind": "relu"}, {"kind": "maxpool", "kernel_time": 4, "kernel_bands": 3},
      {"kind": "lstm", "units": 6, "name": "memory"},
      {"kind": "dense"}],
     "train": {"batch": 24, "epochs": 80, "crop_s": 2, "loss_times_s": [1, 2],
               "learning_rate": 0.02, "weight_average": 0.5, "label_smoothing": 0.1}}
  ],
  "train": {"batch": 24, "epochs": 8, "crop_s": 2, "loss_times_s": [1, 2],
            "learning_rate": 0.02, "weight_average": 0.5},
  "augment": {"slope_db": 2, "time_masks": 1, "time_mask_frames": 4}
}
JSON
"$trainer" prepare clips.csv --recipe recipe.json -o clips.safetensors

"$trainer" train recipe.json clips.safetensors -o one.safetensors --seed 3 > report.txt 2> log.txt
grep -q precision report.txt || fail "no report: $(cat report.txt)"
grep -q 'member 2 of 2: picture' log.txt || fail "does not say which member it is at: $(cat log.txt)"
[ "$(wc -l < one.safetensors.log.csv) $(wc -l < one.safetensors.log.picture.csv)" = "9 81" ] ||
    fail "the logs are not as expected: $(tail one.safetensors.log*)"
left=$(find . -name '*checkpoint*')
[ -z "$left" ] || fail "checkpoints of a finished training are left: $left"
"$genrecast" model one.safetensors --json > model.json
python3 - <<'PY' || fail "the model is not as expected: $(cat model.json)"
import json
model = json.load(open("model.json"))
kinds = [layer["kind"] for layer in model["layers"]]
assert kinds == ["floor", "dct", "affine", "lstm", "stats", "avgpool", "conv2d", "batchnorm", "relu", "maxpool", "lstm", "dense"], kinds
members = model["training"]["members"]
assert list(members) == ["memory", "picture"], members
assert [m["epochs"] for m in members.values()] == [8, 80], members
assert members["memory"]["seed"] == 3 != members["picture"]["seed"], members
assert members["picture"]["recipe"]["epochs"] == 80, members
assert members["picture"]["augment"] == members["memory"]["augment"], members
PY
"$trainer" eval one.safetensors clips.csv --split valid --json > eval.json
[ "$(json eval.json "d['accuracy']['30'] >= 0.6")" = True ] || fail "it has not learnt: $(cat eval.json)"
"$genrecast" file --model one.safetensors --json techno6.wav > answer.json
[ "$(json answer.json "sorted(d['scores'])")" = "['classical', 'metal', 'techno']" ] || fail "$(cat answer.json)"
"$trainer" quantise one.safetensors -o eight.safetensors > /dev/null
"$genrecast" file --model eight.safetensors techno6.wav > /dev/null
"$trainer" export one.safetensors -o weights.safetensors > /dev/null
"$trainer" import one.safetensors weights.safetensors -o back.safetensors > /dev/null
"$genrecast" file --model back.safetensors --json techno6.wav > back.json
cmp answer.json back.json || fail "exported and imported it answers otherwise: $(cat back.json)"
echo "ok: two members become one model"

# Interrupted or killed in the second member, the first is not trained again.
for signal in KILL INT; do
    "$trainer" train recipe.json clips.safetensors -o two.safetensors --seed 3 --restart > /dev/null 2> log.txt &
    pid=$!
    await has_epochs 2 "member 2"
    kill -$signal $pid
    code=0
    wait $pid || code=$?
    [ $signal = KILL ] || { [ $code = 130 ] && grep -q 'member "picture": interrupted' log.txt; } ||
        fail "Ctrl-C exits with $code: $(cat log.txt)"
    expect 1 "--resume goes on" "$trainer" train recipe.json clips.safetensors -o two.safetensors --seed 3
    "$trainer" train recipe.json clips.safetensors -o two.safetensors --seed 3 --resume > /dev/null 2> log.txt
    [ "$(sed '/member 2/,$d' log.txt | grep -c '^epoch')" = 0 ] || fail "what is done is done again: $(cat log.txt)"
    cmp one.safetensors two.safetensors || fail "after $signal the resumed training makes another model"
    diff <(cut -d, -f1-6 one.safetensors.log.picture.csv) <(cut -d, -f1-6 two.safetensors.log.picture.csv) ||
        fail "after $signal it leaves another log"
done
# What another training's second member left is thrown away with its first.
"$trainer" train recipe.json clips.safetensors -o two.safetensors --seed 5 > /dev/null 2> log.txt &
pid=$!
await test -e two.safetensors.checkpoint.picture
kill -KILL $pid
wait $pid 2> /dev/null || true
"$trainer" train recipe.json clips.safetensors -o two.safetensors --seed 3 --restart > /dev/null 2> log.txt
cmp one.safetensors two.safetensors || fail "restarted it makes another model"
echo "ok: killed and resumed, the model is the same to the bit"

"$trainer" train recipe.json clips.safetensors --run run --seeds 3,4 > summary.txt 2> log.txt
cmp one.safetensors run/given-seed3/model.safetensors || fail "a job's model is another than one by itself"
[ -s run/given-seed4/log.picture.csv ] || fail "no log of the second member: $(find run)"
for member in memory picture; do
    grep -q "<h3>Loss: $member</h3>" run/report.html && grep -q "<h3>Accuracy in training: $member</h3>" run/report.html ||
        fail "no curves of $member in the report"
done
rm run/given-seed4/log.picture.csv
"$trainer" report run > /dev/null 2> log.txt || fail "report: $(cat log.txt)"
grep -q 'log.picture.csv is missing' run/report.html || fail "the report does not say that a log is missing"
sed 's/"epochs": 80*/"epochs": 1/' recipe.json > short.json
"$trainer" train short.json clips.safetensors --run run --seeds 5 --restart > summary.txt 2> log.txt
[ ! -e run/given-seed4 ] || fail "--restart leaves files: $(find run)"
"$trainer" train short.json clips.safetensors --run other --held-out set0,set1 > summary.txt 2> log.txt ||
    fail "--held-out: $(cat log.txt)"
grep -q '^dataset ' summary.txt || fail "--held-out: $(cat summary.txt)"
echo "ok: runs over seeds and held-out datasets"

change() { # PYTHON: changes the recipe r; members are m
    python3 -c "
import json
r = json.load(open('recipe.json'))
m = r['members']
$1
json.dump(r, open('bad.json', 'w'))"
}
refused() { # PATTERN, PYTHON
    change "$2"
    expect 1 "$1" "$trainer" train bad.json clips.safetensors -o x.safetensors
}
refused 'bad.json: member "picture": its last layer is not dense' 'm[1]["layers"].pop(); m[1]["layers"][8]["units"] = 3'
refused '"members" and "window_frames" do not go together' 'r["window_frames"] = 20'
refused 'member "picture": "augment" is not an object' 'm[1]["augment"] = []'
refused '"data" is not an object' 'r["data"] = []'
refused 'each of them has its own "layers"' 'r["layers"] = m[0]["layers"]'
refused 'is not a list of 2 to 8' 'del m[1]'
refused 'member 2: it has no "name"' 'del m[1]["name"]'
refused 'cannot be called "teacher"' 'm[1]["name"] = "teacher"'
refused 'two members are called "memory"' 'm[1]["name"] = "memory"'
refused 'member "picture": .*"layers" is missing' 'del m[1]["layers"]'
refused 'member "picture": .*"epochs"' 'm[1]["epochs"] = 3'
refused 'member "memory": .*loss_times_s' 'del r["train"]'
refused 'member "picture": .*no kind "gru"' 'm[1]["layers"][8]["kind"] = "gru"'
refused 'member "memory" has a step for 3 frames, which does not fit' 'm[0]["layers"].insert(4, {"kind": "avgpool", "kernel_time": 3}); m[0]["layers"][5].pop("input")'
refused 'more than 128 layers together' 'm[1]["layers"][6:7] = [{"kind": "relu"}] * 119'
[ ! -e x.safetensors.cache.safetensors ] || fail "mistakes are found late"
echo "ok: mistakes get a sentence"
