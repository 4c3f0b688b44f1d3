# shellcheck shell=bash
# Read by the scripts of end-to-end tests, after they have found the files that they are given: goes
# to an empty folder of the test's own, and says what tests have in common.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit

fail() { echo "FAILED: $*" >&2; exit 1; }

# json FILE 'PYTHON': an expression over the file's content, d.
json() { python3 -c "import json,sys; d=json.load(open(sys.argv[1])); print($2)" "$1"; }

# expect CODE PATTERN COMMAND...: it ends so, and says nothing but one sentence that fits. What it
# prints is in out.txt and log.txt.
expect() {
    local want=$1 pattern=$2 code=0
    shift 2
    "$@" > out.txt 2> log.txt || code=$?
    [ $code = "$want" ] || fail "$* exits with $code instead of $want: $(cat log.txt)"
    grep -q -- "$pattern" log.txt || fail "$*: $(cat log.txt)"
    [ "$(grep -vc '^Try ' log.txt)" = 1 ] || fail "$* says more than a sentence: $(cat log.txt)"
}

# await COMMAND...: until it succeeds, for a minute at most. What then is not there the test will say.
await() {
    for _ in $(seq 6000); do
        ! "$@" || break
        sleep 0.01
    done
}

# has_epochs N [PATTERN]: log.txt tells of so many, behind the line that fits where one is wanted.
has_epochs() { [ "$(sed "${2:+1,/$2/d}" log.txt | grep -c '^epoch')" -ge "$1" ]; }
