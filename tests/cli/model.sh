#!/usr/bin/env bash
# `genrecast model` from outside: model.sh GENRECAST MODEL
set -euo pipefail
genrecast=$(realpath "$1") model=$(realpath "$2")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/../shell.sh"
# A model that is refused: exit status 1 and one sentence that names the file.
refuse() {
    local status=0
    timeout 20 "$genrecast" model "$1" >out 2>err || status=$?
    [ $status = 1 ] || fail "$2: exit status $status"
    [ "$(wc -l < err)" = 1 ] || fail "$2: not one sentence: $(cat err)"
    grep -q "$1" err || fail "$2: does not name the file: $(cat err)"
    [ ! -s out ] || fail "$2: something on standard output"
}

echo "-- good models"
"$genrecast" model > compiled
"$genrecast" model "$model" > read
for word in labels weights feature logmel layers lstm calibration training checksum; do
    grep -q "$word" read || fail "no $word in: $(cat read)"
done
# Memory is measured, and the path that was typed takes some.
[ "$(sed '1d; /^instance/d' compiled)" = "$(sed '1d; /^instance/d' read)" ] || fail "the compiled-in model is another one"
if command -v python3 >/dev/null; then
    "$genrecast" model --json "$model" | python3 -c '
import json, sys
d = json.load(sys.stdin)
assert d["weights"] == sum(l["weights"] for l in d["layers"]) > 0
assert len(d["labels"]) + (d["not_music"] is not None) == d["layers"][-1]["n_out"]'
fi

echo "-- cut anywhere"
size=$(stat -c %s "$model")
for n in 0 1 7 8 9 100 500 1000 $((size / 2)) $((size - 4)) $((size - 1)); do
    head -c $n "$model" > cut.safetensors
    refuse cut.safetensors "cut to $n bytes"
done
(cat "$model"; echo) > long.safetensors
refuse long.safetensors "bytes behind the end"
refuse missing.safetensors "a missing file"
mkdir folder
refuse folder "a folder"
echo "not a model" > letter
refuse letter "a letter"

echo "-- damaged"
if command -v python3 >/dev/null; then
    python3 - "$model" <<'PY'
import json, struct, sys
data = open(sys.argv[1], "rb").read()
n = struct.unpack("<Q", data[:8])[0]
header, body = json.loads(data[8:8 + n]), data[8 + n:]

def write(name, h=header, b=body, size=None):
    text = json.dumps(h).encode()
    open(name, "wb").write(struct.pack("<Q", len(text) if size is None else size) + text + b)

def changed(**metadata):
    h = json.loads(json.dumps(header))
    h["__metadata__"].pop("checksum", None)
    h["__metadata__"].update(metadata)
    return h

def tensors(change):
    h = changed()
    name = [k for k in h if k != "__metadata__"][0]
    change(h, name)
    return h

write("ok", changed())
write("bad-nan", changed(), body[:40] + struct.pack("<f", float("nan")) + body[44:])
write("bad-inf", changed(), body[:40] + struct.pack("<f", float("inf")) + body[44:])
write("bad-flip", {**header, "__metadata__": {**header["__metadata__"], "checksum": "0" * 16}})
write("bad-size", size=2 ** 63)
write("bad-type", tensors(lambda h, k: h[k].update(dtype="F64")))
write("bad-shape", tensors(lambda h, k: h[k].update(shape=[1, 1])))
write("bad-offset", tensors(lambda h, k: h[k].update(data_offsets=[0, 2 ** 40])))
write("bad-negative", tensors(lambda h, k: h[k].update(data_offsets=[-8, 8])))
write("bad-overlap", tensors(lambda h, k: h.update(twin=dict(h[k]))))
write("bad-missing", tensors(lambda h, k: h.pop(k)))
write("bad-labels", changed(labels="[]"))
write("bad-label-name", changed(labels=json.dumps(["a b"] * 11)))
write("bad-layers", changed(layers='[{"kind": "magic"}]'))
write("bad-layer-json", changed(layers="[{"))
write("bad-feature", changed(feature='{"kind": "logmel", "n_fft": 1000}'))
write("bad-hop", changed(feature='{"kind": "logmel", "hop": 0}'))
write("bad-version", changed(format_version="99"))
write("bad-metadata", {**header, "__metadata__": 5})
open("bad-json", "wb").write(struct.pack("<Q", 4) + b"nope" + body)
PY
    "$genrecast" model ok >/dev/null || fail "a model without checksum is one too"
    for file in bad-*; do
        refuse "$file" "$file"
    done
else
    echo "   (no python3: not tried)"
fi

echo "-- output that cannot be written"
if [ -e /dev/full ]; then
    full() { "$@" >/dev/full; }
    for args in model "model --json" "model --help" --help --version; do
        # shellcheck disable=SC2086
        expect 1 "cannot write the output" full "$genrecast" $args
    done
fi
"$genrecast" --help >&- 2>/dev/null && fail "nobody can read the help, and that is no error"
(trap '' PIPE; "$genrecast" model 2>err | true; [ "${PIPESTATUS[0]}" = 0 ]) || fail "a reader that left is an error"
[ ! -s err ] || fail "a reader that left: $(cat err)"

echo "-- wrong usage"
for args in "a b" "--what"; do
    status=0
    # shellcheck disable=SC2086
    "$genrecast" model $args >/dev/null 2>&1 || status=$?
    [ $status = 2 ] || fail "arguments $args: exit status $status"
done
"$genrecast" model --help | grep -q usage || fail "--help"
echo "all well"
