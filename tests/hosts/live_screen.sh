#!/usr/bin/env bash
# The live screen on a terminal: what it shows, other sizes, its keys, how it leaves the terminal.
# usage: live_screen.sh GENRECAST SYNTH
genrecast=$(realpath "$1") synth=$2
command -v tmux > /dev/null || { echo "skipped: no tmux"; exit 77; }
work=$(mktemp -d)
export LC_ALL=C.UTF-8 JACK_NO_START_SERVER=1
tmux="tmux -u -f /dev/null -S $work/socket"
trap '$tmux kill-server 2> /dev/null; rm -rf "$work"' EXIT

fail() { echo "FAILED: $*" >&2; $tmux capture-pane -p >&2; exit 1; }

# shows SECONDS PATTERN: it comes to be seen.
shows() {
    for _ in $(seq $(($1 * 10))); do
        $tmux capture-pane -p | grep -Eq "$2" && return 0
        sleep 0.1
    done
    fail "no \"$2\" on the screen"
}

# types LINE: to the shell, once it is back.
types() {
    shows 8 "^ready> *$"
    $tmux send-keys "code=\$?; clear; $1" Enter
}

"$synth" classical "$work/clip.wav" --seconds 20 --rate 22050 --channels 1 || fail "no clip"
$tmux new-session -d -x 80 -y 26 "PS1='ready> ' bash --norc --noprofile" || { echo "skipped: tmux does not run here"; exit 77; }
$tmux set-option -g remain-on-exit on > /dev/null
run="$genrecast live --input $work/clip.wav --unknown-below 0"

types "$run --loop"
shows 5 "genrecast +clip.wav, 22050 Hz, 1 channel"
shows 5 "[0-9]+ % sure, for 0:0"
shows 1 "level .*-[0-9.]+ dB"
shows 1 "0 frames dropped"
for label in $("$genrecast" live --input "$work/clip.wav" --json --duration 1.5 2> /dev/null | head -n 1 |
    python3 -c 'import json, sys; print(*json.load(sys.stdin)["scores"])'); do
    shows 1 "^  ${label:0:11} .* %"
done
shows 1 "█"
$tmux send-keys r
shows 2 "all forgotten"
for size in "40 12" "20 5" "5 2" "200 50" "80 26"; do
    set -- $size
    $tmux resize-window -x $1 -y $2
    sleep 0.3
    shows 2 "[0-9]|g"
done
shows 5 "% sure"
# Where there is room for one score only, it is the leader's.
leader=$("$genrecast" file --unknown-below 0 --json "$work/clip.wav" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["genre"])')
[ "$leader" != blues ] || fail "the first label leads, so this shows nothing"
$tmux resize-window -x 60 -y 8
shows 8 "^  ${leader:0:11} .*[0-9] %"
$tmux resize-window -x 80 -y 26
$tmux send-keys q
types "echo status \$code, \$(stty -a | grep -o ' echo ')"
shows 2 "^status 0, echo"
echo "ok: shows, resizes, forgets, quits"

types "$run --loop"
shows 5 "% sure"
$tmux send-keys C-c
types "echo status \$code, \$(stty -a | grep -o ' echo ')"
shows 2 "^status 0, echo"
echo "ok: Ctrl-C gives the terminal back"

types "$run --loop"
shows 5 "% sure"
$tmux send-keys C-z
shows 2 "Stopped"
sleep 2.5
types fg
shows 3 "% sure"
$tmux send-keys q
echo "ok: may be stopped and continued"

types "LC_ALL=C $run --duration 2"
shows 5 "####"
types "TERM=dumb $run --duration 2"
shows 5 "1.[0-9] s  music"
types "$genrecast live --device nobody-has-this; echo status \$?"
shows 5 "genrecast: there is no"
shows 2 "^status 1"
echo "ok: plain terminals, and the sentence after a failure"
