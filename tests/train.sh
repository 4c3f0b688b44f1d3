#!/usr/bin/env bash
# Whole trainings on sound made here: train.sh TRAINER SYNTH
#   a model learns to tell three kinds of sound apart; with shuffled labels it does not;
#   killed and resumed, or on another number of threads, it comes out the same to the bit;
#   clips that cannot be read are named and left out.
set -euo pipefail
trainer=$(realpath "$1") synth=$(realpath "$2")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

styles="techno classical metal"
echo "audio,genre,artist,split" > clips.csv
echo "audio,genre,artist,split" > shuffled.csv
i=0
for seed in 1 2 3 4 5 6; do
    split=train
    [ $seed -le 4 ] || split=valid
    for style in $styles; do
        "$synth" $style $style$seed.wav --seconds 4 --rate 22050 --seed $seed
        echo "$style$seed.wav,$style,$style $seed,$split" >> clips.csv
        # Labels that have nothing to do with the sound: every kind gets each of them equally.
        set -- $styles
        shift $(((i + seed) % 3))
        echo "$style$seed.wav,$1,$style $seed,$split" >> shuffled.csv
        i=$((i + 1))
    done
done
cat > recipe.json <<'EOF'
{
  "feature": {"kind": "logmel", "rate_hz": 22050, "n_fft": 1024, "hop": 855, "mean_hops": 2, "bands": 32},
  "layers": [
    {"kind": "floor"}, {"kind": "dct", "coefficients": 12}, {"kind": "affine", "name": "frame"},
    {"kind": "delta", "name": "slope"},
    {"kind": "lstm", "units": 8, "input": ["frame", "slope"], "name": "memory"},
    {"kind": "stats", "input": ["frame", "memory"]}, {"kind": "dropout", "rate": 0.1},
    {"kind": "dense"}
  ],
  "train": {"batch": 24, "epochs": 25, "crop_s": 3, "loss_times_s": [1, 2, 3],
            "learning_rate": 0.02, "weight_average": 0.5},
  "augment": {"slope_db": 2, "colour_db": 1, "stretch": 0.05, "time_masks": 1, "time_mask_frames": 4}
}
EOF

"$trainer" prepare clips.csv --recipe recipe.json -o clips.safetensors
"$trainer" train recipe.json clips.safetensors -o one.safetensors --seed 3 -j 1 > report.txt 2> log.txt
grep -q precision report.txt || fail "no report"
[ ! -e one.safetensors.checkpoint ] || fail "the checkpoint of a finished run is left"
"$trainer" eval one.safetensors clips.csv --split valid --json > eval.json
[ "$(json eval.json "d['clips']")" = 6 ] || fail "eval scored $(json eval.json "d['clips']") clips"
[ "$(json eval.json "d['accuracy']['30'] >= 0.99 and set(d['accuracy']) == {'1','2','3','5','10','15','20','30'}")" = True ] ||
    fail "it has not learnt: $(cat eval.json)"
"$trainer" eval one.safetensors clips.csv --split valid --html eval.html > eval.txt
grep -q '^after      3 s 100.0 %' eval.txt || fail "eval says: $(cat eval.txt)"
grep -q 'one.safetensors' eval.html && grep -q 'Accuracy by seconds heard' eval.html ||
    fail "the page of eval is not as expected"
echo "ok: learns three kinds of sound"

# On labels without meaning the same training must stay near chance (1/3).
"$trainer" train recipe.json shuffled.csv -o shuffled.safetensors --seed 3 > /dev/null 2> /dev/null
"$trainer" eval shuffled.safetensors shuffled.csv --split valid --json > eval.json
[ "$(json eval.json "d['accuracy']['30'] <= 0.67")" = True ] || fail "it learns shuffled labels"
echo "ok: does not learn shuffled labels"

"$trainer" train recipe.json clips.safetensors -o two.safetensors --seed 3 -j 2 > /dev/null 2> /dev/null
cmp one.safetensors two.safetensors || fail "two threads make another model than one"
"$trainer" train recipe.json clips.safetensors -o other.safetensors --seed 4 > /dev/null 2> /dev/null
! cmp -s one.safetensors other.safetensors || fail "another seed makes the same model"
echo "ok: the same seed gives the same model on any number of threads"

# Five rounds over the clips an epoch are the same steps as five epochs, validated once.
sed 's/"epochs": 25/"epochs": 5, "rounds": 5/' recipe.json > rounds.json
"$trainer" train rounds.json clips.safetensors -o rounds.safetensors --seed 3 > /dev/null 2> log.txt
[ "$(wc -l < rounds.safetensors.log.csv)" = 6 ] || fail "5 epochs are logged as $(cat rounds.safetensors.log.csv)"
last() { tail -n 1 "$1.safetensors.log.csv" | cut -d , -f 4,5; }
[ "$(last rounds)" = "$(last one)" ] || fail "5 rounds an epoch end with $(last rounds), not $(last one)"
echo "ok: an epoch may go over the clips several times"

# Killed once some epochs are done, then resumed; and interrupted as Ctrl-C does.
# Epochs of many rounds last until the signal comes.
sed 's/"epochs": 25/"epochs": 25, "rounds": 20/' recipe.json > long.json
"$trainer" train long.json clips.safetensors -o long.safetensors --seed 3 > /dev/null 2> log.txt
for signal in KILL INT; do
    "$trainer" train long.json clips.safetensors -o three.safetensors --seed 3 --restart > /dev/null 2> log.txt &
    pid=$!
    await has_epochs 3
    kill -$signal $pid
    code=0
    wait $pid || code=$?
    [ -e three.safetensors.checkpoint ] || fail "$signal left no checkpoint (exit $code): $(cat log.txt)"
    [ $signal = KILL ] || [ $code = 130 ] || fail "Ctrl-C exits with $code"
    code=0
    "$trainer" train long.json clips.safetensors -o three.safetensors --seed 3 2> log.txt || code=$?
    { [ $code = 1 ] && grep -q -- --resume log.txt; } || fail "an unfinished run is passed over"
    code=0
    "$trainer" train long.json clips.safetensors -o three.safetensors --seed 9 --resume 2> log.txt || code=$?
    { [ $code = 1 ] && grep -q seed log.txt; } || fail "another run's checkpoint is taken"
    code=0
    "$trainer" train long.json clips.safetensors -o three.safetensors --seed 3 --resume \
        --genres techno,classical,metal > /dev/null 2> log.txt || code=$?
    { [ $code = 1 ] && grep -q 'another recipe, data or seed' log.txt; } ||
        fail "a run with its labels in another order is gone on with"
    "$trainer" train long.json clips.safetensors -o three.safetensors --seed 3 --resume > /dev/null 2> /dev/null
    cmp long.safetensors three.safetensors || fail "after $signal the resumed run makes another model"
done
echo "ok: killed and resumed, the model is the same to the bit"

# Bad clips are named and left out; the rest goes on.
mkdir -p folder/Techno "folder/Heavy Metal"
cp techno[1-5].wav folder/Techno
cp metal[1-5].wav "folder/Heavy Metal"
echo "not sound" > "folder/Heavy Metal/broken.wav"
: > "folder/Heavy Metal/empty.wav"
sed 's/"epochs": 25/"epochs": 2/' recipe.json > two.json
"$trainer" train two.json folder -o folder.safetensors > report.txt 2> log.txt
grep -q 'left out: .*broken.wav' log.txt && grep -q 'left out: .*empty.wav: is empty' log.txt ||
    fail "bad clips are not named: $(cat log.txt)"
grep -q '^heavy-metal ' report.txt || fail "folders do not become labels: $(cat report.txt)"
code=0
"$trainer" eval folder.safetensors folder > /dev/null 2> log.txt || code=$?
[ $code = 1 ] || fail "eval with clips left out exits with $code"
code=0
"$trainer" eval folder.safetensors folder --segments 2 --json > eval.json 2> log.txt || code=$?
[ "$code, $(json eval.json "d['clips'], d['failed']")" = "1, 20 2" ] ||
    fail "cut, eval with clips left out exits with $code: $(cat log.txt)"
script -qec "'$trainer' eval folder.safetensors folder -j 1" /dev/null > screen.txt < /dev/null || true
grep -qF "$(printf '\r\033[K')genrecast-train: left out: folder/Heavy Metal/empty.wav" screen.txt ||
    fail "a warning stands behind the progress bar: $(cat -v screen.txt)"
echo "ok: bad clips are named and left out"

# What makes no sense gets one sentence.
sed 's/"kind": "dense"/"kind": "dense", "units": 4/' recipe.json > four.json
sed 's/"kind": "lstm"/"kind": "gru"/' recipe.json > gru.json
sed 's/"units": 8/"unit": 8/' recipe.json > unit.json
expect 1 "has 4 outputs, but there are 3 labels" "$trainer" train four.json clips.safetensors -o x.safetensors
expect 1 'no kind "gru"' "$trainer" train gru.json clips.safetensors -o x.safetensors
expect 1 'layer "memory"' "$trainer" train unit.json clips.safetensors -o x.safetensors
expect 1 "missing.csv" "$trainer" train recipe.json missing.csv -o x.safetensors
expect 1 "cannot be written" "$trainer" train recipe.json clips.safetensors -o /nowhere/x.safetensors
expect 1 "no clip" "$trainer" train recipe.json clips.safetensors -o x.safetensors --train nothing
expect 1 "not a usable model" "$trainer" eval clips.csv clips.csv
expect 2 'no label "polka"' "$trainer" eval one.safetensors clips.csv --labels polka
expect 1 "cannot be written" "$trainer" eval one.safetensors clips.csv --split valid --html /nowhere/x.html
expect 2 "a command is missing" "$trainer"
expect 2 "needs RECIPE" "$trainer" train
echo "ok: mistakes get a sentence"
