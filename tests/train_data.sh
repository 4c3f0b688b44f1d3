#!/usr/bin/env bash
# What the trainer makes of data as it comes: train_data.sh TRAINER SYNTH
#   FMA's folders; clips and genres that cannot be used are named and left out;
#   lists that contradict themselves get a sentence; a full disk leaves what was there.
set -euo pipefail
trainer=$(realpath "$1") synth=$(realpath "$2")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
# What a cache holds: "id dataset genre artist split" of each clip, a line each.
clips() {
    python3 -c "
import json, struct, sys
bytes = open(sys.argv[1], 'rb').read()
header = json.loads(bytes[8:8 + struct.unpack('<Q', bytes[:8])[0]])
for c in json.loads(header['__metadata__']['clips']):
    print(c['id'], c['dataset'], c['genre'], c['artist'], c['split'], sep='|')" "$1"
}
cat > recipe.json <<'JSON'
{
  "feature": {"kind": "logmel", "rate_hz": 22050, "n_fft": 1024, "hop": 855, "mean_hops": 2, "bands": 32},
  "layers": [{"kind": "affine"}, {"kind": "stats"}, {"kind": "dense"}],
  "train": {"batch": 4, "epochs": 2, "crop_s": 1, "loss_times_s": [1]}
}
JSON
prepare() { "$trainer" prepare "$1" --recipe recipe.json -o "${2:-out.safetensors}"; }
for style in techno classical metal; do
    "$synth" $style $style.wav --seconds 2 --rate 22050
done

# FMA's tree, with clips that are not what they are called: the reader goes by what is in a file.
mkdir -p fma/fma_metadata fma/fma_small/000 fma/fma_small/001
touch fma/fma_small.zip
cp techno.wav fma/fma_small/000/000002.mp3
cp classical.wav fma/fma_small/000/000140.mp3
cp metal.wav fma/fma_small/001/001001.mp3
cp metal.wav fma/fma_small/001/001002.mp3
cat > fma/fma_metadata/tracks.csv <<'CSV'
,album,artist,artist,set,set,track,track
,title,id,name,split,subset,genre_top,title
track_id,,,,,,,
2,"A, B",1,AWOL,training,small,Hip-Hop,Food
140,C,5,"The ""Two""
Lines",validation,small,Old-Time / Historic,D
1001,E,6,,test,small,Rock,F
1002,E,6,Nobody,training,small,,no top genre
99999,E,7,Elsewhere,training,large,Rock,not unpacked
CSV
cat > want.txt <<'TXT'
000002|fma|hip-hop|AWOL|train
000140|fma|old-time-historic|The "Two"
Lines|valid
001001|fma|rock|6|test
TXT
for path in fma fma/ fma/fma_small fma/fma_small/; do
    prepare $path 2> log.txt || fail "$path: $(cat log.txt)"
    clips out.safetensors | diff - want.txt || fail "$path is read otherwise"
done
mkdir fma/fma_medium
expect 1 "several folders of clips" prepare fma
rm -r fma/fma_medium fma/fma_small
expect 1 "no folder of clips" prepare fma
mkdir -p fma/fma_small
sed -i 's/genre_top/genre/' fma/fma_metadata/tracks.csv
expect 1 'tracks.csv: there is no column "track", "genre_top"' prepare fma
echo "ok: FMA"

# Folders: the same name in two genres are two songs; what cannot be used is named.
mkdir -p genres/techno genres/metal genres/polka "genres/drum & bass"
cp techno.wav genres/techno/song.wav
cp metal.wav genres/metal/song.wav
echo "not sound" > "genres/drum & bass/song.wav"
cp metal.wav "genres/metal/$(printf 'M\374ll.wav')"
prepare genres 2> log.txt || fail "$(cat log.txt)"
[ "$(clips out.safetensors | cut -d'|' -f1,3 | tr '\n' ' ')" = "metal/song.wav|metal techno/song.wav|techno " ] ||
    fail "folders: $(clips out.safetensors)"
grep -q 'polka is empty' log.txt || fail "an empty genre is passed over: $(cat log.txt)"
grep -q 'not one clip of "drum-bass" could be read' log.txt || fail "a lost genre is passed over: $(cat log.txt)"
grep -q 'left out: .*drum & bass/song.wav' log.txt || fail "a bad clip is passed over: $(cat log.txt)"
grep -q 'left out: .*M?ll.wav" are not UTF-8' log.txt || fail "a bad name is passed over: $(cat log.txt)"
mkdir -p "names/Rock 'n' Roll" names/R+B
cp techno.wav "names/Rock 'n' Roll/a.wav"
cp metal.wav names/R+B/b.wav
prepare names 2> log.txt || fail "$(cat log.txt)"
[ "$(clips out.safetensors | cut -d'|' -f3 | tr '\n' ' ')" = "r-b rock-n-roll " ] ||
    fail "names: $(clips out.safetensors)"
echo "ok: folders"

manifest() { printf "$1" > bad.csv; }
manifest 'id,audio,genre\na,techno.wav,techno\nb,metal.wav,metal\na,classical.wav,classical\n'
expect 1 'bad.csv: records 2 and 4 are both called "a"' prepare bad.csv
manifest 'id,audio,genre\na,techno.wav,techno\nb,techno.wav,metal\n'
expect 1 'bad.csv: records 2 and 3 are the same file, "techno.wav"' prepare bad.csv
manifest 'audio,label\ntechno.wav,techno\n'
expect 1 'bad.csv: its first line has no column "genre"' prepare bad.csv
manifest 'file,genre\ntechno.wav,techno\n'
expect 1 'bad.csv: its first line has no column "audio"' prepare bad.csv
manifest 'audio,genre\ntechno.wav,techno\nmetal.wav,m\374tal\n'
expect 1 'bad.csv: record 3: .* not UTF-8' prepare bad.csv
manifest 'audio,genre\ntechno.wav,\n'
expect 1 'no clip with a genre' prepare bad.csv
expect 1 'missing: No such file' prepare missing
: > cache.safetensors
expect 1 'cache.safetensors: a feature cache or a model, where sound' prepare cache.safetensors
manifest 'audio,genre,genre\ntechno.wav,techno,x\n'
expect 1 'bad.csv: two columns are called "genre"' prepare bad.csv
manifest 'audio,genre\ntechno.wav,techno\n"metal.wav,metal\nclassical.wav,classical\n'
expect 1 'bad.csv: record 3: a quote is not closed' prepare bad.csv
manifest 'mel_row,genre\n-1,techno\n'
expect 1 'bad.csv: record 2: mel_row: "-1" is not a whole number' prepare bad.csv
printf 'audio,genre\ntechno.wav,techno\n' | iconv -t UTF-16 > bad.csv
expect 1 'bad.csv: it is not text in UTF-8' prepare bad.csv
echo "ok: lists that contradict themselves"

# As spreadsheets write it: with a mark in front, capitals, semicolons or tabs, blanks.
for separator in ';' '\t' ','; do
    printf '\xef\xbb\xbfID,Audio, Genre ,artist\r\n1,"techno.wav",techno,\r\n2,metal.wav, metal ,A B\r\n' |
        sed "s/,/$separator/g" > sheet.csv
    prepare sheet.csv 2> log.txt || fail "separated by '$separator': $(cat log.txt)"
    [ "$(clips out.safetensors | cut -d'|' -f1,3,4 | tr '\n' ' ')" = "1|techno| 2|metal|A B " ] ||
        fail "separated by '$separator': $(clips out.safetensors)"
done
echo "ok: lists from spreadsheets"

# A disk with room for some blocks of 1024 bytes: the cache that was there is not touched.
manifest 'audio,genre,split\ntechno.wav,techno,train\nmetal.wav,metal,train\nclassical.wav,techno,valid\n'
prepare bad.csv kept.safetensors 2> /dev/null
cp kept.safetensors before.safetensors
on_full_disk() ( # BLOCKS COMMAND...
    trap '' XFSZ # as on a full disk, writing fails; without this the program would be killed
    ulimit -f "$1"
    "${@:2}"
)
expect 1 "kept.safetensors cannot be written: File too large" on_full_disk 8 "$trainer" prepare bad.csv \
    --recipe recipe.json -o kept.safetensors
cmp kept.safetensors before.safetensors || fail "a full disk damages the cache"
[ ! -e kept.safetensors.partial ] || fail "a piece of a cache is left"

# With room for 4 the log is full in the middle of a training: it stops with a sentence, and goes on
# from the last epoch once there is room.
sed 's/"epochs": 2/"epochs": 150/; s/{"kind": "affine"}/{"kind": "bands", "width": 8}/' recipe.json > long.json
"$trainer" train long.json kept.safetensors -o whole.safetensors > /dev/null 2> log.txt || fail "$(cat log.txt)"
code=0
on_full_disk 4 "$trainer" train long.json kept.safetensors -o two.safetensors 2>&1 > /dev/null | cat > log.txt || code=$?
[ $code = 1 ] || fail "a training on a full disk exits with $code: $(tail -n 3 log.txt)"
tail -n 1 log.txt | grep -q "two.safetensors.* cannot be written: File too large" ||
    fail "a training on a full disk does not say so: $(tail -n 3 log.txt)"
[ -e two.safetensors.checkpoint ] || fail "a full disk costs the checkpoint"
"$trainer" train long.json kept.safetensors -o two.safetensors --resume > /dev/null 2> log.txt || fail "$(cat log.txt)"
cmp whole.safetensors two.safetensors || fail "after a full disk the training goes on otherwise"
echo "ok: a full disk"
