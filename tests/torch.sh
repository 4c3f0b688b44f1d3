#!/usr/bin/env bash
# PyTorch computes what our layers do, from the weights that we write, and the example in FORMAT.md
# works: torch.sh DUMP TRAINER MODEL FORMAT.md
set -euo pipefail
python=
for candidate in python3 /usr/bin/python3; do
    "$candidate" -c 'import torch' 2> /dev/null && python=$candidate && break
done
[ -n "$python" ] || { echo "skipped: no python3 with torch"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" "$work/dump.safetensors"
"$python" -B "$(dirname "$0")/torch_compare.py" "$work/dump.safetensors"

"$2" export "$3" -o "$work/weights.safetensors"
sed -n '/^import json, struct, torch/,/^```/{/^```/!p}' "$4" > "$work/example.py"
echo 'print("ok: the example loads", lstm)' >> "$work/example.py"
cd "$work"
"$python" -B example.py
