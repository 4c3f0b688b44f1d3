# Sourced by the tests of plugins in hosts, after $genrecast, $3 and $4 (the built plugins' folders)
# are set. $work is a scratch folder, made here where there is none yet.

export LV2_PATH=$3:/usr/local/lib/lv2:/usr/lib/lv2 LADSPA_PATH=$4
bundle=$3/genrecast.lv2

if [ -z "${work:-}" ]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    export HOME=$work
    fail() {
        echo "FAILED: $*" >&2
        for log in "$work"/*.log; do
            [ -s "$log" ] && { echo "--- $(basename "$log")"; tail -n 40 "$log" | cut -c 1-300; } >&2
        done
        exit 1
    }
fi

need() {
    for tool in "$@"; do
        command -v "$tool" > /dev/null || { echo "skipped: no $tool"; exit 77; }
    done
}

# file_genre CLIP [OPTION]...: what `genrecast file` says.
file_genre() {
    "$genrecast" file --json "$@" 2> /dev/null |
        python3 -c 'import json, sys; e = json.load(sys.stdin); print(e["genre"] or e["state"])'
}

# genre_name NUMBER: the name of a value of the genre port, as the plugin's description gives it.
genre_name() {
    awk -v wanted="$1" '/rdfs:label "/ && /rdf:value/ {
        split($0, part, "\""); sub(/.*rdf:value /, ""); sub(/ .*/, "")
        if ($0 + 0 == wanted + 0) { print part[2]; exit } }' "$bundle/genrecast.ttl"
}
