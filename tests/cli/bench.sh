#!/usr/bin/env bash
# `genrecast bench` from outside: bench.sh GENRECAST
# That every figure is there and is one, in the table and in JSON; never how large it is.
set -euo pipefail
genrecast=$(realpath "$1")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/../shell.sh"

echo "-- the table"
"$genrecast" bench --quick > table 2> log.txt || fail "exit status $?: $(cat log.txt)"
[ ! -s log.txt ] || fail "on standard error: $(cat log.txt)"
[ "$(wc -L < table)" -le 100 ] || fail "a line is wider than 100 columns"
head -n 1 table | grep -q '^genrecast .* on .*, [0-9]* processors\{0,1\}, kernels [a-z0-9]*$' ||
    fail "the first line is $(head -n 1 table)"
for what in 'this model, all layers' 'LSTM, 64 -> 64, ' 'LSTM, 64 -> 128, .*, 8 bits' 'log-mel, ' \
    '44.1 kHz stereo (' 'one LSTM (' '1 thread ' '256, a classifier for each' '256, as a group' '64 -> 256 ' '128 bands' '64 MiB' 'resident' \
    'loading the model' 'making a classifier'; do
    # What it is, one to three numbers, a unit.
    grep -Eq -- "$(sed 's/(/\\(/' <<< "$what").* [0-9.]+ +(ns|us|ms|times|streams|GB/s|kB|MB)\$" table ||
        fail "no figure for $what in the table"
done

if ! command -v python3 > /dev/null; then
    echo "   (no python3: JSON is not tried)"
    exit 0
fi

echo "-- JSON"
"$genrecast" bench --quick --json > all.json
for part in network features pipe cores streams growth reading start; do
    "$genrecast" bench --quick --json --only $part > $part.json
done
"$genrecast" bench --quick --json --only start --only reading > two.json
python3 - <<'PY'
import json, math

def read(name):
    return json.load(open(name + ".json"))

about = {"version", "processor", "processors", "kernels"}
d = read("all")
for key in ("version", "processor", "kernels"):
    assert isinstance(d[key], str) and d[key], key
n = d["processors"]
assert isinstance(n, int) and n >= 1, n

figures = {k: v for k, v in d.items() if k not in about}
for key, value in figures.items():
    assert isinstance(value, (int, float)) and math.isfinite(value), key
    assert value > 0, f"{key} is {value}"
    assert key.endswith(("_ns", "_us", "_ms", "_kb", "_mb", "_percent", "_times_real_time",
                         "_gb_per_s", "_times_aubio")), f"{key} has no unit"

expected = {"network_step_ns", "network_step_floor_ns", "model_feature_us", "fft_1024_us",
            "fft_2048_us", "logmel_1024_us", "model_kb", "program_ms", "load_ms", "create_ms"}
for shape in ("64_64", "64_64_8_bits", "64_128", "64_128_8_bits"):
    expected |= {f"lstm_{shape}_step_ns", f"lstm_{shape}_step_floor_ns"}
for stream in ("44100_2", "48000_2", "96000_2", "22050_1", "44100_2_lstm"):
    expected |= {f"pipe_{stream}_times_real_time", f"pipe_{stream}_floor_times_real_time",
                 f"resampler_{stream}_percent"}
for units in (32, 64, 128, 256):
    for bits in ("", "_8_bits"):
        expected |= {f"growth_lstm_64_{units}{bits}_step_ns",
                     f"growth_lstm_64_{units}{bits}_step_floor_ns"}
expected |= {f"growth_logmel_1024_{bands}_us" for bands in (32, 64, 96, 128)}
expected |= {f"streams_{k}_{form}_times_real_time"
             for k in (1, 16, 256) for form in ("apart", "group")}
expected |= {f"threads_{k}_times_real_time" for k in (1, n)}
expected |= {f"read_{kib}_kib_gb_per_s" for kib in (16, 128, 512, 4096, 65536)}
missing = expected - set(figures)
assert not missing, f"missing: {missing}"
# All other kernels of this machine, for each of the shapes.
others = {k[len("lstm_64_64_step_"):-len("_ns")] for k in figures
          if k.startswith("lstm_64_64_step_") and "floor" not in k} - {"ns"}
assert d["kernels"] == "portable" or "portable" in others, others
for name in others - {""}:
    for shape in ("64_128", "64_64_8_bits", "64_128_8_bits"):
        assert f"lstm_{shape}_step_{name}_ns" in figures, (name, shape)
assert ("aubio_logmel_1024_us" in figures) == ("logmel_times_aubio" in figures)

# The parts make up the whole, and each figure belongs to one.
parts = [set(read(p)) - about for p in
         ("network", "features", "pipe", "cores", "streams", "growth", "reading", "start")]
assert set().union(*parts) == set(figures), set().union(*parts) ^ set(figures)
assert sum(map(len, parts)) == len(figures), "a figure is in two parts"
assert set(read("two")) - about == parts[-1] | parts[-2], "two parts"
PY

echo "-- another kernel"
GENRECAST_KERNELS=portable "$genrecast" bench --quick --json --only start > portable.json
[ "$(json portable.json 'd["kernels"]')" = portable ] || fail "not the kernel that was asked for"

echo "-- wrong usage"
expect 2 'no part "sound"' "$genrecast" bench --only sound
expect 2 'takes no "all"' "$genrecast" bench all
expect 1 'missing.safetensors' "$genrecast" bench --quick --model missing.safetensors
"$genrecast" bench --help | grep -q usage || fail "--help"
echo "all well"
