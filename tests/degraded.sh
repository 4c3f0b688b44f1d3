#!/usr/bin/env bash
# Degraded clips: degraded.sh TRAINER SYNTH MODEL
#   "degrade" writes the same files whatever the threads, with manifests that eval takes;
#   "eval --degraded" finds in memory what eval finds on those files; mistakes get a sentence.
set -euo pipefail
trainer=$(realpath "$1") synth=$(realpath "$2") model=$(realpath "$3")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

mkdir sound
echo "id,dataset,audio,mel_row,genre,artist,split" > clips.csv
for seed in 1 2; do
    [ $seed = 1 ] && techno=valid metal=train || techno=train metal=valid
    "$synth" techno sound/techno$seed.wav --seconds 7 --rate 44100 --channels 2 --seed $seed
    "$synth" metal sound/metal$seed.wav --seconds 7 --rate 22050 --seed $seed
    echo "t$seed,made,sound/techno$seed.wav,,Electronic,\"The \"\"T\"\", $seed\",$techno" >> clips.csv
    echo "m$seed,other,sound/metal$seed.wav,,metal,,$metal" >> clips.csv
done
echo "mel-only,made,,7,metal,,train" >> clips.csv

kinds="room noise low-pass codec quiet"
"$trainer" degrade clips.csv --as all -o one -j 1 > out.txt 2> log.txt || fail "degrade: $(cat log.txt)"
"$trainer" degrade clips.csv --as all -o two -j 3 > /dev/null 2> /dev/null
diff -r one two || fail "the files depend on the number of threads"
grep -q '1 clips left out that have no sound' log.txt || fail "clips without sound: $(cat log.txt)"
for kind in $kinds; do
    grep -q "^one/$kind/manifest.csv$" out.txt || fail "$kind is not told of: $(cat out.txt)"
    [ "$(find "one/$kind" -type f | wc -l)" = 5 ] || fail "$kind: $(find "one/$kind")"
    grep -q '^00001.flac,"t1","made","electronic","The ""T"", 1","valid"$' one/$kind/manifest.csv ||
        fail "the manifest: $(cat one/$kind/manifest.csv)"
done
cmp -s one/room/00001.flac one/quiet/00001.flac && fail "kinds sound alike"
"$trainer" degrade clips.csv --as noise -o noise --split valid --dataset other,made > /dev/null
[ "$(ls noise)" = "$(printf '00001.flac\n00002.flac\nmanifest.csv')" ] || fail "one kind, one split: $(ls noise)"
cmp noise/00001.flac one/noise/00001.flac || fail "a choice of clips changes them"
echo "ok: degrade writes clips and manifests"

# In memory and from the files.
"$trainer" eval "$model" clips.csv --degraded --json > all.json 2> /dev/null && fail "mel frames that are not there pass"
sed -i '/mel-only/d' clips.csv
"$trainer" eval "$model" clips.csv --degraded --json --html page.html > all.json 2> log.txt || fail "eval: $(cat log.txt)"
[ "$(json all.json "d['degraded']['clips'], d['degraded']['clean']['accuracy'] == d['accuracy'], d['degraded']['clean']['lost']")" = "4 True 0.0" ] ||
    fail "clean: $(cat all.json)"
for kind in $kinds; do
    "$trainer" eval "$model" one/$kind/manifest.csv --json > $kind.json
    python3 - $kind <<'PY' || fail "$kind: the files give something else than --degraded"
import json, sys
kind = sys.argv[1]
all, alone = json.load(open("all.json"))["degraded"], json.load(open(kind + ".json"))
one = all[kind]
assert one["accuracy"] == alone["accuracy"] and one["shown"] == alone["shown"]["30"]
assert abs(one["ece"] - alone["ece"]) < 1e-3
assert abs(one["lost"] - (all["clean"]["accuracy"]["30"] - one["accuracy"]["30"])) < 1e-6
assert one["lost_interval"][0] <= one["lost"] <= one["lost_interval"][1]
PY
done
"$trainer" eval "$model" clips.csv --degraded > text.txt
for kind in clean $kinds; do
    [ "$(grep -cE "^$kind +[0-9.]+ +[0-9.]+ " text.txt)" = 1 ] || fail "no line for $kind: $(cat text.txt)"
    grep -q "scope=\"row\">$kind</th>" page.html || fail "no $kind in the page"
done
grep -q '^As shown' text.txt && grep -q '^changes ' text.txt || fail "nothing of what is shown: $(cat text.txt)"
grep -q 'changes shown, per minute' page.html || fail "nothing of steadiness in the page"
echo "ok: eval finds the same in memory"

echo "gone.wav" > file
expect 2 '"loud" is none of' "$trainer" degrade clips.csv --as loud -o x
expect 2 'needs CLIPS, --as and --output' "$trainer" degrade clips.csv -o x
expect 1 'no clip is of this split' "$trainer" degrade clips.csv --as room -o x --split test
expect 1 'file/x cannot be made' "$trainer" degrade clips.csv --as room -o file/x
expect 1 'degraded: clips of a cache' "$trainer" eval "$model" clips.csv --degraded --segment 3
echo "g,made,gone.wav,,metal,,train" >> clips.csv
expect 1 'left out: .*gone.wav: No such file' "$trainer" degrade clips.csv --as quiet -o part
[ "$(wc -l < part/manifest.csv)" = 5 ] || fail "what can be read is not all written: $(cat part/manifest.csv)"
expect 1 'left out: .*gone.wav: No such file' "$trainer" eval "$model" clips.csv --degraded
echo "ok: mistakes get a sentence"
