#!/usr/bin/env bash
# From made-up clips of what is not music to a model that calls such sounds unknown:
# not_music.sh TRAINER SYNTH GENRECAST
set -euo pipefail
trainer=$(realpath "$1") synth=$(realpath "$2") genrecast=$(realpath "$3")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

"$trainer" not-music made --clips 36 --seconds 6 --no-speech --jobs 1
"$trainer" not-music again --clips 36 --seconds 6 --no-speech --jobs 5
diff -r made again || fail "on more threads other clips"
"$trainer" not-music other --clips 4 --seconds 6 --no-speech --seed 2
! cmp -s made/white-0000.flac other/white-0000.flac || fail "another seed makes the same clips"
[ "$(find made -name "*.flac" | wc -l)" = 36 ] || fail "not 36 clips"
[ "$(grep -c ',not-music,,.*,train,' made/manifest.csv)" = 27 ] || fail "$(cat made/manifest.csv)"
# What is for validation is of kinds that the rest does not have.
awk -F, '$8 == "train" {train[$7] = 1} $8 == "valid" {valid[$7] = 1}
    END {for (kind in valid) {n++; if (kind in train) exit 1} exit n < 5}' made/manifest.csv ||
    fail "kinds of sound on both sides: $(cat made/manifest.csv)"
# No kind of sound is taken for a musician of that name.
[ "$(cut -d, -f7 made/manifest.csv | grep -vc '^made-')" = 1 ] || fail "artists: $(cat made/manifest.csv)"
echo "ok: the same clips each time, other kinds for validation"

if command -v espeak-ng > /dev/null; then
    "$trainer" not-music speech --clips 8 --seconds 4
    [ "$(grep -c '^made-speech/.*,made-[^,]*,[a-z]*,[0-9.]*$' speech/manifest.csv)" = 4 ] ||
        fail "$(cat speech/manifest.csv)"
    echo "ok: speech"
fi
mkdir empty-path
expect 1 'espeak-ng is not there' "$(command -v env)" PATH="$work/empty-path" "$trainer" not-music nothing --clips 4
expect 1 'cannot be written' "$trainer" not-music /dev/null/nowhere --no-speech
expect 2 'needs FOLDER' "$trainer" not-music
expect 2 'clips' "$trainer" not-music made --clips 0
expect 2 "option '--soundfont'" "$trainer" not-music made --soundfont any.sf2
echo "ok: bad input is told"

for seed in 1 2 3 4 5 6; do
    for style in techno classical; do
        "$synth" $style $style$seed.wav --seconds 4 --rate 22050 --seed $seed
        split=train
        [ $seed -le 4 ] || split=valid
        echo "$style$seed,folder,$style$seed.wav,,$style,,$style $seed,$split,4" >> music.csv
    done
done
{ sed 's/,\([a-z0-9]*-[0-9]*\.flac\)/,made\/\1/' made/manifest.csv; cat music.csv; } > clips.csv
cat > recipe.json <<'RECIPE'
{
  "feature": {"kind": "logmel", "rate_hz": 22050, "n_fft": 1024, "hop": 855, "mean_hops": 2, "bands": 32},
  "not_music": "Not music",
  "layers": [
    {"kind": "floor"}, {"kind": "dct", "coefficients": 12}, {"kind": "affine", "name": "frame"},
    {"kind": "delta", "name": "slope"}, {"kind": "affine", "name": "slopes"},
    {"kind": "stats", "input": ["frame", "slopes"]}, {"kind": "dense"}
  ],
  "train": {"batch": 16, "epochs": 40, "crop_s": 3, "loss_times_s": [1, 2, 3],
            "learning_rate": 0.03, "weight_average": 0.5}
}
RECIPE
# Stopped by what it trains on: what kinds of sound that are new to it do is not asked here.
"$trainer" train recipe.json clips.csv -o knowing.safetensors --valid train > report.txt 2> log.txt
grep -q 'warning: --train and --valid are both "train"' log.txt || fail "one split for two is not told: $(cat log.txt)"
grep -q 'Not music, shown as unknown or silence: 27 clips' report.txt || fail "$(cat report.txt)"
"$genrecast" model --json knowing.safetensors > model.json
[ "$(json model.json "(d['labels'], d['not_music'], d['layers'][-1]['n_out'])")" = \
    "(['classical', 'techno'], 'not-music', 3)" ] || fail "$(cat model.json)"
"$trainer" eval knowing.safetensors clips.csv --split train --json > eval.json
[ "$(json eval.json "d['clips'] == 8 and d['accuracy']['30'] == 1 and d['shown']['30']['right'] == 1 and
    d['not_music']['clips'] == 27 and d['not_music']['accuracy']['30'] > 0.9")" = True ] ||
    fail "it has not learnt: $(cat eval.json)"
"$genrecast" file --json --model knowing.safetensors techno1.wav > heard.json
[ "$(json heard.json "(d['genre'], sorted(d['scores']))")" = "('techno', ['classical', 'techno'])" ] ||
    fail "$(cat heard.json)"
"$synth" noise noise.wav --seconds 4 --rate 22050 --seed 9
"$genrecast" file --json --model knowing.safetensors noise.wav > heard.json
[ "$(json heard.json "(d['state'], d['genre'], abs(sum(d['scores'].values()) - 1) < 1e-6)")" = \
    "('unknown', None, True)" ] || fail "$(cat heard.json)"
echo "ok: learns what is not music"

# A prepared cache and the model's own split see the same clips.
"$trainer" eval knowing.safetensors clips.csv --as-trained --split valid > eval.txt 2> err
grep -q 'silence: 9 clips' eval.txt || fail "$(cat eval.txt)"
# Degraded is music alone.
"$trainer" eval knowing.safetensors clips.csv --split valid --degraded > eval.txt
grep -q '^Degraded: the 4 sound files' eval.txt || fail "$(cat eval.txt)"
# Clips of nothing else; and a model that knows nothing of it.
"$trainer" eval knowing.safetensors made/manifest.csv --split valid > eval.txt
grep -q '^after      2 s' eval.txt || fail "$(cat eval.txt)"
sed '/"not_music"/d' recipe.json > plain.json
"$trainer" train plain.json clips.csv -o plain.safetensors > report.txt 2> log.txt
"$genrecast" model --json plain.safetensors > model.json
[ "$(json model.json "(d['labels'], d['not_music'])")" = "(['classical', 'not-music', 'techno'], None)" ] ||
    fail "$(cat model.json)"
# Beside folders of genres.
mkdir -p genres/techno genres/classical
cp techno?.wav genres/techno
cp classical?.wav genres/classical
cp -r made genres/not-music
"$trainer" prepare genres --recipe recipe.json -o genres.cache 2> err
! grep -q 'left out' err || fail "$(cat err)"
# Where the data have no such clips the recipe makes the model that it made without the entry.
head -1 clips.csv > music-only.csv
cat music.csv >> music-only.csv
"$trainer" train recipe.json music-only.csv -o music.safetensors > report.txt 2> log.txt
"$trainer" train plain.json music-only.csv -o same.safetensors > report.txt 2> log.txt
cmp music.safetensors same.safetensors || fail "\"not_music\" changes a model that has no such clips"
echo "ok: is no genre where it is not asked for"

for wrong in '3' '""' '"talk", "output": "sigmoid"'; do
    sed "s/\"not_music\": \"Not music\"/\"not_music\": $wrong/" recipe.json > wrong.json
    expect 1 not_music "$trainer" train wrong.json clips.csv -o wrong.safetensors
done
echo "ok: recipes are checked"
