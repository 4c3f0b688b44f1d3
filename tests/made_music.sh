#!/usr/bin/env bash
# From made-up music to a model trained on it: made_music.sh TRAINER GENRECAST
set -euo pipefail
trainer=$(realpath "$1") genrecast=$(realpath "$2")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

expect 2 'needs FOLDER' "$trainer" made-music
expect 2 'clips' "$trainer" made-music made --clips 0
expect 2 'jobs' "$trainer" made-music made --jobs 0
font=/usr/share/sounds/sf2/TimGM6mb.sf2
if ! [ -e $font ]; then
    echo "skipped: there is no $font (timgm6mb-soundfont) to play through"
    exit 77
elif ! "$trainer" made-music nothing -n 1 --seconds 2 --no-speech --soundfont $font 2> err; then
    grep -q 'built without FluidSynth' err || fail "$(cat err)"
    cat err
    exit 77
fi
rm -r nothing
# make FOLDER [OPTION]...: through that one, whatever else is installed
make() {
    "$trainer" made-music "$@" --soundfont $font
}

make made -n 22 --seconds 5 --no-speech --jobs 1
make again -n 22 --seconds 5 --no-speech --jobs 5
diff -r made again || fail "on more threads other clips"
make other -n 1 --seconds 5 --no-speech --seed 2
! cmp -s made/blues-1-0000.flac other/blues-2-0000.flac || fail "another seed makes the same clips"
[ "$(find made -name '*.flac' | wc -l)" = 22 ] || fail "not 22 clips"
[ "$(cut -d, -f5 made/manifest.csv | tail -n +2 | sort -u | tr '\n' ' ')" = \
    "blues classical country disco electronic hiphop jazz metal pop reggae rock " ] ||
    fail "genres: $(cat made/manifest.csv)"
[ "$(cut -d, -f7 made/manifest.csv | sort | uniq -d)" = "" ] || fail "two are by the same"
[ "$(grep -c ',made-.*,train,5.0$' made/manifest.csv)" = 22 ] || fail "$(cat made/manifest.csv)"
"$genrecast" file --json made/*.flac > heard.json
! grep -q '"state": *"silence"' heard.json || fail "silence: $(cat heard.json)"
echo "ok: the same music each time, of all genres, by nobody"

if command -v espeak-ng > /dev/null; then
    make spoken -n 22 --seconds 5
    [ "$(for clip in made/*.flac; do cmp -s "$clip" "spoken/${clip#made/}" || echo "${clip#made/}"; done |
        sed 's/-.*//' | sort -u)" = hiphop ] || fail "someone speaks where there is no hip-hop, or nobody at all"
    echo "ok: someone speaks over hip-hop"
fi
mkdir empty-path
expect 1 'espeak-ng is not there' "$(command -v env)" PATH="$work/empty-path" "$trainer" made-music nothing
expect 1 'missing.sf2 is no soundfont' "$trainer" made-music nothing --no-speech --soundfont missing.sf2
expect 1 'heard.json is no soundfont' "$trainer" made-music nothing --no-speech --soundfont heard.json
expect 1 'cannot be written' "$trainer" made-music /dev/null/nowhere --no-speech --soundfont $font
[ ! -e nothing ] || fail "leaves a folder behind"
expect 1 'name is empty' "$trainer" made-music "" --no-speech --soundfont $font
mkdir mine
printf 'id,dataset,audio,mel_row,genre,tags,artist,split,seconds\na,b,a.wav,,blues,,Robert,train,5\n' > mine/manifest.csv
expect 1 'were not made here' "$trainer" made-music mine --no-speech --soundfont $font
[ "$(ls mine)" = manifest.csv ] && grep -q Robert mine/manifest.csv || fail "somebody's manifest is gone"
echo "ok: bad input is told"

# Tells made-up classical music from made-up metal by other clips of them.
make more -n 66 --seconds 5 --no-speech --seed 3
{
    head -1 more/manifest.csv
    grep -E '^made-music/(classical|metal)' more/manifest.csv | sed 's/,\([a-z]*-[-0-9]*.flac\),/,more\/\1,/'
    grep -E '^made-music/(classical|metal)' made/manifest.csv |
        sed 's/,\([a-z]*-[-0-9]*.flac\),/,made\/\1,/; s/,train,/,valid,/; s/^made-music/made/'
} > clips.csv
cat > recipe.json <<'RECIPE'
{
  "feature": {"kind": "logmel", "rate_hz": 22050, "n_fft": 1024, "hop": 855, "mean_hops": 2, "bands": 32},
  "layers": [
    {"kind": "floor"}, {"kind": "dct", "coefficients": 12}, {"kind": "affine", "name": "frame"},
    {"kind": "delta", "name": "slope"}, {"kind": "affine", "name": "slopes"},
    {"kind": "stats", "input": ["frame", "slopes"]}, {"kind": "dense"}
  ],
  "train": {"batch": 16, "epochs": 20, "crop_s": 3, "loss_times_s": [1, 2, 3],
            "learning_rate": 0.03, "weight_average": 0.5}
}
RECIPE
"$trainer" train recipe.json clips.csv -o model.safetensors > report.txt 2> log.txt
"$trainer" eval model.safetensors clips.csv --split valid --json > eval.json
[ "$(json eval.json "d['clips'] == 4 and d['accuracy']['30'] >= 0.75")" = True ] || fail "$(cat eval.json)"
echo "ok: a model learns from it"
