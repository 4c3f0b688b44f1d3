#!/usr/bin/env bash
# Weights under PyTorch's names, and back: interchange.sh TRAINER GENRECAST MODEL
set -euo pipefail
trainer=$(realpath "$1") genrecast=$(realpath "$2") model=$(realpath "$3")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

# edit OUT 'PYTHON': weights.safetensors with its header and tensors (bytes) changed.
edit() {
    python3 - "$@" <<'PY'
import json, struct, sys
with open("weights.safetensors", "rb") as f:
    header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
    data = f.read()
metadata = header.pop("__metadata__")
tensors = {k: [v["dtype"], v["shape"], data[slice(*v["data_offsets"])]] for k, v in header.items()}
exec(sys.argv[2])
header, data = {"__metadata__": metadata}, b""
for name, (dtype, shape, raw) in tensors.items():
    header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
open(sys.argv[1], "wb").write(struct.pack("<Q", len(text)) + text + data)
PY
}
tensors() { python3 -c "
import json, struct, sys
f = open(sys.argv[1], 'rb')
h = json.loads(f.read(struct.unpack('<Q', f.read(8))[0]))
print(*sorted(k for k in h if k != '__metadata__'))" "$1"; }
weights_of() { tail -c +$((9 + $(od -An -t u8 -N 8 "$1"))) "$1"; }

# A model of 8 bits comes back as one of floats.
"$trainer" export "$model" -o weights.safetensors
"$trainer" import "$model" weights.safetensors -o floats.safetensors
model=$PWD/floats.safetensors
"$trainer" export "$model" -o weights.safetensors
case " $(tensors weights.safetensors) " in
*" memory.bias_hh_l0 memory.bias_ih_l0 memory.weight_hh_l0 memory.weight_ih_l0 "*) ;;
*) fail "the LSTM is not named as PyTorch's: $(tensors weights.safetensors)" ;;
esac
"$trainer" import "$model" weights.safetensors -o back.safetensors
weights_of "$model" > one.raw
weights_of back.safetensors > two.raw
cmp one.raw two.raw || fail "there and back, the weights are not the same"
"$genrecast" model back.safetensors | grep -q 'weights_imported_from.*weights.safetensors' ||
    fail "the model does not say where its weights are from: $("$genrecast" model back.safetensors)"
echo "ok: there and back, the weights are the same to the bit"

# The sum of PyTorch's two biases counts, wherever it stands.
edit swapped.safetensors 'a, b = "memory.bias_ih_l0", "memory.bias_hh_l0"
tensors[a], tensors[b] = tensors[b], tensors[a]'
"$trainer" import "$model" swapped.safetensors -o swapped_back.safetensors
weights_of swapped_back.safetensors | cmp - one.raw || fail "the second bias is not added"
edit counted.safetensors 'tensors["norm.num_batches_tracked"] = ["I64", [], bytes(8)]'
"$trainer" import "$model" counted.safetensors -o x.safetensors || fail "batch norm's counter is in the way"
# Other weights make another model, with a checksum of its own.
edit other.safetensors 't = tensors["memory.weight_hh_l0"]; t[2] = bytes(len(t[2]))'
"$trainer" import "$model" other.safetensors -o other_model.safetensors
"$genrecast" model other_model.safetensors > /dev/null || fail "the new model cannot be loaded"
weights_of other_model.safetensors | cmp -s - one.raw && fail "new weights are not taken over"
echo "ok: other weights make another model"

refuse() { # 'PYTHON' PATTERN...
    local code=0
    rm -f new.safetensors
    edit bad.safetensors "$1"
    shift
    "$trainer" import "$model" bad.safetensors -o new.safetensors 2> log.txt || code=$?
    [ $code = 1 ] || fail "exits with $code"
    [ ! -e new.safetensors ] || fail "a model is written all the same"
    for pattern; do
        grep -q -- "$pattern" log.txt || fail "\"$pattern\" is not in: $(cat log.txt)"
    done
}
refuse 'del tensors["memory.weight_ih_l0"], tensors["memory.bias_hh_l0"]; tensors["more"] = ["F32", [1], bytes(4)]' \
    'missing: memory.weight_ih_l0$' 'missing: memory.bias_hh_l0$' 'left over: more$' 'bad.safetensors: 3 tensors do not fit'
refuse 'tensors["a\033[1mb"] = ["F32", [1], bytes(4)]' 'left over: a.*b$'
! grep -q "$(printf '\033')" log.txt || fail "control characters reach the terminal"
refuse 't = tensors["memory.weight_hh_l0"]; t[1] = [t[1][0] * t[1][1]]' \
    'not F32 of shape (384, 96): memory.weight_hh_l0$' '1 tensor does not fit'
refuse 'import struct
t = tensors["memory.bias_ih_l0"]; t[2] = struct.pack("<f", float("nan")) + t[2][4:]' 'not a weight, in: memory.bias_ih_l0$'
refuse 't = tensors["memory.weight_hh_l0"]; t[0] = "F16"; t[2] = t[2][: len(t[2]) // 2]' 'not F32 of shape'
head -c 100 weights.safetensors > cut.safetensors
"$trainer" import "$model" cut.safetensors -o new.safetensors 2> log.txt && fail "a cut file is taken"
[ "$(wc -l < log.txt)" = 1 ] || fail "a cut file gets more than a sentence: $(cat log.txt)"
echo "ok: every tensor that does not fit is named"
