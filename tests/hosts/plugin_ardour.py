"""Files for plugin_ardour.sh.
  clip SESSION CLIP    puts a stereo clip at the start of track t1 of a session just made
  model IN OUT LABEL   copies a model file, with another name for one label
  preset DIR MODEL     an LV2 preset that names a model"""
import array
import json
import os
import re
import struct
import sys
import wave

TICKS_PER_SECOND = 282240000  # of Ardour's clock


def put_clip(session, clip):
    with wave.open(clip) as w:
        rate, n_frames = w.getframerate(), w.getnframes()
        samples = array.array("h", w.readframes(n_frames))
    folder = f"{session}/interchange/{os.path.basename(session)}/audiofiles"
    sources = ""
    for channel, side in enumerate("LR"):
        with wave.open(f"{folder}/clip%{side}.wav", "wb") as w:
            w.setparams((1, 2, rate, 0, "NONE", ""))
            w.writeframes(samples[channel::2].tobytes())
        sources += (f'<Source name="clip%{side}.wav" take-id="" type="audio" flags="" id="9000{channel}" '
                    'natural-position="a0" channel="0" origin="" gain="1"/>')
    end = n_frames * TICKS_PER_SECOND // rate
    region = (f'<Region name="clip" opaque="1" whole-file="%d" start="a0" length="a{end}@a0" '
              f'sync-position="a0" ancestral-start="a0" ancestral-length="a{end}@a0" stretch="1" shift="1" '
              'layering-index="0" scale-amplitude="1" id="%d" type="audio" first-edit="nothing" '
              'source-0="90000" source-1="90001" master-source-0="90000" master-source-1="90001" '
              'channels="2"/>')
    with open(session + "/s.ardour") as f:
        text = f.read()
    text = text.replace("<Sources/>", f"<Sources>{sources}</Sources>")
    text = text.replace("<Regions/>", f"<Regions>{region % (1, 90002)}</Regions>")
    text = text.replace("<Locations/>", '<Locations><Location id="90004" name="session" start="a0" '
                        f'end="a{end}" flags="IsSessionRange" locked="0" timestamp="0"/></Locations>')
    text, n = re.subn(r"(<Playlist [^>]*)/>", rf"\1>{region % (0, 90003)}</Playlist>", text, count=1)
    assert n == 1, "no playlist"
    text = re.sub(r'id-counter="\d+"', 'id-counter="90100"', text)
    with open(session + "/s.ardour", "w") as f:
        f.write(text)


def rename_label(model, copy, label):
    with open(model, "rb") as f:
        data = f.read()
    size, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + size])
    metadata = header["__metadata__"]
    metadata["labels"] = metadata["labels"].replace(f'"{label}"', f'"{label}-of-my-own"')
    metadata.pop("checksum", None)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(copy, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data[8 + size:])


def write_preset(folder, model):
    os.makedirs(folder)
    with open(folder + "/manifest.ttl", "w") as f:
        f.write("@prefix pset: <http://lv2plug.in/ns/ext/presets#> .\n"
                "@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n"
                "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
                "<urn:genrecast-test:mine> a pset:Preset ; lv2:appliesTo <urn:genrecast:stereo> ;\n"
                "    rdfs:seeAlso <mine.ttl> .\n")
    with open(folder + "/mine.ttl", "w") as f:
        f.write("@prefix pset: <http://lv2plug.in/ns/ext/presets#> .\n"
                "@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n"
                "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
                "@prefix state: <http://lv2plug.in/ns/ext/state#> .\n"
                "<urn:genrecast-test:mine> a pset:Preset ; lv2:appliesTo <urn:genrecast:stereo> ;\n"
                '    rdfs:label "Mine" ;\n'
                f"    state:state [ <urn:genrecast:property:model> <file://{model}> ] .\n")


command, *arguments = sys.argv[1:]
{"clip": put_clip, "model": rename_label, "preset": write_preset}[command](*arguments)
