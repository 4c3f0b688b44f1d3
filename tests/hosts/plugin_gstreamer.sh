#!/usr/bin/env bash
# A clip through GStreamer with each plugin: the elements' properties at its end are what
# `genrecast file` gives, every score to a millionth.
# usage: plugin_gstreamer.sh GENRECAST SYNTH LV2_FOLDER LADSPA_FOLDER
genrecast=$1 synth=$2
. "$(dirname "$0")/plugin.sh"
python=/usr/bin/python3 # the one that has the system's modules
need gst-inspect-1.0 $python
$python -c 'import gi; gi.require_version("Gst", "1.0")' 2> /dev/null || { echo "skipped: no GStreamer in Python"; exit 77; }
for plugin in ladspa lv2; do
    gst-inspect-1.0 $plugin > /dev/null 2>&1 || { echo "skipped: GStreamer has no $plugin"; exit 77; }
done

for style in classical techno jazz; do
    "$synth" $style "$work/clip.wav" --seconds 9 --rate 44100 || fail synth
    # With the shortest interval the last estimate in the plugin is one that `--every` shows too.
    "$genrecast" file --every 0.1 --json "$work/clip.wav" > "$work/file.json" 2> /dev/null || fail file
    for element in urn-genrecast-stereo ladspa-genrecast-ladspa-so-genrecast-stereo urn-genrecast-mono; do
        interval=interval
        [[ $element = ladspa* ]] && interval=update-interval
        timeout 60 $python "$(dirname "$0")/plugin_gstreamer.py" "$work/clip.wav" $element $interval=0.1 \
            > "$work/shown.json" 2> "$work/gstreamer.log" || fail "$element"
        $python - "$work" "$bundle/genrecast.ttl" << 'END' || fail "$element, $style"
import json, re, sys
work, ttl = sys.argv[1:]
shown = json.load(open(work + "/shown.json"))
*_, file, final = [json.loads(line) for line in open(work + "/file.json")]
genre = shown["genre"]
if isinstance(genre, int): # LADSPA knows numbers only
    names = {int(v): n for n, v in re.findall(r'rdfs:label "(\w+)" ; rdf:value (-?\d+)', open(ttl).read())}
    genre = names[genre]
said = file["genre"] or file["state"]
assert genre == said == (final["genre"] or final["state"]), (genre, file, final)
for label, score in file["scores"].items():
    got = shown.get("score-" + label, shown.get("score-of-" + label))
    assert abs(got - score) < 1.5e-6, (label, got, score)
print(f"ok: {genre}, all scores to a millionth")
END
    done
done
