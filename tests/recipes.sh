#!/usr/bin/env bash
# Every recipe that ships: recipes.sh TRAINER SYNTH GENRECAST RECIPE-FOLDER
#   trains on synthesised sound, for one epoch, segments and augmentation as it says, and what comes
#   out runs in "genrecast file". What a recipe is worth takes real music: see models/README.md.
set -euo pipefail
trainer=$(realpath "$1") synth=$(realpath "$2") genrecast=$(realpath "$3") recipes=$(realpath "$4")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

echo "audio,genre,artist" > clips.csv
for style in techno classical jazz; do
    for seed in 1 2 3 4 5; do
        "$synth" $style $style$seed.wav --seconds 6 --rate 22050 --seed $seed
        echo "$style$seed.wav,$style,$style $seed" >> clips.csv
    done
done

n=0
for recipe in "$recipes"/*.json; do
    name=$(basename "$recipe" .json)
    python3 - "$recipe" <<'PY'
import json, sys
recipe = json.load(open(sys.argv[1]))
assert recipe["name"] + ".json" == sys.argv[1].split("/")[-1], "name and file differ"
assert len(recipe["about"]) > 20
for part in recipe.get("members", [recipe]):
    part["train"].update(epochs=1, rounds=1, batch=8)
if "segments" in recipe.get("data", {}):
    recipe["data"]["segments"] = 2  # 6 s make few
json.dump(recipe, open("recipe.json", "w"))
PY
    folds=
    ! grep -q '"folds"' recipe.json || folds="--fold 1"
    n=$((n + 1))
    if ! "$trainer" train recipe.json clips.csv -o $name.safetensors $folds > report.txt 2> log.txt; then
        grep -q 'need SoundTouch' log.txt || fail "$name: $(cat log.txt)"
        echo "ok: $name, refused by a build without SoundTouch"
        continue
    fi
    grep -q '^macro F1' report.txt || fail "$name: $(cat report.txt)"
    "$genrecast" file --model $name.safetensors --json techno1.wav > answer.json 2> log.txt ||
        fail "$name in genrecast file: $(cat log.txt)"
    python3 - $name <<'PY' || fail "$name in genrecast file: $(cat answer.json)"
import json, sys
answer = json.load(open("answer.json"))
scores = answer["scores"]
assert sorted(scores) == ["classical", "jazz", "techno"], scores
assert abs(sum(scores.values()) - 1) < 1e-3, scores
PY
    echo "ok: $name"
done
[ $n -ge 8 ] || fail "only $n recipes"
