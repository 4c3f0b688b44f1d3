#!/usr/bin/env bash
# Clips whose tags leave their genre open: train_open.sh TRAINER SYNTH GENRECAST
#   a teacher, trained before or given, chooses among what their tags allow, and a network learns from
#   them too; a genre that has nothing else to learn from but a few clips profits;
#   killed in the teacher or after it and resumed, the model is the same to the bit;
#   held-out datasets, other sides' artists and other splits stay out; mistakes get a sentence.
set -euo pipefail
trainer=$(realpath "$1") synth=$(realpath "$2") genrecast=$(realpath "$3")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

# clip STYLE SEED GENRE TAGS SPLIT DATASET
clip() {
    "$synth" "$1" "$1$2.wav" --seconds 3 --rate 22050 --seed "$2"
    echo "$1$2.wav,$3,$4,$1 $2,$5,$6" >> clips.csv
}
echo "audio,genre,tags,artist,split,dataset" > clips.csv
for style in techno classical metal; do
    for seed in 1 2; do clip $style $seed $style "" train a; done
    clip $style 3 $style "" train b
    clip $style 4 $style "" valid a
    clip $style 5 $style "" valid b
    for seed in 6 7 8; do clip $style $seed "" "Noise & Beats; Ambient" train b; done
done
clip techno 9 "" "techno" valid b        # another split's
clip techno 10 "" "Unheard-of" train b   # tags that say nothing
clip techno 11 "" "classical" train b    # what the teacher does not believe
cat > recipe.json <<'JSON'
{
  "name": "open",
  "feature": {"kind": "logmel", "rate_hz": 22050, "n_fft": 1024, "hop": 512, "bands": 32},
  "tags": {"labels": {"noise-beats": ["techno", "metal", "classical", "nowhere"], "ambient": []},
           "share": 0.6, "mass": 0.5},
  "layers": [{"kind": "floor"}, {"kind": "dct", "coefficients": 12}, {"kind": "affine"},
    {"kind": "lstm", "units": 8}, {"kind": "stats"}, {"kind": "dense"}],
  "train": {"batch": 9, "epochs": 60, "crop_s": 2, "loss_times_s": [1, 2],
            "learning_rate": 0.02, "weight_average": 0.5}
}
JSON
"$trainer" prepare clips.csv --recipe recipe.json -o clips.safetensors > /dev/null

"$trainer" train recipe.json clips.safetensors -o one.safetensors > report.txt 2> log.txt
"$genrecast" model one.safetensors --json > model.json
python3 - <<'PY' || fail "it took other clips than it should: $(cat model.json log.txt)"
import json
open_clips = json.load(open("model.json"))["training"]["open"]
assert open_clips["clips"] == 11, open_clips  # all but the other split's
assert 7 <= open_clips["taken"] <= 9, open_clips
assert all(2 <= n <= 3 for n in open_clips["labels"].values()) and len(open_clips["labels"]) == 3, open_clips
PY
grep -q "of 11 open clips got a genre: .*techno" log.txt || fail "does not say what it took: $(cat log.txt)"
[ "$(wc -l < one.safetensors.log.csv) $(wc -l < one.safetensors.log.teacher.csv)" = "61 61" ] ||
    fail "the logs are not as expected: $(ls one.*)"
left=$(find . -name '*checkpoint*' -o -name '*teacher.safetensors')
[ -z "$left" ] || fail "files of a finished training are left: $left"
grep -q 'open clips' report.txt || fail "the report does not tell of open clips: $(cat report.txt)"
"$trainer" train recipe.json clips.safetensors -o two.safetensors -j 1 > /dev/null 2> log.txt
cmp one.safetensors two.safetensors || fail "on one thread it makes another model"
# A recipe that does not say what tags mean does without these clips, in the same cache.
python3 -c 'import json; r = json.load(open("recipe.json")); del r["tags"]; json.dump(r, open("plain.json", "w"))'
"$trainer" train plain.json clips.safetensors -o plain.safetensors > /dev/null 2> log.txt
! grep -q 'open clips' log.txt || fail "it takes open clips unasked: $(cat log.txt)"
cut -d, -f1-6 plain.safetensors.log.csv > plain.csv
cut -d, -f1-6 one.safetensors.log.teacher.csv | cmp - plain.csv || fail "the teacher is another than one by itself"
echo "ok: the teacher chooses among what tags allow"

# The teacher that it trained is the plain network; to have that choose comes to the same.
"$trainer" train recipe.json clips.safetensors -o taught.safetensors --teacher plain.safetensors \
    > /dev/null 2> log.txt || fail "--teacher: $(cat log.txt)"
cmp one.safetensors taught.safetensors || fail "with its teacher at hand it makes another model"
[ ! -e taught.safetensors.log.teacher.csv ] || fail "with --teacher it trains another"
"$trainer" train recipe.json clips.safetensors --run taught --seeds 1,2 --teacher plain.safetensors \
    > /dev/null 2> log.txt || fail "--teacher for two seeds: $(cat log.txt)"
cmp one.safetensors taught/given-seed1/model.safetensors || fail "in a run it makes another model"
"$trainer" train recipe.json clips.safetensors --run taught --seeds 1,2 --resume \
    --teacher one.safetensors > /dev/null 2> log.txt && fail "goes on with another teacher"
[ "$(grep -c 'belongs to a run with another' log.txt)" = 2 ] || fail "another teacher: $(cat log.txt)"
expect 1 'folds need a teacher each' "$trainer" train recipe.json clips.safetensors --run bad \
    --held-out a,b --teacher plain.safetensors
expect 1 'no "tags"' "$trainer" train plain.json clips.safetensors -o bad.safetensors --teacher one.safetensors
expect 1 'genre is open: the recipe has no "tags"' "$trainer" train plain.json clips.safetensors \
    -o bad.safetensors --refit one.safetensors
expect 1 'nowhere.safetensors' "$trainer" train recipe.json clips.safetensors -o bad.safetensors \
    --teacher nowhere.safetensors
expect 2 'do not go together' "$trainer" train recipe.json clips.safetensors -o bad.safetensors \
    --teacher plain.safetensors --refit one.safetensors
sed 's/"bands": 32/"bands": 33/; s/"epochs": 60/"epochs": 1/' plain.json > bands.json
"$trainer" train bands.json clips.csv -o bands.safetensors > /dev/null 2> log.txt || fail "33 bands: $(cat log.txt)"
for option in teacher refit; do
    rm -f bad.safetensors*
    "$trainer" train recipe.json clips.safetensors -o bad.safetensors --$option bands.safetensors \
        > /dev/null 2> log.txt && fail "--$option takes a model of other frames"
    grep -q 'another "feature"' log.txt || fail "--$option, other frames: $(cat log.txt)"
done
rm -f bad.safetensors*
echo "ok: a teacher may be given"

# Killed in the teacher, and after it.
for begun in checkpoint.teacher checkpoint; do
    "$trainer" train recipe.json clips.safetensors -o two.safetensors --restart > /dev/null 2> log.txt &
    pid=$!
    await test -e two.safetensors.$begun
    kill -KILL $pid
    wait $pid 2> /dev/null || true
    expect 1 "--resume goes on" "$trainer" train recipe.json clips.safetensors -o two.safetensors
    "$trainer" train recipe.json clips.safetensors -o two.safetensors --resume > /dev/null 2> log.txt
    cmp one.safetensors two.safetensors || fail "killed with $begun and resumed it makes another model"
    left=$(find . -name '*checkpoint*' -o -name '*teacher.safetensors')
    [ -z "$left" ] || fail "files of a resumed training are left: $left"
done
# Interrupted as the second training begins, which has no epoch to go on from but a teacher.
sed -E 's/"epochs": 60/"epochs": 1, "rounds": 300/' recipe.json > long.json
"$trainer" train long.json clips.safetensors -o two.safetensors --restart > /dev/null 2> log.txt &
pid=$!
await grep -q 'open clips' log.txt
kill -INT $pid
wait $pid && code=0 || code=$?
[ $code = 130 ] && grep -q 'interrupted in epoch 1; --resume goes on' log.txt ||
    fail "interrupted behind the teacher it says: $(cat log.txt)"
# What another recipe's training left is thrown away with it.
sed 's/"share": 0.6/"share": 0.7/; s/"epochs": 60/"epochs": 61/' recipe.json > other.json
has_begun() { [ -e two.safetensors.$begun ] && has_epochs 1; }
for begun in checkpoint.teacher checkpoint; do
    for recipe in other recipe; do
        "$trainer" train $recipe.json clips.safetensors -o two.safetensors --restart > /dev/null 2> log.txt &
        pid=$!
        await has_begun
        kill -KILL $pid
        wait $pid 2> /dev/null || true
    done
    "$trainer" train recipe.json clips.safetensors -o two.safetensors --resume > /dev/null 2> log.txt ||
        fail "with $begun of another recipe: $(cat log.txt)"
    cmp one.safetensors two.safetensors || fail "with $begun of another recipe it makes another model"
done
echo "ok: killed and resumed, the model is the same to the bit"

# open RUN JOB FIELD: of a job's report.
open_of() { json "$1/$2/report.json" "d['training'].get('open', {}).get('$3')"; }
"$trainer" train recipe.json clips.safetensors --run run --held-out a,b > summary.txt 2> log.txt ||
    fail "--held-out: $(cat log.txt)"
[ "$(open_of run dataset-fold1-seed1 clips) $(open_of run dataset-fold2-seed1 clips)" = "11 None" ] ||
    fail "clips of a held-out dataset are taken: $(cat log.txt)"
[ ! -e run/dataset-fold2-seed1/log.teacher.csv ] || fail "a teacher is trained for nobody"
"$trainer" train recipe.json clips.safetensors --run run --restart --split-by artist --shares 40/20/40 \
    > summary.txt 2> log.txt || fail "--split-by artist: $(cat log.txt)"
[ "$(open_of run artist-seed1 clips)" -ge 11 ] || fail "a split at random leaves clips out: $(cat log.txt)"
"$trainer" train recipe.json clips.safetensors -o refit.safetensors --refit one.safetensors > /dev/null 2> log.txt ||
    fail "--refit: $(cat log.txt)"
! grep -q teacher log.txt || fail "a refit trains a teacher: $(cat log.txt)"
"$genrecast" model refit.safetensors --json > model.json
[ "$(json model.json "d['training']['open']['clips']")" = 12 ] || fail "a refit leaves the other split out: $(cat model.json)"
echo "ok: only what may be trained on is"

# refused PATTERN PYTHON: the recipe changed by it, t being its "tags".
refused() {
    python3 -c "
import json
r = json.load(open('recipe.json'))
t = r['tags']
$2
json.dump(r, open('bad.json', 'w'))"
    expect 1 "$1" "$trainer" train bad.json clips.safetensors -o bad.safetensors
}
refused '"tags": it has no "labels"' 'del t["labels"]'
refused '"tags": "ambient" has no list of labels' 't["labels"]["ambient"] = "techno"'
refused '"tags": "ambient" has no list of labels' 't["labels"]["ambient"] = [3]'
refused '"Pop/Rock" has to be written "pop-rock"' 't["labels"]["Pop/Rock"] = ["pop"]'
refused 'share' 't["share"] = 2'
refused 'certainty' 't["certainty"] = 1'
refused '"tags" is for the output softmax' 'r["output"] = "sigmoid"'
"$trainer" prepare clips.csv --recipe plain.json -o fewer.safetensors > /dev/null
expect 1 'run prepare again' "$trainer" train recipe.json fewer.safetensors -o bad.safetensors
echo "ok: mistakes get a sentence"
