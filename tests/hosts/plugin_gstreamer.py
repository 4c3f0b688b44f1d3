"""Plays a clip through a plugin element and prints its properties at the end, as JSON.
usage: plugin_gstreamer.py CLIP ELEMENT [PROPERTY=VALUE]..."""
import json
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

clip, element, *settings = sys.argv[1:]
Gst.init(None)
if not Gst.ElementFactory.find(element):
    sys.exit(f"no element {element}")
pipeline = Gst.parse_launch(
    f'filesrc location="{clip}" ! wavparse ! audioconvert ! {element} name=plugin '
    f"{' '.join(settings)} ! fakesink sync=false")
pipeline.set_state(Gst.State.PLAYING)
message = pipeline.get_bus().timed_pop_filtered(
    60 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
if not message or message.type != Gst.MessageType.EOS:
    sys.exit("no end of stream: " + str(message and message.parse_error()))
plugin = pipeline.get_by_name("plugin")
shown = {}
for spec in plugin.list_properties():
    value = plugin.get_property(spec.name)
    if hasattr(value, "value_nick"):
        value = value.value_nick
    if isinstance(value, (int, float, str)):
        shown[spec.name] = value
print(json.dumps(shown))
pipeline.set_state(Gst.State.NULL)
