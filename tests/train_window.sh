#!/usr/bin/env bash
# Whole trainings of networks that look at a window: train_window.sh TRAINER SYNTH GENRECAST
#   a small convolutional network with batch norm learns three kinds of sound, as does a BiLSTM;
#   killed and resumed, or on another number of threads, it comes out the same to the bit;
#   "genrecast file" says of a clip what "eval" scored;
#   recipes that fit no window get a sentence.
set -euo pipefail
trainer=$(realpath "$1") synth=$(realpath "$2") genrecast=$(realpath "$3")
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

styles="techno classical metal"
echo "audio,genre,artist,split" > clips.csv
for seed in 1 2 3 4 5 6; do
    split=train
    [ $seed -le 4 ] || split=valid
    for style in $styles; do
        "$synth" $style $style$seed.wav --seconds 4 --rate 22050 --seed $seed
        echo "$style$seed.wav,$style,$style $seed,$split" >> clips.csv
    done
done
# A clip shorter than the window.
"$synth" metal short.wav --seconds 1 --rate 22050 --seed 9
echo "short.wav,metal,metal 9,train" >> clips.csv

cat > cnn.json <<'JSON'
{
  "feature": {"kind": "logmel", "rate_hz": 22050, "n_fft": 1024, "hop": 855, "mean_hops": 2, "bands": 32},
  "window_frames": 24,
  "layers": [
    {"kind": "affine"}, {"kind": "noise", "deviation": 0.1, "name": "picture"},
    {"kind": "conv2d", "channels": 4, "kernel_time": 3, "kernel_bands": 5},
    {"kind": "batchnorm"}, {"kind": "relu"},
    {"kind": "maxpool", "kernel_time": 2, "kernel_bands": 4, "name": "fine"},
    {"kind": "conv2d", "channels": 4, "kernel_time": 7, "kernel_bands": 3, "input": "picture"},
    {"kind": "elu"}, {"kind": "avgpool", "kernel_time": 2, "kernel_bands": 4, "name": "coarse"},
    {"kind": "conv2d", "channels": 8, "kernel_time": 3, "kernel_bands": 3, "input": ["fine", "coarse"]},
    {"kind": "batchnorm"}, {"kind": "relu"}, {"kind": "pool_time"},
    {"kind": "dropout", "rate": 0.1}, {"kind": "dense", "units": 3}
  ],
  "train": {"batch": 24, "epochs": 12, "learning_rate": 0.01, "weight_average": 0.5},
  "augment": {"slope_db": 2, "colour_db": 1, "stretch": 0.05, "time_masks": 1, "time_mask_frames": 4}
}
JSON
python3 - <<'PY'
import json
recipe = json.load(open("cnn.json"))
recipe["layers"] = [{"kind": "dct", "coefficients": 12}, {"kind": "affine"},
                    {"kind": "bilstm", "units": 6}, {"kind": "pool_time", "by": "attention"},
                    {"kind": "dense", "units": 3}]
recipe["train"].update(epochs=40, learning_rate=0.02)
json.dump(recipe, open("bilstm.json", "w"))
PY

"$trainer" prepare clips.csv --recipe cnn.json -o clips.safetensors
for kind in cnn bilstm; do
    "$trainer" train $kind.json clips.safetensors -o $kind.safetensors --seed 3 -j 1 > report.txt 2> log.txt
    "$trainer" eval $kind.safetensors clips.csv --split valid --json > eval.json
    [ "$(json eval.json "d['clips'] == 6 and d['accuracy']['30'] >= 0.99")" = True ] ||
        fail "$kind has not learnt: $(cat eval.json)"
done
echo "ok: a CNN and a BiLSTM learn three kinds of sound"

# The program says of each clip what it is, and says that the model is one of windows.
for style in $styles; do
    "$genrecast" file --model cnn.safetensors --json ${style}5.wav > answer.json
    [ "$(json answer.json "d['genre']")" = $style ] || fail "genrecast file: $(cat answer.json)"
done
"$genrecast" model cnn.safetensors | grep -q '^window *24 frames' || fail "model does not tell of the window"
echo "ok: genrecast file runs it"

"$trainer" train cnn.json clips.safetensors -o two.safetensors --seed 3 -j 2 > /dev/null 2> /dev/null
cmp cnn.safetensors two.safetensors || fail "two threads make another model than one"
# On a busy machine it may be done before it is killed: then once more.
for _ in 1 2 3 4 5; do
    "$trainer" train cnn.json clips.safetensors -o three.safetensors --seed 3 --restart > /dev/null 2> log.txt &
    pid=$!
    await has_epochs 3
    kill -KILL $pid 2> /dev/null || true
    wait $pid 2> /dev/null || true
    [ ! -e three.safetensors.checkpoint ] || break
done
[ -e three.safetensors.checkpoint ] || fail "no checkpoint is left: $(cat log.txt)"
"$trainer" train cnn.json clips.safetensors -o three.safetensors --seed 3 --resume > /dev/null 2> /dev/null
cmp cnn.safetensors three.safetensors || fail "the resumed run makes another model"
echo "ok: the same to the bit on any number of threads, and resumed"

refuse() { # PATTERN SED-SCRIPT
    sed "$2" cnn.json > bad.json
    ! cmp -s cnn.json bad.json || fail "\"$2\" changes nothing"
    local code=0
    "$trainer" train bad.json clips.safetensors -o x.safetensors > /dev/null 2> log.txt || code=$?
    [ $code = 1 ] || fail "$2: exits with $code: $(cat log.txt)"
    grep -q -- "$1" log.txt || fail "$2: $(cat log.txt)"
    [ "$(wc -l < log.txt)" = 1 ] || fail "$2 gets more than a sentence: $(cat log.txt)"
}
refuse 'layer "conv2d2" is not' '/window_frames/d; s/"batch": 24/"loss_times_s": [1], "batch": 24/'
refuse '"window_frames" is not a whole number' 's/"window_frames": 24/"window_frames": 1/'
refuse 'pool_time is missing' 's/{"kind": "pool_time"},//'
refuse '"crop_s"' 's/"batch": 24/"crop_s": 3, "batch": 24/'
refuse 'layer "conv2d9": of the inputs' '/"coarse"}/s/"kernel_time": 2/"kernel_time": 3/'
refuse 'layer "coarse": .* too few' '/"coarse"}/s/"kernel_time": 2/"kernel_time": 30/'
refuse 'layer "coarse": 32 bands are fewer' '/"coarse"}/s/"kernel_bands": 4/"kernel_bands": 40/'
echo "ok: mistakes get a sentence that names the layer"
