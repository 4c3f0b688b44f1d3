#!/usr/bin/env bash
# `genrecast file --resume`, which goes on where it was ended: resume.sh GENRECAST SYNTH
set -euo pipefail
genrecast=$(realpath "$1") synth=$(realpath "$2")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/../shell.sh"

# resume CODE SUMMARY ARGUMENT...: a run that exits so, and ends with this sentence.
resume() {
    local want=$1 summary=$2 code=0
    shift 2
    timeout 120 "$genrecast" file --resume "$@" > out.txt 2> log.txt < /dev/null || code=$?
    [ $code = "$want" ] || fail "--resume $* exits with $code instead of $want: $(cat log.txt)"
    [ ! -s out.txt ] || fail "--resume $* prints its answers: $(cat out.txt)"
    [ "$(tail -n 1 log.txt)" = "genrecast: $summary" ] || fail "--resume $*: $(cat log.txt)"
}
# once FILE EXPECTED: its lines are those of another file, in any order.
once() { cmp <(sort "$1") <(sort "$2") || fail "$1 has not each file once, as in $2"; }

mkdir -p music/more
for style in techno jazz classical; do "$synth" $style music/$style.wav --seconds 3; done
cp music/jazz.wav music/more/$'odd \xfe.wav'
cp music/techno.wav music/more/$'odd \xff.wav' # as UTF-8 the same name
head -c 100000 music/jazz.wav > music/cut.wav
echo "not a song" > music/letter.wav

echo "-- a line for each file, and each file once"
resume 1 "all.jsonl: 6 done, 0 skipped, 1 failed" all.jsonl music
[ "$(grep -c "letter.wav: " log.txt)" = 1 ] || fail "no word about the letter: $(cat log.txt)"
cp all.jsonl before.jsonl
resume 1 "all.jsonl: 0 done, 7 skipped, 1 failed" all.jsonl music music/jazz.wav
cmp all.jsonl before.jsonl || fail "what was done is done again"
resume 1 "one.jsonl: 6 done, 0 skipped, 1 failed" one.jsonl -j 1 --json music
once one.jsonl all.jsonl
"$genrecast" file --json music > plain.jsonl 2> log.txt && fail "a letter is music"
python3 - all.jsonl plain.jsonl <<'EOF'
import json, os, sys
def read(path): return [json.loads(line) for line in open(path, encoding="utf-8")]
key = lambda d: (d["path"], d["scores"]["jazz"])
for resumed, plain in zip(sorted(read(sys.argv[1]), key=key), sorted(read(sys.argv[2]), key=key)):
    assert ("error" in resumed) == ("cut" in resumed["path"]), resumed
    assert ("path_hex" in resumed) == ("odd" in resumed["path"]), resumed
    name = bytes.fromhex(resumed["path_hex"]) if "path_hex" in resumed else resumed["path"]
    about = os.stat(name)
    assert (resumed["bytes"], resumed["modified_s"]) == (about.st_size, int(about.st_mtime)), resumed
    assert {k: resumed[k] for k in plain} == plain, (resumed, plain)
EOF

echo "-- what has changed is done again, and what is new"
touch -d '2001-02-03' music/jazz.wav
"$synth" techno music/techno.wav --seconds 4
"$synth" hiphop music/more/new.wav --seconds 3
resume 1 "all.jsonl: 3 done, 4 skipped, 1 failed" all.jsonl music
head -n 6 all.jsonl | cmp - before.jsonl || fail "older lines were touched"
for name in jazz.wav techno.wav more/new.wav; do
    tail -n 3 all.jsonl | grep -q "\"path\":\"music/$name\"" || fail "$name is not done again"
done
touch -r music/classical.wav music/jazz.wav # as old as another: not what its last line says
resume 1 "all.jsonl: 1 done, 6 skipped, 1 failed" all.jsonl music

echo "-- lines that were printed count by their path, if that is UTF-8"
resume 1 "plain.jsonl: 3 done, 4 skipped, 1 failed" plain.jsonl music

echo "-- lines that are cut off"
rm music/letter.wav music/cut.wav
resume 0 "whole.jsonl: 6 done, 0 skipped, 0 failed" whole.jsonl --every 1 music
[ "$(wc -l < whole.jsonl)" -ge 18 ] || fail "--every 1 gave too few lines"
size=$(stat -c %s whole.jsonl)
# Within the last line, behind the line before, and after a power cut that left zeros.
for keep in $((size - 1)) $((size - 300)) \
    $((size - $(tail -n 1 whole.jsonl | wc -c))) $((size - $(tail -n 1 whole.jsonl | wc -c) + 1)); do
    for tail in /dev/null <(head -c 4000 /dev/zero); do
        cat <(head -c "$keep" whole.jsonl) "$tail" > torn.jsonl
        resume 0 "torn.jsonl: 1 done, 5 skipped, 0 failed" torn.jsonl --every 1 music
        grep -q "was incomplete and has been cut off" log.txt || fail "no warning: $(cat log.txt)"
        once torn.jsonl whole.jsonl
    done
done

echo "-- killed again and again"
mkdir many
for i in $(seq 300); do ln music/jazz.wav many/"$i".wav; done
resume 0 "many.jsonl: 300 done, 0 skipped, 0 failed" many.jsonl many
# killed_by SIGNAL: a run ended after the file has grown. Fails where it was ready before.
killed_by() {
    local lines pid
    lines=$(wc -l < killed.jsonl) status=0
    "$genrecast" file --resume killed.jsonl -j 2 many 2> log.txt & pid=$!
    while kill -0 $pid 2>/dev/null && [ "$(wc -l < killed.jsonl)" -lt $((lines + 1 + RANDOM % 3)) ]; do
        sleep 0.01
    done
    kill -"$1" $pid 2>/dev/null || true
    wait $pid || status=$?
    [ $status != 0 ]
}
n_kills=0
: > killed.jsonl
while [ $n_kills -lt 12 ] && killed_by KILL 2>/dev/null; do n_kills=$((n_kills + 1)); done
[ $n_kills -ge 2 ] || fail "it was too fast to be killed"
"$genrecast" file --resume killed.jsonl many 2> log.txt || fail "$(cat log.txt)"
once killed.jsonl many.jsonl

echo "-- interrupted"
: > killed.jsonl
for signal in INT TERM; do
    # A background job of a script has Ctrl-C ignored, unless it has job control.
    set -m
    killed_by $signal || fail "it was too fast to be interrupted"
    set +m
    [ $status = $((128 + $(kill -l $signal))) ] || fail "exit status $status after $signal"
    grep -q "interrupted after" log.txt || fail "not a word about $signal: $(cat log.txt)"
    n=$(wc -l < killed.jsonl)
    [ "$(grep -c '"final":true.*}$' killed.jsonl)" = "$n" ] || fail "an incomplete line"
    tail -n 1 log.txt | grep -q " 0 failed, $((300 - n)) left: the same command goes on" ||
        fail "it does not say what is left of 300 after $n: $(cat log.txt)"
done
resume 0 "killed.jsonl: $((300 - n)) done, $n skipped, 0 failed" killed.jsonl many
once killed.jsonl many.jsonl

echo "-- a full disk"
(
    trap '' XFSZ
    ulimit -f 1
    ! "$genrecast" file --resume full.jsonl many 2> /dev/null
) || fail "a full disk is no failure"
[ "$(stat -c %s full.jsonl)" -gt 0 ] || fail "nothing was written before the disk was full"
[ "$(tail -c 1 full.jsonl | od -An -c | tr -d ' ')" = '\n' ] || fail "an incomplete line"
"$genrecast" file --resume full.jsonl many 2> log.txt || fail "$(cat log.txt)"
once full.jsonl many.jsonl

echo "-- standard error is closed, or all three"
mkdir mixed
cp music/jazz.wav mixed
echo "not a song" > mixed/letter.wav
for closed in "2>&-" "<&- >&- 2>&-"; do
    : > closed.jsonl
    code=0
    eval "\"\$genrecast\" file --resume closed.jsonl mixed $closed" || code=$?
    [ $code = 1 ] || fail "with $closed a letter is music: exit status $code"
    [ -s closed.jsonl ] || fail "with $closed there are no results"
    ! grep -v '^{.*"final":true.*}$' closed.jsonl || fail "with $closed complaints land in the results"
done

echo "-- thousands of lines"
python3 - > large.jsonl <<'EOF'
import json
for i in range(5000): print(json.dumps({"path": f"gone/{i}.wav", "final": True}))
for i in range(1, 281): print(json.dumps({"path": f"many/{i}.wav", "final": True}))
EOF
resume 0 "large.jsonl: 20 done, 280 skipped, 0 failed" large.jsonl many

echo "-- files that are none of ours stay as they are"
refused() {
    local file=$1 pattern=$2
    shift 2
    cp "$file" copy
    expect 1 "$pattern" "$genrecast" file --resume "$file" "$@" music
    cmp "$file" copy || fail "$file was changed"
}
echo '{"path": 3, "final": true}' > other.jsonl
printf '{"name":"minified"}' > other.json
printf 'a,b\n{"path":' > other.csv
for file in music/jazz.wav other.jsonl other.json other.csv; do
    refused $file "is not from \"genrecast file --json\""
done
refused whole.jsonl "another model or other options" --hold 2
# Models without a checksum, of other weights, and with another output.
python3 - <<'EOF'
import json, struct
def write(name, bias, **more):
    header = json.dumps({"__metadata__": {
        "format": "genrecast", "format_version": "1", "causal": "true",
        "feature": '{"kind": "logmel", "bands": 4}', "layers": '[{"kind": "dense", "units": 2}]',
        "labels": '["speech", "music"]', **more},
        "dense0.weight": {"dtype": "F32", "shape": [2, 4], "data_offsets": [0, 32]},
        "dense0.bias": {"dtype": "F32", "shape": [2], "data_offsets": [32, 40]}}).encode()
    with open(name, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header + struct.pack("<10f", *[0] * 9, bias))
write("one.model", 1)
write("two.model", 2)
write("free.model", 1, output="sigmoid")
EOF
resume 0 "mine.jsonl: 1 done, 0 skipped, 0 failed" mine.jsonl --model one.model music/jazz.wav
resume 0 "mine.jsonl: 0 done, 1 skipped, 0 failed" mine.jsonl --model one.model music/jazz.wav
for other in two free; do
    refused mine.jsonl "another model or other options" --model $other.model
done
expect 1 "Is a directory" "$genrecast" file --resume music music
expect 1 "not a regular file" "$genrecast" file --resume /dev/null music
expect 1 "another run is writing" \
    flock whole.jsonl "$genrecast" file --resume whole.jsonl --every 1 music
expect 2 "goes without --csv" "$genrecast" file --resume new.jsonl --csv music
[ ! -e new.jsonl ] || fail "a wrong command line makes a file"
echo "all well"
