#!/usr/bin/env bash
# Reports of runs that are written here by hand: report.sh TRAINER
#   figures over seeds and protocols; labels that mean something in HTML; jobs that are not
#   finished or damaged; folders that are no run's.
set -euo pipefail
trainer=$(realpath "$1")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

python3 - <<'PYTHON'
import json, os
labels = ["<script>alert(1)</script>", "r&b \"x\" 'y'", "a.b", "jazz"]
def figures(right):  # four labels, ten clips each, the wrong answers all of the next label
    n = round(10 * right)
    one = {"clips": 10, "precision": right, "recall": right, "f1": right}
    return {"clips": 40, "top": {"1": right, "2": 0.9, "3": 1.0}, "interval": [right - .1, right + .1],
            "macro": {"precision": right, "recall": right, "f1": right, "f1_interval": [.3, .9]},
            "balanced_accuracy": right, "ece": 0.05,
            "reliability": [{"clips": 4, "confidence": b / 10, "accuracy": b / 10} for b in range(10)],
            "per_class": {label: one for label in labels},
            "confusion": [[n * (i == k) + (10 - n) * ((i + 1) % 4 == k) for k in range(4)] for i in range(4)]}
def evaluation(right):
    times = "1 2 3 5 10 15 20 30".split()
    return {**figures(right), "labels": labels, "multilabel": {"map": right / 2}, "songs": {**figures(right), "clips": 20},
            "accuracy": {t: right for t in times}, "lasting": {t: 40 * (int(t) <= 10) for t in times},
            "accuracy_intervals": {t: [right - .1, right + .1] for t in times}}
def job(name, report):
    os.makedirs("run/" + name)
    json.dump(report, open(f"run/{name}/report.json", "w"))
for by, rights in ("artist", (.6, .7, .8)), ("segment", (.9,)):
    for seed, right in enumerate(rights, 9):
        name = f"{by}-seed{seed}"
        job(name, {"by": by, "fold": None, "seed": seed, "weights": 7, "valid": evaluation(.1), "test": evaluation(right),
                   "training": {"best_epoch": 2}, "split": {
                       "by": by, "seed": 5, "segment_s": 3, "overlap": 0.5,
                       "counts": {"train": {"clips": 80, "songs": 80, "artists": 17, "segments": 800}},
                       "classes": {"before": {"jazz": 50, "<i>rap</i>": 30}, "after": {"jazz": 80}},
                       "warnings": ["12 songs are on <b>both</b> sides"] * (by == "segment")}})
        with open(f"run/{name}/log.csv", "w") as log:
            log.write("epoch,train_loss,train_accuracy,valid_loss,valid_accuracy\n1,2,0.1,2,0.1\n2,1,0.5,1.5,0.4\n3,0.")
os.remove("run/artist-seed11/log.csv")
# A training whose loss was never a number, and that got less far than the other.
with open("run/artist-seed10/log.csv", "w") as log:
    log.write("epoch,train_loss,train_accuracy,valid_loss,valid_accuracy\n1,nan,0.1,inf,0.1\n")
job("lists-seed1", {"by": "lists", "seed": 1, "valid": evaluation(.5), "test": None})
job("artist-seed20", {"seed": 20})
for name, text in ("artist-seed21", '{"by": '), ("artist-seed22", '[1]'):
    os.makedirs("run/" + name)
    open(f"run/{name}/report.json", "w").write(text)
os.makedirs("run/artist-seed23")
open("run/artist-seed23/log.csv", "w").write("epoch\n")
json.dump({"name": "a <b>bold</b> & \"quoted\" recipe", "published": [
    {"accuracy": "much"}, {"accuracy": .72, "split": "random by segment", "source": "Some & Others <1999>"}]}, open("run/recipe.json", "w"))
PYTHON
"$trainer" report run > out || fail "report exits with $?"
grep -q '^run/report.html$' out || fail "it does not say where the report is: $(cat out)"

grep -q 'accuracy .* 70.0 +- 10.0 ' run/report.txt || fail "mean and deviation: $(cat run/report.txt)"
[ "$(json run/report.json "d['protocols']['artist']['figures']['accuracy']")" = "{'mean': 0.7, 'deviation': 0.1, 'jobs': 3}" ] ||
    fail "mean and deviation in report.json: $(cat run/report.json)"
[ "$(json run/report.json "[d['protocols'][p]['part'] for p in ('artist', 'segment', 'lists')]")" = "['test', 'test', 'valid']" ] ||
    fail "parts: $(cat run/report.json)"
grep -q 'mean average precision  *0.350 +- 0.050' run/report.txt || fail "no mAP: $(cat run/report.txt)"
! grep -q 'all labels right' run/report.txt || fail "a figure that no job has is in the report"
grep -q 'WARNING: 12 songs' run/report.txt || fail "no warning: $(cat run/report.txt)"
grep -q 'published: 72.0 %' run/report.txt || fail "no published figure: $(cat run/report.txt)"
[ "$(json run/report.json "[j['name'] for j in d['jobs']]")" = \
    "['artist-seed9', 'artist-seed10', 'artist-seed11', 'artist-seed20', 'artist-seed21', 'artist-seed22', 'artist-seed23', 'lists-seed1', 'segment-seed9']" ] ||
    fail "jobs: $(json run/report.json "[j['name'] for j in d['jobs']]")"
for line in 'artist-seed11: log.csv is missing' 'artist-seed20: .*does not say' \
    'artist-seed21: report.json cannot be read' 'artist-seed22: .*not an object' 'artist-seed23: not finished'; do
    grep -q "^$line" run/report.txt || fail "no \"$line\" in: $(cat run/report.txt)"
done
echo "ok: figures, warnings, jobs"

# The page: well formed, complete in itself, without a script, and nothing in it means markup that
# was a name.
cat > page.py <<'PYTHON'
import re, sys
import xml.etree.ElementTree as xml
from html.parser import HTMLParser
page = open(sys.argv[1]).read()
empty, seen, texts, opened = {"meta"}, {}, [], []
class Parser(HTMLParser):
    def handle_starttag(self, tag, attributes):
        seen[tag] = seen.get(tag, 0) + 1
        for name, value in attributes:
            assert not name.startswith("on") and name not in ("src", "href", "srcset"), (tag, name, value)
        if tag not in empty:
            opened.append(tag)
    def handle_startendtag(self, tag, attributes):
        seen[tag] = seen.get(tag, 0) + 1
    def handle_endtag(self, tag):
        assert opened and opened.pop() == tag, (tag, self.getpos())
    def handle_data(self, data):
        texts.append(data)
parser = Parser()
parser.feed(page)
parser.close()
assert not opened, opened
for tag in "script", "link", "img", "iframe", "b", "i":
    assert tag not in seen, tag
assert "url(" not in page and "@import" not in page
for picture in re.findall(r"<svg.*?</svg>", page, re.S):
    xml.fromstring(picture.replace("&ndash;", "-"))
    assert not re.search(r'"[^"]*\b(nan|inf)\b[^"]*"', picture), picture
text = "".join(texts)
for name in sys.argv[2:]:
    assert name in text, name
print(seen["svg"])
PYTHON
n=$(python3 page.py run/report.html '<script>alert(1)</script>' "r&b \"x\" 'y'" 'a.b' '<i>rap</i>' \
    'a <b>bold</b> & "quoted" recipe' 'Some & Others <1999>' '12 songs are on <b>both</b> sides' \
    '70.0 ± 10.0' '4 of 9 jobs' 'accuracy (%)' 'segments of one song may be on both sides') ||
    fail "the page is not as it should be"
# Side by side; of artist and segment eight each, of lists, which has no log and no classes, four.
[ "$n" = 21 ] || fail "$n pictures"
echo "ok: one page, well formed, everything escaped"

# On a terminal neither a folder's name nor what a file says is more than text.
mkdir escape && cp -r run/lists-seed1 "escape/$(printf 'lists\033[1m-seed1')"
sed -i 's/"by": "lists"/"by": "\\u001b[1mlists"/' escape/*/report.json
"$trainer" report escape > /dev/null
grep -q 'Split by .*lists' escape/report.txt || fail "what it was split by is not told: $(cat escape/report.txt)"
! grep -q "$(printf '\033')" escape/report.* || fail "control characters reach the report"
echo "ok: no control characters"

mkdir -p empty/folder unwritable/report.html
cp -r run/lists-seed1 unwritable
expect 1 "nowhere: No such file" "$trainer" report nowhere
expect 1 "page.py: Not a directory" "$trainer" report page.py
expect 1 "empty has no job in it" "$trainer" report empty
expect 1 "report.html cannot be written" "$trainer" report unwritable
expect 2 "needs FOLDER" "$trainer" report
echo "ok: mistakes get a sentence"

# Folds: the warnings of all are one, and the parts' sizes are said to be of the first.
python3 - <<'PYTHON'
import json, os
of = json.load(open("run/segment-seed9/report.json"))
for run, folds in ("folds", (1, 2)), ("fold", (2,)):
    for fold in folds:
        split = {**of["split"], "fold": fold, "folds": 3,
                 "warnings": [f"songs are on both sides ({fold} of them; such as \"x\"): mind that"]}
        os.makedirs(f"{run}/segment-fold{fold}-seed1")
        json.dump({**of, "fold": fold, "split": split}, open(f"{run}/segment-fold{fold}-seed1/report.json", "w"))
PYTHON
"$trainer" report folds fold > /dev/null
[ "$(grep -c WARNING folds/report.txt)" = 1 ] || fail "a warning for each fold: $(cat folds/report.txt)"
grep -q 'There are 3 folds' folds/report.txt && grep -q 'The parts of fold 1:' folds/report.html &&
    grep -q 'Of 40 test segments of 20 songs' folds/report.html || fail "what the parts are of is not said"
grep -q 'This is fold 2 of 3' fold/report.txt && ! grep -q 'parts of fold' fold/report.html ||
    fail "a single fold: $(cat fold/report.txt)"
echo "ok: folds"
