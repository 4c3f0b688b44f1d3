# Sourced by the tests that need a JACK server: a server of their own with the dummy driver, on
# which nothing is heard and everything arrives to the bit. Ends them with 77 where there is none.

for tool in jackd jack_lsp sndfile-jackplay oscdump; do
    command -v $tool > /dev/null || { echo "skipped: no $tool"; exit 77; }
done

export JACK_DEFAULT_SERVER=genrecast-test-$$ JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1
work=$(mktemp -d)
export HOME=$work
jack_pid=
registered=
pids=

fail() {
    echo "FAILED: $*" >&2
    for log in "$work"/*.log; do
        [ -s "$log" ] && { echo "--- $(basename "$log")"; tail -n 40 "$log" | cut -c 1-300; } >&2
    done
    exit 1
}

# A server that is killed keeps its place in JACK's list, which holds eight for the whole machine,
# until one of the same name starts: so the last one is always ended politely.
clean_up() {
    code=$?
    trap - EXIT
    for pid in $pids; do kill -TERM $pid 2> /dev/null; done # timeout passes it on
    if [ -n "$registered" ] && [ -z "$jack_pid" ]; then
        run_jack 48000
        wait_for 5 timeout 2 jack_lsp
    fi
    if [ -n "$jack_pid" ]; then
        kill -CONT $jack_pid 2> /dev/null
        kill -TERM $jack_pid 2> /dev/null
        wait_for 5 sh -c "! kill -0 $jack_pid" || kill -KILL $jack_pid
    fi
    wait 2> /dev/null
    rm -rf "$work" /dev/shm/jack*"$JACK_DEFAULT_SERVER"*
    exit $code
}
trap clean_up EXIT
trap 'exit 1' INT TERM

run_jack() {
    jackd -n "$JACK_DEFAULT_SERVER" -r -d dummy -r "$1" -p 512 > "$work/jackd.log" 2>&1 &
    jack_pid=$!
}

# start_jack RATE: returns once it answers.
start_jack() {
    run_jack "$1"
    wait_for 20 answers_or_ended || fail "jackd does not answer"
    kill -0 $jack_pid 2> /dev/null || { cat "$work/jackd.log"; echo "skipped: jackd does not run here"; exit 77; }
    registered=yes
}

answers_or_ended() {
    timeout 2 jack_lsp || ! kill -0 $jack_pid
}

kill_jack() {
    kill -KILL $jack_pid
    wait $jack_pid 2> /dev/null
    jack_pid=
}

stop_jack() {
    kill -TERM $jack_pid
    wait_for 5 sh -c "! kill -0 $jack_pid" || kill -KILL $jack_pid
    wait $jack_pid 2> /dev/null
    jack_pid=
    registered=
}

# wait_for SECONDS COMMAND...: until it succeeds; false if it never does. The command must end.
wait_for() {
    local end=$((SECONDS + $1 + 1)) # whole seconds
    shift
    while ! "$@" > /dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

# JACK's own tools wait for the server's word as long as it takes, so each gets two seconds.
# has_port NAME: whether a port is there whose name begins so.
has_port() {
    timeout 2 jack_lsp | grep -q "^$1"
}

# connect FROM TO: whether one port leads to the other, which this brings about.
connect() {
    timeout 2 jack_connect "$1" "$2"
    timeout 2 jack_lsp -c "$1" | grep -qx " *$2"
}

# free_port: a UDP port that nobody has at present.
free_port() {
    python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 0)); print(s.getsockname()[1])'
}
