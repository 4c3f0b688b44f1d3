#!/usr/bin/env bash
# Weights of 8 bits: quantise.sh TRAINER SYNTH GENRECAST MODEL
#   the file is smaller, its numbers are what the format says, and it says the same of sound made
#   here, with every kernel; what cannot be rounded is refused.
set -euo pipefail
trainer=$(realpath "$1") synth=$(realpath "$2") genrecast=$(realpath "$3") model=$(realpath "$4")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
# What is refused with one sentence that says WHY: refuse STATUS WHY COMMAND...
refuse() {
    local expected=$1 why=$2 status=0
    shift 2
    "$@" > out 2> err || status=$?
    [ $status = "$expected" ] || fail "$*: exit status $status"
    grep -q -- "$why" err || fail "$*: $(cat err) does not say $why"
    [ ! -s out ] || fail "$*: something on standard output"
}

echo "audio,genre" > clips.csv
for pair in techno:electronic classical:classical metal:metal; do
    "$synth" ${pair%:*} ${pair%:*}.wav --seconds 6 --rate 22050 --seed 3
    echo "${pair%:*}.wav,${pair#*:}" >> clips.csv
done

# The model of floats that MODEL might have been rounded from: its weights, moved a little.
"$trainer" export "$model" -o weights.safetensors
python3 - <<'PY'
import array, struct
with open("weights.safetensors", "rb") as f:
    head = f.read(8)
    head += f.read(struct.unpack("<Q", head)[0])
    weights = array.array("f", f.read())
for i in range(len(weights)):
    weights[i] *= 1 + 0.002 * (i % 7 - 3)
open("weights.safetensors", "wb").write(head + weights.tobytes())
PY
"$trainer" import "$model" weights.safetensors -o floats.safetensors
model=$PWD/floats.safetensors

echo "-- rounded and compared"
"$trainer" quantise "$model" -o alone.safetensors > alone.txt
grep -q 'weights in 8 bits' alone.txt || fail "it says: $(cat alone.txt)"
! grep -q same alone.txt || fail "it compares on no clips"
"$trainer" quantise "$model" clips.csv -o eight.safetensors --json > cost.json
cmp alone.safetensors eight.safetensors || fail "the file depends on the clips"
python3 - "$model" <<'PY'
import json, os, struct, sys
cost = json.load(open("cost.json"))
assert cost["clips"] == 3 and cost["same"] == 1, cost
assert cost["before"]["accuracy"]["5"] == cost["after"]["accuracy"]["5"], cost
assert cost["bytes_after"] == os.path.getsize("eight.safetensors") < 0.4 * cost["bytes_before"]
assert 0 < cost["relative_error"] < 0.02 and cost["rounded"] < cost["weights"]

def read(path):
    data = open(path, "rb").read()
    n = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8:8 + n]), data[8 + n:]

(before, floats), (after, numbers) = read(sys.argv[1]), read("eight.safetensors")
assert after["__metadata__"]["rounded_from"] == before["__metadata__"]["checksum"]
assert after["__metadata__"]["checksum"] != before["__metadata__"]["checksum"]
n_rounded = 0
for name, tensor in after.items():
    if name == "__metadata__" or tensor["dtype"] != "I8":
        continue
    rows = tensor["shape"][0]
    assert tensor["shape"] == before[name]["shape"]
    values = struct.unpack("%db" % (tensor["data_offsets"][1] - tensor["data_offsets"][0]),
                           numbers[slice(*tensor["data_offsets"])])
    scales = struct.unpack("<%df" % rows, numbers[slice(*after[name + ".scale"]["data_offsets"])])
    exact = struct.unpack("<%df" % len(values), floats[slice(*before[name]["data_offsets"])])
    assert min(values) >= -127
    for i, value in enumerate(values):
        scale = scales[i * rows // len(values)]
        assert abs(value * scale - exact[i]) <= 0.501 * scale, (name, i)
    n_rounded += len(values)
assert n_rounded == cost["rounded"]
PY

echo "-- every kernel says the same of it"
for kernel in portable avx2 avx512 vnni neon; do
    if GENRECAST_KERNELS=$kernel "$genrecast" file --json --model eight.safetensors \
        techno.wav classical.wav metal.wav > $kernel.json 2> err; then
        python3 - portable.json $kernel.json <<'PY'
import json, sys
one, other = ([json.loads(line) for line in open(path)] for path in sys.argv[1:])
assert len(one) == len(other) == 3
for a, b in zip(one, other):
    assert a["genre"] == b["genre"], (a, b)
    for label in a["scores"]:
        assert abs(a["scores"][label] - b["scores"][label]) < 2e-3, (label, a, b)
PY
    else
        grep -q "but this machine has" err || fail "$kernel: $(cat err)"
    fi
done

echo "-- as floats again"
"$trainer" export eight.safetensors -o weights.safetensors
"$trainer" import eight.safetensors weights.safetensors -o floats.safetensors
[ "$(stat -c %s floats.safetensors)" -gt "$(($(stat -c %s eight.safetensors) * 2))" ] || fail "import keeps the old weights"
GENRECAST_KERNELS=portable "$genrecast" file --json --model floats.safetensors techno.wav > floats.json
python3 - <<'PY'
import json
a, b = (json.loads(open(name).readline()) for name in ("floats.json", "portable.json"))
assert a["scores"] != b["scores"]
for label in a["scores"]:
    assert abs(a["scores"][label] - b["scores"][label]) < 0.05, (label, a, b)
PY

echo "-- refused"
refuse 1 "8 bits already" "$trainer" quantise eight.safetensors -o again.safetensors
[ ! -e again.safetensors ] || fail "a refused model is written"
refuse 1 "nothing.safetensors" "$trainer" quantise nothing.safetensors -o again.safetensors
refuse 1 "cannot be written" "$trainer" quantise "$model" -o nowhere/at/all.safetensors
refuse 1 "nothing.csv" "$trainer" quantise "$model" nothing.csv -o again.safetensors
refuse 2 "output" "$trainer" quantise "$model"
refuse 2 "neither audio nor mel" "$trainer" quantise "$model" clips.csv -o x.safetensors --source wax
