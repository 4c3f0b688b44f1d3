#!/usr/bin/env bash
# What cannot work gets one sentence and an exit status, at once. Needs no audio server.
# usage: live_bad.sh GENRECAST SYNTH
genrecast=$1 synth=$2
work=$(mktemp -d)
holder=
trap '[ -z "$holder" ] || kill $holder; rm -rf "$work"' EXIT
export JACK_NO_START_SERVER=1 JACK_DEFAULT_SERVER=genrecast-none-$$ HOME=$work

fail() { echo "FAILED: $*" >&2; exit 1; }

# refuses CODE PATTERN ARGUMENT...: exits with CODE, says PATTERN on standard error in one line (a
# usage error adds one that names --help), and nothing on standard output.
refuses() {
    code=$1 pattern=$2
    shift 2
    timeout 10 "$genrecast" "$@" > "$work/out" 2> "$work/err" < /dev/null
    got=$?
    [ $got = $code ] || fail "$*: exit status $got, not $code: $(cat "$work/err")"
    [ "$(wc -l < "$work/err")" = $code ] || fail "$*: not one sentence: $(cat "$work/err")"
    head -n 1 "$work/err" | grep -Eq "$pattern" || fail "$*: says $(cat "$work/err")"
    [ ! -s "$work/out" ] || fail "$*: writes to standard output"
    echo "ok: $* -> $(head -n 1 "$work/err")"
}

"$synth" tone "$work/tone.wav" --seconds 2 --rate 22050 --channels 1 || fail "no clip"
head -c 20000 "$work/tone.wav" > "$work/cut.wav"
echo "no sound at all" > "$work/text.wav"
: > "$work/empty.wav"

refuses 1 "no (audio )?input" live --device "a device that nobody has"
refuses 2 "rate" live --rate 7999
refuses 2 "rate" live --rate fast
refuses 2 "channels" live --channels 0
refuses 2 "channels" live --channels 1.5
refuses 2 "interval" live --interval nan
refuses 2 "interval" live --interval 0
refuses 2 "smoothing" live --smoothing -1
refuses 2 "hold" live --hold 61
refuses 2 "unknown-below" live --unknown-below 2
refuses 2 "silence" live --silence 3
refuses 2 "duration" live --duration -1
refuses 2 "option" live --no-such-option
refuses 2 "requires an argument" live --device
refuses 2 "genrecast file" live song.mp3
refuses 2 "input" live --input "$work/tone.wav" --rate 48000
refuses 2 "loop" live --loop
refuses 2 "osc-prefix is for --osc" live --input "$work/tone.wav" --osc-prefix /band
refuses 2 "takes no" devices all
refuses 1 "model" live --model "$work/tone.wav"
refuses 1 "No such file" live --model "$work/nothing"
refuses 1 "No such file" live --input "$work/nothing.wav"
refuses 1 "empty" live --input "$work/empty.wav"
refuses 1 "not a sound file" live --input "$work/text.wav"
refuses 1 "folder" live --input "$work"

if "$genrecast" live --help | grep -q -- --osc; then
    refuses 1 "not known" live --osc osc.udp://no.such.host.invalid:9000
    refuses 1 "OSC address" live --osc 127.0.0.1
    refuses 1 "OSC address" live --osc gopher://127.0.0.1:70
    refuses 1 "OSC prefix" live --osc 127.0.0.1:9 --osc-prefix genre
    refuses 1 "port" live --osc-listen 65536
    refuses 1 "port" live --osc-listen here
    python3 -c '
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 0))
print(s.getsockname()[1], flush=True)
time.sleep(60)' > "$work/port" &
    holder=$!
    for _ in $(seq 50); do [ -s "$work/port" ] && break; sleep 0.1; done
    refuses 1 "in use" live --osc-listen "$(cat "$work/port")"
fi

# A file that breaks off: what there was is answered, then the sentence.
timeout 20 "$genrecast" live --input "$work/cut.wav" --json > "$work/out" 2> "$work/err"
[ $? = 1 ] || fail "a cut file: exit status"
grep -q "cut off\|damaged" "$work/err" || fail "a cut file: $(cat "$work/err")"

# The whole program without any device: a file in real time, as JSON and as lines.
timeout 20 "$genrecast" live --input "$work/tone.wav" --json --unknown-below 0 > "$work/out" 2> "$work/err" ||
    fail "playing a file: $(cat "$work/err")"
python3 - "$work/out" <<'EOF' || fail "JSON of a file: $(cat "$work/out")"
import json, sys
updates = [json.loads(line) for line in open(sys.argv[1])]
assert [u["final"] for u in updates] == [False] * (len(updates) - 1) + [True]
assert updates[0]["time_s"] <= 1.5, "first answer"
assert abs(updates[-1]["time_s"] - 2) < 0.1, updates[-1]["time_s"]
EOF
# Each line tells whether it is the last: that after a reset too, and where the time is over first.
if "$genrecast" live --help | grep -q -- --osc; then
    python3 - "$genrecast" "$work/tone.wav" <<'EOF' || fail "\"final\" after a reset or --duration"
import json, socket, subprocess, sys
asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asking.bind(("127.0.0.1", 0))
port = asking.getsockname()[1]
asking.close()
p = subprocess.Popen([sys.argv[1], "live", "--input", sys.argv[2], "--loop", "--json", "--duration", "3",
                      "--osc-listen", f"127.0.0.1:{port}"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
lines = [p.stdout.readline()]
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"/genre/reset\0\0\0\0,\0\0\0", ("127.0.0.1", port))
updates = [json.loads(line) for line in lines + p.stdout.readlines()]
assert p.wait(5) == 0, p.returncode
assert [u for u in updates if u["level_db"] == -120], "no reset"
assert [u["final"] for u in updates] == [False] * (len(updates) - 1) + [True], updates
EOF
fi
lines=$(timeout 20 "$genrecast" live --input "$work/tone.wav" --loop --duration 3 --interval 0.5 2> /dev/null | wc -l)
[ "$lines" -ge 4 ] || fail "$lines lines in 3 s"

# A genre that no longer plays does not come back, not even as the last word; `genrecast file` gives
# the answer for what there was.
"$synth" classical "$work/music.wav" --seconds 2 --rate 22050 --channels 1 || fail "no clip"
python3 - "$work/music.wav" "$work/fades.wav" <<'EOF' || fail "no clip"
import sys, wave
with wave.open(sys.argv[1]) as music, wave.open(sys.argv[2], "w") as fades:
    fades.setparams(music.getparams())
    fades.writeframes(music.readframes(music.getnframes()) + bytes(2 * 22050 * 2))
EOF
last=$(timeout 20 "$genrecast" live --input "$work/fades.wav" --json --unknown-below 0 2> /dev/null | tail -n 1)
case $last in *'"state":"silence"'*'"final":true'*) ;; *) fail "after silence, live ends with $last" ;; esac
last=$("$genrecast" file --json --unknown-below 0 "$work/fades.wav")
case $last in *'"state":"music"'*) ;; *) fail "after silence, file ends with $last" ;; esac

# What is over before the first answer is not silence.
"$synth" techno "$work/half.wav" --seconds 0.5 --rate 22050 --channels 1 || fail "no clip"
lines=$(timeout 20 "$genrecast" live --input "$work/half.wav" --plain 2> /dev/null)
case $lines in *" unknown "* | *" music "*) ;; *) fail "half a second of music is $lines" ;; esac
"$synth" silence "$work/still.wav" --seconds 0.5 --rate 22050 --channels 1 || fail "no clip"
lines=$(timeout 20 "$genrecast" live --input "$work/still.wav" --plain 2> /dev/null)
case $lines in *" silence "*) ;; *) fail "half a second of silence is $lines" ;; esac

# A reader that leaves ends the program, quietly and at once.
begin=$(date +%s%N)
timeout 20 "$genrecast" live --input "$work/tone.wav" --loop 2> "$work/err" | head -n 1 > "$work/out"
[ "${PIPESTATUS[0]}" = 0 ] || fail "| head: exit status"
[ $((($(date +%s%N) - begin) / 1000000)) -lt 3000 ] || fail "| head: took long"
[ "$(wc -l < "$work/err")" = 1 ] || fail "| head: $(cat "$work/err")"

# A full disk ends it, too, and is told.
if [ -e /dev/full ]; then
    timeout 20 "$genrecast" live --input "$work/tone.wav" --loop --json 2> "$work/err" > /dev/full
    [ $? = 1 ] || fail "a full disk: exit status"
    [ "$(grep -c "cannot write the output: No space left" "$work/err")" = 1 ] ||
        fail "a full disk: $(cat "$work/err")"
fi

# A reader that stalls, or Ctrl-S, costs lines: OSC goes on, no sound is lost, and Ctrl-C ends it.
python3 - "$genrecast" "$work/tone.wav" <<'EOF' || fail "a reader that stalls"
import fcntl, os, pty, re, signal, socket, subprocess, sys, time
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 0))
receiver.setblocking(False)
with_osc = b"--osc-listen" in subprocess.run([sys.argv[1], "live", "--help"], stdout=subprocess.PIPE).stdout

def received():
    n = 0
    try:
        while receiver.recv(4096):
            n += 1
    except BlockingIOError:
        return n

def start(stdout, *options):
    command = [sys.argv[1], "live", "--input", sys.argv[2], "--loop", "--duration", "30", "--interval", "0.1",
               *options]
    if with_osc:
        command += ["--osc", f"127.0.0.1:{receiver.getsockname()[1]}"]
    return subprocess.Popen(command, stdout=stdout, stdin=stdout, stderr=subprocess.PIPE, text=True,
                            env={**os.environ, "TERM": "xterm"})

def end(p):
    time.sleep(2)
    received()
    time.sleep(1)
    assert not with_osc or received() >= 5, "OSC stops"
    begin = time.monotonic()
    p.send_signal(signal.SIGINT)
    said = p.communicate(timeout=5)[1]
    assert p.returncode == 0, p.returncode
    assert time.monotonic() - begin < 1, "took long"
    return said

r, w = os.pipe()
fcntl.fcntl(w, 1031, 4096)  # F_SETPIPE_SZ
said = end(start(w, "--json"))
assert said.count("lines are dropped until it is") == 1 and "overload" not in said, said
assert int(re.search(r"(\d+) lines were dropped", said).group(1)) > 10, said
os.close(w)
assert os.read(r, 8192).endswith(b"}\n"), "a part of a line"

terminal, w = pty.openpty()
p = start(w)
time.sleep(1)
os.write(terminal, b"\x13")  # Ctrl-S
time.sleep(2)
received()
time.sleep(1)
assert not with_osc or received() >= 5, "OSC stops at Ctrl-S"
os.write(terminal, b"\x11")
p.send_signal(signal.SIGINT)
assert p.wait(5) == 0, p.returncode
EOF

# What was ignored when it was started stays so, as nohup and the shell's "&" want it.
for signal in HUP INT; do
    rm "$work/err"
    (trap '' $signal; exec "$genrecast" live --input "$work/tone.wav" > "$work/out" 2> "$work/err") &
    pid=$!
    for _ in $(seq 100); do [ ! -s "$work/err" ] || break; sleep 0.1; done
    kill -$signal $pid
    wait $pid || fail "started with $signal ignored: exit status $?"
    tail -n 1 "$work/out" | grep -Eq " (1.9|2.0) s" || fail "started with $signal ignored, it ends at $signal"
done
echo "ok: files, readers that leave or stall, Ctrl-C, nohup"
