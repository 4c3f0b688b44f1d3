#!/usr/bin/env bash
# One piece of music behind another: segue.sh TRAINER SYNTH GENRECAST MODEL
#   "eval --segue" shows of each clip what "genrecast file" shows of a file in which both are joined,
#   as JSON, text and a picture, and the new genre is known within ten seconds;
#   clips that are not music, that cannot be read or that are all of one genre are told of.
set -euo pipefail
trainer=$(realpath "$1") synth=$(realpath "$2") genrecast=$(realpath "$3") model=$(realpath "$4")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

for style in techno classical; do
    "$synth" $style $style.wav --seconds 25 --rate 22050 --channels 1
done
"$synth" noise noise.wav --seconds 5 --rate 22050 --channels 1
cat > clips.csv <<'CSV'
id,dataset,audio,mel_row,genre,artist,split
t,made,techno.wav,,electronic,,train
c,made,classical.wav,,classical,,valid
n,made,noise.wav,,not-music,,valid
CSV
"$trainer" eval "$model" clips.csv --segue --json > segue.json
[ "$(json segue.json "d['segue']['clips'], d['not_music']['clips']")" = "2 1" ] || fail "clips: $(cat segue.json)"
for pair in "techno classical" "classical techno"; do
    python3 - "${pair% *}" "${pair#* }" <<'PY'
import sys, wave
parts = [wave.open(name + ".wav") for name in sys.argv[1:]]
with wave.open("+".join(sys.argv[1:]) + ".wav", "wb") as out:
    out.setparams(parts[0].getparams())
    for part in parts:
        out.writeframes(part.readframes(part.getnframes()))
PY
done
"$genrecast" file --model "$model" --json --every 0.1 techno+classical.wav classical+techno.wav > joined.jsonl
python3 - <<'PY' || fail "the joined files give something else than --segue: $(cat segue.json)"
import json
shown = json.load(open("segue.json"))["segue"]["shown"]
lines = [json.loads(line) for line in open("joined.jsonl")]
truth = {"techno+classical.wav": "classical", "classical+techno.wav": "electronic"}
seen = []
for after in 1, 2, 3, 5, 10, 15, 20:
    right = 0
    for path, genre in truth.items():
        so_far = [x for x in lines if x["path"].endswith(path) and x["time_s"] <= 25.1 + after]
        right += so_far[-1]["genre"] == genre
    seen.append(right / 2)
    assert shown[str(after)]["right"] == right / 2, (after, right, shown)
# The statistics begin anew, or the piece before would be in the way for longer.
assert seen[0] == 0 and seen[4:] == [1, 1, 1], seen
assert json.load(open("segue.json"))["segue"]["noticed"] == 1
PY
"$trainer" eval "$model" clips.csv --segue --html page.html > text.txt
grep -q '^Segue: 2 clips' text.txt && [ "$(grep -c '^settled ' text.txt)" = 2 ] || fail "as text: $(cat text.txt)"
python3 - <<'PY' || fail "the page does not show what --json has"
import json, re
segue, page = json.load(open("segue.json"))["segue"], open("page.html").read()
picture = re.search(r"<title>A change of music.*?</svg>", page, re.S).group(0)
dots = [float(y) for y in re.findall(r'<circle class="dot train"[^>]* cy="([^"]*)"', picture)]
top, bottom = min(dots), max(dots)
assert len(dots) >= 5 and bottom > top, dots
shown = [segue["shown"][str(t)]["right"] for t in (1, 2, 3, 5, 10, 15, 20)][: len(dots)]
assert [y == bottom for y in dots] == [share == min(shown) for share in shown], (dots, shown)
row = re.search(r"right genre shown 20 s after a change of music[^<]*</th><td>([^<]*)</td>", page)
assert float(row.group(1)) == 100 * segue["shown"]["20"]["right"], row.group(0)
PY
echo "ok: as in one file"

echo "g,made,gone.wav,,metal,,train" >> clips.csv
expect 1 'left out: .*gone.wav: No such file' "$trainer" eval "$model" clips.csv --segue
grep -q '^Segue: 2 clips' out.txt || fail "what can be read is not scored: $(cat out.txt)"
expect 1 'there is but one' "$trainer" eval "$model" clips.csv --segue --labels classical
echo "ok: mistakes get a sentence"
