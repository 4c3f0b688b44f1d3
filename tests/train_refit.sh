#!/usr/bin/env bash
# Training once more on what a model was validated on: train_refit.sh TRAINER SYNTH GENRECAST
#   as many epochs as made the model, on the clips of both splits, with its calibration, for recipes of
#   one network and of members; killed and resumed, the model is the same to the bit;
#   nobody is told figures on the clips that it was trained on; mistakes get a sentence.
set -euo pipefail
trainer=$(realpath "$1") synth=$(realpath "$2") genrecast=$(realpath "$3")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

echo "audio,genre,artist,split" > clips.csv
for seed in 1 2 3 4 5 6; do
    split=train
    [ $seed -lt 4 ] || split=valid
    [ $seed -lt 6 ] || split=test
    for style in techno classical; do
        "$synth" $style $style$seed.wav --seconds 3 --rate 22050 --seed $seed
        echo "$style$seed.wav,$style,$style $seed,$split" >> clips.csv
    done
done
layers='[{"kind": "floor"}, {"kind": "dct", "coefficients": 12}, {"kind": "affine"},
    {"kind": "lstm", "units": 6}, {"kind": "dense"}]'
train='"batch": 24, "crop_s": 2, "loss_times_s": [1, 2], "learning_rate": 0.02, "patience": 30'
# With one as large as this, the network is at its best at once and stops early.
coarse='"batch": 24, "crop_s": 2, "loss_times_s": [1, 2], "learning_rate": 1, "patience": 2'
cat > one.json <<JSON
{
  "name": "one",
  "feature": {"kind": "logmel", "rate_hz": 22050, "n_fft": 1024, "hop": 855, "mean_hops": 2, "bands": 32},
  "layers": $layers,
  "train": {$coarse, "epochs": 40}
}
JSON
cat > pair.json <<JSON
{
  "name": "pair",
  "feature": {"kind": "logmel", "rate_hz": 22050, "n_fft": 1024, "hop": 855, "mean_hops": 2, "bands": 32},
  "members": [
    {"name": "quick", "layers": $layers, "train": {$train, "rounds": 4, "epochs": 2}},
    {"name": "slow", "layers": $layers, "train": {$train, "rounds": 40, "epochs": 30}}
  ]
}
JSON
"$trainer" prepare clips.csv --recipe one.json -o clips.safetensors

for name in one pair; do
    "$trainer" train $name.json clips.safetensors -o $name.safetensors > /dev/null 2> log.txt || fail "$(cat log.txt)"
    "$trainer" train $name.json clips.safetensors -o $name-all.safetensors --refit $name.safetensors > report.txt 2> log.txt ||
        fail "$(cat log.txt)"
    grep -q 'trained on train and valid together' report.txt || fail "not said: $(cat report.txt)"
    [ "$(json $name-all.safetensors.report.json "(d['valid'], d['test']['clips'])")" = "(None, 2)" ] ||
        fail "no figures on the test clips, or some on others: $(cat report.txt)"
    grep -q 'valid loss' log.txt && fail "validated: $(cat log.txt)"
    for model in $name $name-all; do "$genrecast" model $model.safetensors --json > $model.json.txt; done
done
python3 - <<'PY' || fail "the models are not as expected: $(cat ./*.json.txt)"
import json
read = lambda name: json.load(open(name + ".json.txt"))
def trainings(model):
    training = model["training"]
    return list(training.get("members", {"": training}).values())
for name in "one", "pair":
    before, after = read(name), read(name + "-all")
    assert before["calibration"] == after["calibration"], name
    assert before["checksum"] != after["checksum"], name
    assert before["training"]["trained_on"] == ["train"], before["training"]
    assert after["training"]["trained_on"] == ["train", "valid"], after["training"]
    for was, now in zip(trainings(before), trainings(after), strict=True):
        assert (was["train_clips"], was["valid_clips"]) == (6, 4), was
        assert (now["train_clips"], now["valid_clips"]) == (10, 0), now
        assert now["epochs"] == now["best_epoch"] == was["best_epoch"], (was, now)
stopped = trainings(read("one"))[0]
assert stopped["best_epoch"] < stopped["epochs"] < 40, stopped
PY
[ "$(tail -n +2 one-all.safetensors.log.csv | cut -d , -f 4,5 | sort -u)" = , ] ||
    fail "the log tells of a validation: $(cat one-all.safetensors.log.csv)"

"$trainer" eval pair-all.safetensors clips.csv --split valid > /dev/null 2> log.txt
grep -q 'warning: the model was trained on the split "valid"' log.txt || fail "no warning: $(cat log.txt)"
"$trainer" eval pair.safetensors clips.csv --split valid > /dev/null 2> log.txt
grep -q 'trained on' log.txt && fail "a warning without reason: $(cat log.txt)"
# Without --split the clips themselves tell, as far as they do: other data's are no reason.
"$trainer" eval pair.safetensors clips.csv > /dev/null 2> log.txt
grep -q 'may have been trained on 6 of these clips' log.txt || fail "no warning: $(cat log.txt)"
"$trainer" eval pair-all.safetensors clips.safetensors > /dev/null 2> log.txt
grep -q 'may have been trained on 10 of these clips' log.txt || fail "no warning: $(cat log.txt)"
sed '1s/$/,dataset/; 2,$s/$/,elsewhere/' clips.csv > elsewhere.csv
"$trainer" eval pair.safetensors elsewhere.csv > /dev/null 2> log.txt
grep -q 'trained on' log.txt && fail "a warning about other data: $(cat log.txt)"

"$trainer" train pair.json clips.safetensors -o again.safetensors --refit pair.safetensors > /dev/null 2> log.txt &
pid=$!
await has_epochs 1 "member 2 of 2"
kill -INT $pid || true
code=0
wait $pid || code=$?
if [ $code = 0 ]; then
    echo "   (it was done before it could be interrupted)"
elif [ $code = 130 ]; then
    "$trainer" train pair.json clips.safetensors -o again.safetensors --refit pair.safetensors --resume > /dev/null 2> log.txt ||
        fail "$(cat log.txt)"
else
    fail "exit status $code: $(cat log.txt)"
fi
cmp again.safetensors pair-all.safetensors || fail "resumed, it is another model"

expect 2 'do not go together' "$trainer" train one.json clips.safetensors --run folder --refit one.safetensors
expect 1 'No such file' "$trainer" train one.json clips.safetensors -o x.safetensors --refit nowhere.safetensors
"$trainer" train pair.json clips.safetensors -o x.safetensors --refit one.safetensors 2> log.txt && fail "refits another recipe's"
grep -q 'member "quick": the model to refit does not say how many epochs' log.txt || fail "$(cat log.txt)"
sed 's/"learning_rate": 1,/"learning_rate": 0.5,/' one.json > other.json
expect 1 'another "train" or "augment"' "$trainer" train other.json clips.safetensors -o x.safetensors --refit one.safetensors
# Refused before there are features: of another network, be it a member's, or of other clips.
for name in one pair; do
    sed 's/"units": 6/"units": 7/' $name.json > other.json
    expect 1 'is another network' "$trainer" train other.json clips.csv -o x.safetensors --refit $name.safetensors
done
sed 's/"layers"/"waveform": {"variants": 1, "gain_db": 3}, "layers"/' one.json > other.json
expect 1 'another "waveform"' "$trainer" train other.json clips.csv -o x.safetensors --refit one.safetensors
[ ! -e x.safetensors.cache.safetensors ] || fail "mistakes are found late"
sed 's/"learning_rate": 1,/"learning_rate": 1, "schedule": "plateau",/' one.json > plateau.json
"$trainer" train plateau.json clips.safetensors -o plateau.safetensors > /dev/null 2>&1
expect 1 'waits for a plateau' "$trainer" train plateau.json clips.safetensors -o x.safetensors --refit plateau.safetensors
sed 's/techno,/house,/' clips.csv > other.csv
"$trainer" prepare other.csv --recipe one.json -o other.safetensors
expect 1 'other labels' "$trainer" train one.json other.safetensors -o x.safetensors --refit one.safetensors
echo "all well"
