#!/usr/bin/env bash
# Splits from the command line: train_split.sh TRAINER SYNTH
#   segments, songs and artists, folds and lists, merged genres; what leaks is said;
#   the model remembers its split, and eval scores the same clips by it.
set -euo pipefail
trainer=$(realpath "$1") synth=$(realpath "$2")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
check() { [ "$(json "$1" "$2")" = True ] || fail "$1: not $2: $(cat "$1")"; }

# Three songs of each of two artists of each kind, without a split.
echo "id,audio,genre,artist" > clips.csv
for style in techno classical metal; do
    for seed in 1 2 3 4 5 6; do
        "$synth" $style $style$seed.wav --seconds 3 --rate 22050 --seed $seed
        echo "$style-$seed,$style$seed.wav,$style,$style $((seed % 3))" >> clips.csv
    done
done
cat > recipe.json <<'JSON'
{
  "feature": {"kind": "logmel", "rate_hz": 22050, "n_fft": 1024, "hop": 855, "mean_hops": 2, "bands": 32},
  "data": {"by": "segment", "segments": 3, "merge": {"metal": "loud", "techno": "loud"}},
  "layers": [{"kind": "affine"}, {"kind": "stats"}, {"kind": "dense"}],
  "train": {"batch": 12, "epochs": 2, "crop_s": 1, "loss_times_s": [1]}
}
JSON
"$trainer" prepare clips.csv --recipe recipe.json -o cache.safetensors

# One training, as the recipe says.
"$trainer" train recipe.json cache.safetensors -o one.safetensors > /dev/null 2> log.txt
grep -q 'warning: segments of one song' log.txt || fail "a leak is not told: $(cat log.txt)"
check one.safetensors.report.json "d['split']['by'] == 'segment' and d['split']['counts']['test']['segments'] in range(10, 13)"
check one.safetensors.report.json "d['split']['classes'] == {'before': {'classical': 6, 'metal': 6, 'techno': 6}, 'after': {'classical': 6, 'loud': 12}}"
check one.safetensors.report.json "d['test']['clips'] == d['split']['counts']['test']['segments'] and d['test']['labels'] == ['classical', 'loud']"
check one.safetensors.report.json "any('in both train and test' in w for w in d['split']['warnings'])"
echo "ok: segments of merged genres"

# Splits side by side, in folds.
"$trainer" train recipe.json cache.safetensors --run run --split-by song,artist --folds 3 > /dev/null 2> log.txt
for fold in 1 2 3; do
    check run/song-fold$fold-seed1/report.json "d['split']['fold'] == $fold and d['split']['counts']['test']['songs'] == 6"
    check run/artist-fold$fold-seed1/report.json "d['split']['counts']['test']['artists'] == 3 and not d['split']['warnings']"
done
check run/song-fold1-seed1/report.json "any('songs of one artist' in w for w in d['split']['warnings'])"
echo "ok: songs and artists in folds"

# The model knows its split: eval scores the same clips, from a cache or from the clips anew, and
# says the same of them as the report. So it does where it is told the split.
"$trainer" train recipe.json cache.safetensors -o two.safetensors --split-by artist --folds 3 --fold 2 \
    --split-seed 5 --segment 1 --overlap 0.5 > /dev/null 2> /dev/null
same="d['accuracy'] == json.load(open('two.safetensors.report.json'))['test']['accuracy'] and d['clips'] > 10"
"$trainer" eval two.safetensors cache.safetensors --as-trained --split test --json > eval.json
check eval.json "$same"
"$trainer" eval two.safetensors clips.csv --as-trained --split test --json > eval.json
check eval.json "$same and d['data']['fold'] == 2 and d['data']['seed'] == 5"
awk 'BEGIN { FS = OFS = "," } $3 == "techno" || $3 == "metal" { $3 = "loud" } 1' clips.csv > merged.csv
"$trainer" eval two.safetensors merged.csv --split-by artist --folds 3 --fold 2 --split-seed 5 \
    --segment 1 --overlap 0.5 --split test --json > eval.json
check eval.json "$same"
"$trainer" eval two.safetensors cache.safetensors --as-trained --split test > eval.txt
grep -q '^split *at random by artist, fold 2 of 3, seed 5; segments of 1 s that overlap by 50 %' eval.txt &&
    grep -q '^test *6 clips by 3 artists in .* segments' eval.txt &&
    grep -q '^intervals by drawing 3 artists$' eval.txt || fail "eval does not say the split: $(cat eval.txt)"
"$trainer" eval two.safetensors cache.safetensors --as-trained 2>&1 > /dev/null | grep -q 'trained on are among these' ||
    fail "eval does not mind clips of the training"
grep -q '^split *at random by artist' two.safetensors.report.txt || fail "the report does not say the split"
echo "ok: eval splits as the training did"

# Genres may be written in a recipe as in the clips' list, and labels as they please.
sed 's/"metal": "loud"/"METAL": "Loud"/' recipe.json > capitals.json
"$trainer" train capitals.json cache.safetensors -o three.safetensors --genres "Classical,loud" > /dev/null 2> log.txt
check three.safetensors.report.json "d['test']['labels'] == ['classical', 'loud'] and d['split']['classes']['after']['loud'] == 12"
"$trainer" eval three.safetensors cache.safetensors --labels LOUD,classical > /dev/null || fail "eval minds capitals"
echo "ok: genres by their names"

# Two datasets of other artists, each held out in its turn; but one has no metal, which is not asked of
# it then.
awk -F, -v OFS=, 'NR == 1 { print $0 ",dataset,split"; next }
         { seed = substr($1, length($1)); set = seed <= 3 ? "one" : "two"; $4 = $4 " of " set }
         set == "two" || $3 != "metal" { print $0 "," set "," (seed % 3 ? "train" : "valid") }' clips.csv > sets.csv
"$trainer" train recipe.json sets.csv --run held --held-out one,two --genres loud,classical > /dev/null 2> log.txt
check held/dataset-fold1-seed1/report.json "d['split']['counts']['test']['songs'] == 6 and d['split']['counts']['train']['songs'] == 6"
check held/dataset-fold2-seed1/report.json "d['split']['counts']['test']['songs'] == 9 and d['test']['labels'] == ['loud', 'classical']"
sed 's/"merge": {[^}]*}/"min_clips": 1/' recipe.json > unmerged.json
"$trainer" train unmerged.json sets.csv --run apart --held-out one,two > /dev/null 2> log.txt
grep -q '"metal" has no clip but of the held-out dataset and its artists: its 9 clips' log.txt || fail "what is not trained is not told: $(cat log.txt)"
check apart/dataset-fold1-seed1/report.json "d['test']['labels'] == ['classical', 'techno'] and len(d['valid']['labels']) == 3"
grep -q 'by dataset, fold 1 of 2: tested on one' apart/dataset-fold1-seed1/report.txt || fail "the report does not say what was held out"
# eval asks of them what the report asks, unless it is told otherwise.
"$trainer" eval apart/dataset-fold1-seed1/model.safetensors sets.csv --as-trained --split test --json > eval.json
check eval.json "[d[k] == json.load(open('apart/dataset-fold1-seed1/report.json'))['test'][k] for k in ('accuracy', 'labels', 'top')] == 3 * [True]"
"$trainer" eval apart/dataset-fold1-seed1/model.safetensors sets.csv --as-trained --split test > eval.txt
grep -q "^answers   only 2 of the model's 3 labels count: classical, techno$" eval.txt || fail "$(cat eval.txt)"
"$trainer" eval apart/dataset-fold1-seed1/model.safetensors sets.csv --as-trained --split test --json \
    --labels classical,metal,techno > eval.json
check eval.json "len(d['labels']) == 3"
echo "ok: datasets held out in turn"

train="$trainer train recipe.json cache.safetensors -o x.safetensors"
expect 2 "60/20/20" $train --split-by song --shares 60:40
expect 2 "3 to 100" $train --split-by song --folds 2
expect 1 "need --split-by" $train --shares 50/50 --split-by given
expect 1 "need --split-by" $train --split-seed 2 --lists .
expect 1 '"classical" is the only label' $train --genres classical
expect 1 "is a folder" "$trainer" train recipe.json cache.safetensors -o run
expect 1 "need --run" $train --split-by song,artist
expect 1 "need --run" $train --split-by song --folds 3
expect 1 'no fold 4 of 3' $train --split-by song --folds 3 --fold 4
expect 1 '"by" is not one of' $train --split-by album
expect 1 "train.txt: No such file" $train --lists .
expect 1 'dataset "fma"' $train --dataset fma
expect 1 "no clip is left" $train --min-clips 100
expect 1 'there is no clip of "polka"' $train --genres classical,polka
expect 1 'needs "held_out"' $train --split-by dataset
expect 1 'goes neither' $train --overlap 0.5
expect 2 "no other option" "$trainer" eval two.safetensors clips.csv --as-trained --folds 3
expect 1 "fold is missing" "$trainer" eval two.safetensors cache.safetensors --split-by song --folds 3
# A recipe's mistakes are told before minutes are spent on features.
for change in 's/"stats"/"statistics"/' 's/{"kind": "dense"}/{"kind": "dense", "units": 65}/' 's/{"kind": "dense"}//; s/, *]/]/'; do
    sed "$change" recipe.json > mistaken.json
    expect 1 "mistaken.json: " "$trainer" train mistaken.json clips.csv -o early.safetensors
    [ ! -e early.safetensors.cache.safetensors ] || fail "features are computed for a recipe with a mistake"
done
"$synth" techno many.wav --seconds 1 --rate 22050
echo "audio,genre,split" > many.csv
for k in $(seq 65); do
    cp many.wav many$k.wav
    echo "many$k.wav,many $k,train" >> many.csv
done
echo "many.wav,many 1,valid" >> many.csv
"$trainer" train unmerged.json many.csv -o x.safetensors --split-by given > /dev/null 2> log.txt &&
    fail "65 labels are taken"
grep -q 'there are 65 labels, of which a model has at most 64' log.txt || fail "65 labels: $(cat log.txt)"
sed -i '/many65/d' many.csv
"$trainer" train unmerged.json many.csv -o x.safetensors --split-by given > /dev/null 2> log.txt || fail "$(cat log.txt)"
grep -q 'no clip of "many-10", .*"many-[0-9]*", ... is in valid' log.txt || fail "many genres are listed: $(cat log.txt)"
"$trainer" train unmerged.json many.csv -o x.safetensors --split-by given --valid dev > /dev/null 2> log.txt &&
    fail "a split that is not there is taken"
grep -q 'the split "dev" has no clip with a label; there are some in "valid"' log.txt || fail "no split: $(cat log.txt)"
echo "ok: mistakes get a sentence"
