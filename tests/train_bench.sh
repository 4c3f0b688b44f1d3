#!/usr/bin/env bash
# `genrecast-train bench` from outside: train_bench.sh TRAINER
# That it has a row for each member, with the weights that it should have, and that PyTorch's step,
# where python3 has it, is the same: its loss and its gradient. Never how long either takes.
set -euo pipefail
trainer=$(realpath "$1")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

# Of each kind of layer that the script for PyTorch knows one, with options unlike its defaults.
cat > recipe.json <<'JSON'
{
  "name": "all",
  "feature": {"kind": "logmel", "rate_hz": 22050, "n_fft": 1024, "hop": 855, "mean_hops": 2, "bands": 32},
  "members": [
    {"name": "memory", "layers": [
      {"kind": "bands", "count": 30, "width": 2, "first": 1},
      {"kind": "floor", "range_db": 50, "decay_db": 0.3}, {"kind": "dct", "coefficients": 8},
      {"kind": "affine", "name": "frame"}, {"kind": "delta", "reach": 2, "name": "slope"},
      {"kind": "lstm", "units": 6, "input": ["frame", "slope"], "name": "memory"},
      {"kind": "stats", "input": ["frame", "memory"], "horizon": 20}, {"kind": "dropout", "rate": 0.5},
      {"kind": "dense", "units": 5}]},
    {"name": "picture", "layers": [
      {"kind": "affine"},
      {"kind": "conv2d", "channels": 3, "kernel_time": 3, "kernel_bands": 5, "padding": "causal"},
      {"kind": "batchnorm"}, {"kind": "relu"}, {"kind": "maxpool", "kernel_time": 2, "kernel_bands": 4},
      {"kind": "dropout", "rate": 0.5},
      {"kind": "conv2d", "channels": 4, "kernel_time": 1, "kernel_bands": 3, "stride_bands": 2}, {"kind": "tanh"},
      {"kind": "stats", "horizon": 200}, {"kind": "dense"}]}
  ],
  "train": {"batch": 32, "crop_s": 3, "loss_times_s": [1, 2, 3], "label_smoothing": 0.2}
}
JSON

echo "-- the table"
"$trainer" bench recipe.json --quick -j 1 > table || fail "exit status $?"
for member in memory picture; do
    grep -Eq "^$member +32 x [0-9]+ +frames +[0-9.]+ ms   PyTorch (-|.* ms, [0-9.]+ times ours)\$" table ||
        fail "no figure for $member: $(cat table)"
done
"$trainer" bench --quick > lstms || fail "exit status $?"
grep -Eq '^ +64 -> 128 +[0-9.]+ ms' lstms || fail "no LSTM: $(cat lstms)"

if ! command -v python3 > /dev/null; then
    echo "   (no python3: JSON is not tried)"
    exit 0
fi

has_torch=
for python in /usr/bin/python3 python3; do
    "$python" -c 'import torch' 2> /dev/null && has_torch=yes && break
done

echo "-- JSON"
"$trainer" bench recipe.json --quick -j 2 --json > steps.json
has_torch=$has_torch python3 - <<'PY'
import json, math, os

memory, picture = json.load(open("steps.json"))
assert (memory["name"], picture["name"]) == ("memory", "picture")
assert memory["weights"] == 4 * 6 * (16 + 6 + 1) + 5 * (3 * 14 + 1), memory
assert picture["weights"] == 3 * 16 + 2 * 3 + 4 * (3 * 3 + 1) + 12 * (3 * 4 * 4 + 1), picture
for step in memory, picture:
    assert step["batch"] == 32 and abs(step["frames"] - 3 * 22050 / 1710) <= 1, step
    assert step["ms"] > 0 and math.isfinite(step["loss"]) and step["gradient"] > 0, step
    if not os.environ["has_torch"]:
        print("   (no PyTorch: not compared)")
        continue
    assert step["torch_ms"] > 0, step
    for key in "loss", "gradient":
        assert math.isclose(step[key], step["torch_" + key], rel_tol=1e-3), (key, step)
PY

echo "-- wrong usage"
expect 2 'takes one RECIPE' "$trainer" bench recipe.json recipe.json
expect 1 'missing.json' "$trainer" bench missing.json
"$trainer" bench --help | grep -q usage || fail "--help"
echo "all well"
