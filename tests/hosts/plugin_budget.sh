#!/usr/bin/env bash
# No block of 64 frames at 48 kHz takes more instructions than its budget, whatever falls into it:
# resampling, spectrum, network, estimate, messages. Unlike time, that is the same in each run.
# usage: plugin_budget.sh BENCH_PLUGIN MOST MEAN
bench=$1 most=$2 mean=$3
command -v valgrind > /dev/null || { echo "skipped: no valgrind"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

valgrind --tool=callgrind --callgrind-out-file="$work/out" --collect-atstart=no --toggle-collect=run \
    --dump-after=run "$bench" --only 400 > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
awk -v most="$most" -v mean="$mean" '/^summary:/ { n++; sum += $2; if ($2 > top) top = $2 }
    END {
        printf "%d blocks: %d instructions at most (budget %d), %d on average (budget %d)\n",
            n, top, most, sum / n, mean
        exit !(n >= 400 && top <= most && sum / n <= mean)
    }' "$work"/out*
