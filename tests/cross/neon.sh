#!/usr/bin/env bash
# The kernels of 64-bit ARM on a machine that is none: test_math.c, cross-compiled and emulated.
# usage: neon.sh SOURCE_FOLDER
set -euo pipefail
cd "$1"
for program in aarch64-linux-gnu-gcc qemu-aarch64; do
    command -v $program >/dev/null || { echo "skipped: no $program"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
aarch64-linux-gnu-gcc -std=c11 -O2 -ffp-contract=off -static -Wall -Wextra -Wno-missing-field-initializers -Werror \
    -D_GNU_SOURCE '-DGENRE_VERSION="0"' -I tests/cross -I tests -I src tests/test_math.c tests/cross/main.c src/net/math.c src/net/panels.c src/net/rows8.c \
    src/net/kernel/*.c src/status.c src/rng.c -lm -o "$work/test_math"
said=$(qemu-aarch64 "$work/test_math") || { echo "FAILED: $said"; exit 1; }
echo "$said"
[[ $said == "neon portable kernels: "* ]] || { echo "FAILED: no kernel for NEON"; exit 1; }
