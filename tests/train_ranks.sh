#!/usr/bin/env bash
# Trainings by several processes, over MPI: train_ranks.sh TRAINER SYNTH MPI (yes or no)
#   two make the model that one makes, to the bit, with their files written and their words said once;
#   so do more of them than a batch has shards, the members of a recipe, and a run of several jobs;
#   interrupted, or with one of them killed, the rest ends too and --resume goes on;
#   mistakes get a sentence, once, wherever they are found.
set -euo pipefail
skip() { echo "$*"; exit 77; }
command -v mpirun > /dev/null || skip "mpirun is not installed"
trainer=$(realpath "$1") synth=$(realpath "$2")
[ "$3" = yes ] || skip "built without MPI"
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
# All on this machine: it takes less time to begin, and to end.
export OMPI_MCA_pml=ob1 OMPI_MCA_btl=self,vader OMPI_MCA_plm=isolated
export OMPI_MCA_odls_base_sigkill_timeout=0
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

# Quiet, as else it says in many words that something exits with another code than 0.
ranks() { # N ARGUMENT...: the trainer in N processes of a thread
    local n=$1
    shift
    timeout 60 mpirun -q --oversubscribe --bind-to none -n "$n" "$trainer" "$@"
}

echo "audio,genre,artist,split" > clips.csv
for seed in 1 2 3; do
    split=train
    [ $seed -le 2 ] || split=valid
    for style in techno classical metal; do
        "$synth" $style $style$seed.wav --seconds 3 --rate 22050 --seed $seed
        echo "$style$seed.wav,$style,$style $seed,$split" >> clips.csv
    done
done
# Three shards, of which the last is not whole; fitted layers, running statistics, noise.
cat > recipe.json <<'JSON'
{
  "feature": {"kind": "logmel", "rate_hz": 22050, "n_fft": 1024, "hop": 855, "mean_hops": 2, "bands": 32},
  "layers": [
    {"kind": "floor"}, {"kind": "dct", "coefficients": 12}, {"kind": "affine"},
    {"kind": "conv2d", "channels": 4, "kernel_time": 5, "kernel_bands": 3, "padding": "causal"},
    {"kind": "batchnorm"}, {"kind": "relu"}, {"kind": "maxpool", "kernel_time": 4, "kernel_bands": 3},
    {"kind": "dropout", "rate": 0.1}, {"kind": "lstm", "units": 6}, {"kind": "dense"}
  ],
  "train": {"batch": 40, "epochs": 8, "crop_s": 2, "loss_times_s": [1, 2],
            "learning_rate": 0.02, "weight_average": 0.5},
  "augment": {"slope_db": 2, "time_masks": 1, "time_mask_frames": 4}
}
JSON
"$trainer" prepare clips.csv --recipe recipe.json -o clips.safetensors
"$trainer" train recipe.json clips.safetensors -o one.safetensors --seed 3 > report.txt 2> log.txt

curve() { cut -d , -f 1-6 "$1.log.csv"; }
for n in 2 3; do
    ranks $n train recipe.json clips.safetensors -o two.safetensors --seed 3 > report2.txt 2> log2.txt ||
        fail "$n ranks: $(cat log2.txt)"
    cmp one.safetensors two.safetensors || fail "$n ranks make another model than one process"
    diff <(curve one.safetensors) <(curve two.safetensors) || fail "$n ranks have another loss curve"
    diff log.txt log2.txt || fail "$n ranks say something else"
    diff report.txt report2.txt || fail "$n ranks report something else"
    [ ! -e two.safetensors.checkpoint ] || fail "the checkpoint of a finished run is left"
done
sed 's/"epochs": 8/"epochs": 2/' recipe.json > short.json
"$trainer" train short.json clips.csv -o short.safetensors > /dev/null 2> log.txt
ranks 5 train short.json clips.csv -o two.safetensors > /dev/null 2> log2.txt ||
    fail "more ranks than shards: $(cat log2.txt)"
cmp short.safetensors two.safetensors || fail "with more ranks than shards the model is another"
[ "$(grep -c 'makes 3 of 5 ranks train' log2.txt)" = 1 ] || fail "idle ranks are not told of: $(cat log2.txt)"
echo "ok: the same model on any number of ranks"

python3 - <<'PY'
import json
r = json.load(open("short.json"))
plain = [r["layers"][i] for i in (0, 1, 2, 8, 9)]
r["members"] = [{"name": "picture", "layers": r.pop("layers")}, {"name": "memory", "layers": plain}]
json.dump(r, open("pair.json", "w"))
PY
"$trainer" train pair.json clips.safetensors --run whole --seeds 3,4 > summary.txt 2> log.txt
ranks 2 train pair.json clips.safetensors --run shared --seeds 3,4 > summary2.txt 2> log2.txt || fail "$(cat log2.txt)"
for seed in 3 4; do
    cmp {whole,shared}/given-seed$seed/model.safetensors || fail "in a run of two ranks the models are others"
done
diff log.txt log2.txt || fail "in a run two ranks say something else"
diff summary.txt <(sed 's/shared/whole/' summary2.txt) || fail "$(cat summary2.txt)"
ranks 2 train pair.json clips.safetensors --run shared --seeds 3,4,5 --resume > summary2.txt 2> log2.txt
[ "$(grep -c '^epoch' log2.txt)" = 4 ] || fail "jobs that are done are done again: $(cat log2.txt)"
# A teacher's choice is the first rank's, whose alone the temperatures are.
sed '1s/$/,tags/; 2,$s/$/,/; s/^\([a-z]*\)2.wav,[a-z]*,\(.*\)$/\12.wav,,\2any/' clips.csv > open.csv
python3 - <<'PY'
import json
r = json.load(open("pair.json"))
r["tags"] = {"labels": {"any": ["techno", "classical", "metal"]}}
json.dump(r, open("open.json", "w"))
PY
"$trainer" train open.json open.csv -o open.safetensors > /dev/null 2> log.txt
ranks 2 train open.json open.csv -o two.safetensors > /dev/null 2> log2.txt || fail "open clips: $(cat log2.txt)"
grep -q 'of 3 open clips got a genre' log2.txt || fail "no open clips: $(cat log2.txt)"
cmp open.safetensors two.safetensors || fail "two ranks learn otherwise from open clips"
diff log.txt log2.txt || fail "with open clips two ranks say something else"
echo "ok: members, runs of several jobs, teachers"

# rank_pid I: the process of this test's rank I.
rank_pid() {
    local ours
    ours=$(grep -lsxz "GENRECAST_TEST=$work" /proc/[0-9]*/environ) || true
    # shellcheck disable=SC2086 # several files
    grep -lsxz "OMPI_COMM_WORLD_RANK=$1" $ours /dev/null | cut -d / -f 3
}
export GENRECAST_TEST=$work
sed 's/"epochs": 8/"epochs": 40/' recipe.json > long.json
"$trainer" train long.json clips.safetensors -o long.safetensors --seed 3 > /dev/null 2> /dev/null
for blow in "KILL 1" "INT 1"; do
    set -- $blow
    ranks 2 train long.json clips.safetensors -o three.safetensors --seed 3 --restart > /dev/null 2> log.txt &
    pid=$!
    await has_epochs 3
    kill -"$1" "$(rank_pid "$2")" || fail "no rank $2: $(cat log.txt)"
    code=0
    wait $pid || code=$?
    [ $code != 0 ] && [ $code != 124 ] || fail "$blow: mpirun ends with $code: $(cat log.txt)"
    [ -z "$(rank_pid 0)$(rank_pid 1)" ] || fail "$blow: a rank is left"
    [ -e three.safetensors.checkpoint ] || fail "$blow left no checkpoint (exit $code): $(cat log.txt)"
    if [ "$1" = INT ]; then
        [ $code = 130 ] || fail "$blow: exits with $code"
        [ "$(grep -vc '^epoch' log.txt)" = 1 ] && grep -q 'interrupted in epoch .*--resume goes on' log.txt ||
            fail "$blow: $(cat log.txt)"
    fi
    ranks 2 train long.json clips.safetensors -o three.safetensors --seed 3 --resume > /dev/null 2> log.txt
    cmp long.safetensors three.safetensors || fail "after $blow the resumed run makes another model"
done
echo "ok: one that is lost ends all, and the model is the same to the bit"

sed 's/"kind": "lstm"/"kind": "gru"/' recipe.json > gru.json
expect 1 'no kind "gru"' ranks 2 train gru.json clips.safetensors -o x.safetensors
expect 1 "cannot be written" ranks 2 train recipe.json clips.safetensors -o /nowhere/x.safetensors
# On one that is not the first only.
cat > without <<'SH'
#!/bin/sh
[ "$OMPI_COMM_WORLD_RANK" = 0 ] || set -- train elsewhere.json "$@"
[ "$OMPI_COMM_WORLD_RANK" != 0 ] || set -- train recipe.json "$@"
exec "$TRAINER" "$@"
SH
chmod +x without
TRAINER=$trainer trainer=./without expect 1 "elsewhere.json" ranks 2 clips.safetensors -o x.safetensors
echo "ok: mistakes get a sentence, once"
