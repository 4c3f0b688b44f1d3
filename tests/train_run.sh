#!/usr/bin/env bash
# Runs of several trainings: train_run.sh TRAINER SYNTH
#   every job leaves model, log and reports in its folder, and the run tells how all went;
#   killed and resumed, the models are the same to the bit, and what is done is not done again;
#   a job's model is the one that a training by itself makes;
#   mistakes get a sentence.
set -euo pipefail
trainer=$(realpath "$1") synth=$(realpath "$2")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

echo "audio,genre,artist,split" > clips.csv
for seed in 1 2 3 4 5 6; do
    split=train
    [ $seed != 5 ] || split=valid
    [ $seed != 6 ] || split=test
    for style in techno classical metal; do
        "$synth" $style $style$seed.wav --seconds 3 --rate 22050 --seed $seed
        echo "$style$seed.wav,$style,$style $seed,$split" >> clips.csv
    done
done
cat > recipe.json <<'JSON'
{
  "name": "tiny",
  "published": {"accuracy": 0.5, "split": "as given", "source": "nobody"},
  "feature": {"kind": "logmel", "rate_hz": 22050, "n_fft": 1024, "hop": 855, "mean_hops": 2, "bands": 32},
  "layers": [
    {"kind": "floor"}, {"kind": "dct", "coefficients": 12}, {"kind": "affine", "name": "frame"},
    {"kind": "lstm", "units": 8, "name": "memory"}, {"kind": "stats"}, {"kind": "dropout", "rate": 0.1},
    {"kind": "dense"}
  ],
  "train": {"batch": 24, "epochs": 100, "crop_s": 2, "loss_times_s": [1, 2],
            "learning_rate": 0.2, "weight_average": 0.5,
            "schedule": "plateau", "schedule_epochs": 2}
}
JSON
"$trainer" prepare clips.csv --recipe recipe.json -o clips.safetensors

"$trainer" train recipe.json clips.safetensors --run whole --seeds 3,4 > summary.txt 2> log.txt
for seed in 3 4; do
    for file in model.safetensors log.csv report.json report.txt; do
        [ -s whole/given-seed$seed/$file ] || fail "no $file of seed $seed: $(find whole)"
    done
    [ ! -e whole/given-seed$seed/checkpoint ] || fail "the checkpoint of a finished job is left"
    [ "$(json whole/given-seed$seed/report.json \
        "(d['by'], d['fold'], d['seed'], d['recipe'], d['valid']['clips'], d['test']['clips'])")" = \
        "('given', None, $seed, 'tiny', 3, 3)" ] || fail "$(cat whole/given-seed$seed/report.json)"
done
cmp -s whole/given-seed3/model.safetensors whole/given-seed4/model.safetensors && fail "both seeds make one model"
grep -q '^report: whole/report.html$' summary.txt || fail "no report: $(cat summary.txt)"
grep -q 'nobody' whole/report.html || fail "the report does not tell what is published"
grep -q '^given: 2 jobs, 3 test clips each' whole/report.txt || fail "report: $(cat whole/report.txt)"
grep -q 'Loss by epoch' whole/report.html || fail "no curves in the report"
grep -q '^given *2 .*%.*%' summary.txt || fail "no summary: $(cat summary.txt)"
grep -q 'job 2 of 2: given-seed4' log.txt || fail "does not say which job it is at: $(cat log.txt)"
python3 - <<'PY' || fail "the log is not as expected: $(cat whole/given-seed3/log.csv)"
import csv
rows = list(csv.DictReader(open("whole/given-seed3/log.csv")))
assert [int(r["epoch"]) for r in rows] == list(range(1, 101))
assert float(rows[-1]["train_accuracy"]) > 0.9 and float(rows[-1]["valid_accuracy"]) > 0.6
rates = [float(r["learning_rate"]) for r in rows]
assert max(rates) == 0.2 and rates[-1] <= 0.1, rates # cut in half where nothing got better
PY
echo "ok: a run leaves a folder for each job"

"$trainer" train recipe.json clips.safetensors -o alone.safetensors --seed 4 > alone.txt 2> log.txt
cmp alone.safetensors whole/given-seed4/model.safetensors || fail "a job's model is another than one by itself"
diff alone.txt whole/given-seed4/report.txt || fail "and its report"
echo "ok: a job's model is the one that a training by itself makes"

# Killed in the second job: the first stays as it is, the second goes on.
"$trainer" train recipe.json clips.safetensors --run killed --seeds 3,4 > /dev/null 2> log.txt &
pid=$!
await has_epochs 3 "job 2 of 2"
kill -KILL $pid
wait $pid 2> /dev/null || true
[ -e killed/given-seed4/checkpoint ] || fail "no checkpoint is left: $(find killed)"
# What a run that was killed between log and checkpoint leaves.
echo "99,0,0,0,0,0,0" >> killed/given-seed4/log.csv
touch -d 2000-01-01 killed/given-seed3/model.safetensors
code=0
"$trainer" train recipe.json clips.safetensors --run killed --seeds 3,4 2> log.txt || code=$?
{ [ $code = 1 ] && grep -q -- --resume log.txt; } || fail "a run is written over"
"$trainer" train recipe.json clips.safetensors --run killed --seeds 3,4 --resume > /dev/null 2> log.txt
for seed in 3 4; do
    cmp whole/given-seed$seed/model.safetensors killed/given-seed$seed/model.safetensors ||
        fail "resumed, seed $seed makes another model"
    diff <(cut -d, -f1-6 whole/given-seed$seed/log.csv) <(cut -d, -f1-6 killed/given-seed$seed/log.csv) ||
        fail "resumed, seed $seed leaves another log"
done
[ "$(date -r killed/given-seed3/model.safetensors +%Y)" = 2000 ] || fail "a finished job is done again"
echo "ok: killed and resumed, the models are the same to the bit"

# A disk that is full where the checkpoint, then the report is to go: what was there before is kept.
full() { # PATTERN, what fails where FILE.partial cannot be written
    ln -sf /dev/full full/given-seed3/$1.partial
    code=0
    "$trainer" train recipe.json clips.safetensors --run full --seeds 3 --resume > /dev/null 2> log.txt || code=$?
    [ $code = 1 ] || fail "with a full disk it exits with $code: $(cat log.txt)"
    [ "$(grep -c "$1 cannot be written: No space left" log.txt)" = 1 ] || fail "$(cat log.txt)"
    [ "$(grep -vc '^epoch' log.txt)" = 1 ] || fail "more than a sentence: $(cat log.txt)"
}
"$trainer" train recipe.json clips.safetensors --run full --seeds 3 > /dev/null 2> log.txt &
pid=$!
await has_epochs 3
kill -INT $pid
code=0
wait $pid || code=$?
[ $code = 130 ] || fail "Ctrl-C exits with $code: $(cat log.txt)"
full checkpoint
full report.json
"$trainer" train recipe.json clips.safetensors --run full --seeds 3 --resume > /dev/null 2> log.txt
cmp whole/given-seed3/model.safetensors full/given-seed3/model.safetensors ||
    fail "after a full disk the model is another"
echo "ok: a full disk loses nothing"

# Each kind of split, fold and seed is a job.
sed 's/"epochs": 100/"epochs": 2/' recipe.json > short.json
"$trainer" train short.json clips.safetensors --run folds --split-by song,segment --folds 3 --seeds 1,2 > summary.txt 2> log.txt
for by in song segment; do
    grep -q "^$by *6 " summary.txt || fail "not six jobs by $by: $(cat summary.txt)"
    for fold in 1 2 3; do
        for seed in 1 2; do
            [ -s folds/$by-fold$fold-seed$seed/report.json ] || fail "no $by-fold$fold-seed$seed"
        done
    done
done
[ -s folds/report.html ] || fail "no report on the run"
echo "ok: each kind of split, fold and seed is a job"

# More seeds may follow; another recipe or other data may not.
train=("$trainer" train)
sed 's/"epochs": 100/"epochs": 2/' recipe.json > other.json
grep -v techno4 clips.csv > fewer.csv
"$trainer" prepare fewer.csv --recipe recipe.json -o fewer.safetensors
expect 1 "another recipe" "${train[@]}" other.json clips.safetensors --run killed --seeds 3 --resume
"${train[@]}" recipe.json fewer.safetensors --run killed --seeds 3 --resume > /dev/null 2> log.txt && fail "other data are passed over"
grep -q "other.*data or seed\|another recipe, data or seed" log.txt || fail "$(cat log.txt)"
mkdir killed/keep && cp killed/given-seed3/log.csv killed/keep
"${train[@]}" other.json clips.safetensors --run killed --seeds 5 --restart > /dev/null 2> log.txt
{ [ -e killed/given-seed5/model.safetensors ] && [ ! -e killed/given-seed3 ]; } || fail "--restart keeps jobs: $(find killed)"
[ -e killed/keep/log.csv ] || fail "--restart takes away what is no job of the run"
expect 2 "need --run" "${train[@]}" recipe.json clips.safetensors -o x.safetensors --seeds 1,2
expect 2 "do not go together" "${train[@]}" recipe.json clips.safetensors -o x.safetensors --run x
expect 2 "do not go together" "${train[@]}" recipe.json clips.safetensors --run x --resume --restart
expect 2 "stands there twice" "${train[@]}" recipe.json clips.safetensors --run x --seeds 1,2,1
expect 2 "not a whole number" "${train[@]}" recipe.json clips.safetensors --run x --seeds 1,,2
expect 1 "cannot be made" "${train[@]}" recipe.json clips.safetensors --run nowhere/x
sed 's/"plateau"/"sawtooth"/' recipe.json > sawtooth.json
expect 1 '"schedule" is not one of "cosine"' "${train[@]}" sawtooth.json clips.safetensors -o x.safetensors
refused() { # PATTERN PYTHON: the recipe r changed by it
    python3 -c "import json; r = json.load(open('recipe.json')); $2; json.dump(r, open('bad.json', 'w'))"
    expect 1 "bad.json: .*$1" "${train[@]}" bad.json clips.safetensors -o x.safetensors
}
for entry in data train augment waveform tags; do
    for value in '[]' '"x"' 3 None; do
        refused "\"$entry\" is not an object" "r['$entry'] = $value"
    done
done
for value in 3 '"x"' None '[[]]'; do
    refused '"published" is neither an object nor a list' "r['published'] = $value"
done
refused '"published" has no option "year"' 'r["published"]["year"] = 2019'
refused '"accuracy" is missing' 'r["published"] = [r["published"], {}]'
refused '"accuracy" is not a number from 0 to 1' 'r["published"]["accuracy"] = 72'
refused '"published": "split" is not a text' 'r["published"]["split"] = 10'
echo "ok: mistakes get a sentence"
