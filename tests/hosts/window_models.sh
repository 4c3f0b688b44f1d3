# Sourced by tests of models that look at windows: trains a small convolutional and a small
# bidirectional network on synthesised sound, in seconds, as $work/cnn.safetensors and
# $work/bilstm.safetensors. $trainer and $synth are set, `fail` is there.

window_styles="techno classical metal"

train_windows() {
    echo "audio,genre,artist,split" > "$work/clips.csv"
    for style in $window_styles; do
        for seed in 1 2 3 4 5; do
            split=train
            [ $seed -le 4 ] || split=valid
            "$synth" $style "$work/$style$seed.wav" --seconds 6 --rate 22050 --seed $seed || fail synth
            echo "$style$seed.wav,$style,$style $seed,$split" >> "$work/clips.csv"
        done
    done
    cat > "$work/cnn.json" <<'JSON'
{
  "feature": {"kind": "logmel", "rate_hz": 22050, "n_fft": 1024, "hop": 855, "mean_hops": 2, "bands": 32},
  "window_frames": 32,
  "layers": [
    {"kind": "affine"},
    {"kind": "conv2d", "channels": 6, "kernel_time": 3, "kernel_bands": 5}, {"kind": "batchnorm"},
    {"kind": "relu"}, {"kind": "maxpool", "kernel_time": 2, "kernel_bands": 4},
    {"kind": "pool_time"}, {"kind": "dense", "units": 3}
  ],
  "train": {"batch": 16, "epochs": 15, "learning_rate": 0.01, "weight_average": 0.5},
  "augment": {"gain_db": 6, "slope_db": 2, "stretch": 0.05}
}
JSON
    python3 - "$work" <<'PY' || fail "no recipe"
import json, sys
recipe = json.load(open(sys.argv[1] + "/cnn.json"))
recipe["layers"] = [{"kind": "dct", "coefficients": 12}, {"kind": "affine"},
                    {"kind": "bilstm", "units": 6}, {"kind": "pool_time", "by": "attention"},
                    {"kind": "dense", "units": 3}]
recipe["train"].update(epochs=40, learning_rate=0.02)
json.dump(recipe, open(sys.argv[1] + "/bilstm.json", "w"))
PY
    "$trainer" prepare "$work/clips.csv" --recipe "$work/cnn.json" -o "$work/clips.safetensors" \
        > "$work/prepare.log" 2>&1 || fail prepare
    for kind in cnn bilstm; do
        "$trainer" train "$work/$kind.json" "$work/clips.safetensors" -o "$work/$kind.safetensors" \
            --seed 3 > "$work/train.log" 2>&1 || fail "training the $kind"
    done
}
