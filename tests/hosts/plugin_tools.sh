#!/usr/bin/env bash
# The tools that come with LV2 and LADSPA find nothing to complain of: descriptions, exported
# symbols, audio that passes bit by bit, memory.
# usage: plugin_tools.sh GENRECAST SYNTH LV2_FOLDER LADSPA_FOLDER
genrecast=$1 synth=$2
. "$(dirname "$0")/plugin.sh"
need lv2_validate lv2info lv2bench lv2apply analyseplugin applyplugin listplugins nm cmp

# quietly LOG COMMAND...: it must succeed and say nothing on standard error.
quietly() {
    log=$work/$1.log
    shift
    "$@" > "$work/stdout" 2> "$log" || fail "$*"
    ! [ -s "$log" ] || fail "$* says something on standard error"
}

# applyplugin loses some memory of its own, and so does OpenMP's library, which the resampler's needs,
# when it is loaded and unloaded with a plugin.
cat > "$work/known.supp" << 'END'
{
    what applyplugin itself allocates
    Memcheck:Leak
    fun:*alloc
    obj:*/applyplugin
}
{
    what OpenMP allocates when it is loaded
    Memcheck:Leak
    fun:*alloc
    obj:*/libgomp.so*
    obj:*/libgomp.so*
}
END

# memcheck NAME COMMAND...
memcheck() {
    log=$work/$1.log
    shift
    valgrind -q --keep-debuginfo=yes --suppressions="$work/known.supp" --leak-check=full --errors-for-leak-kinds=definite,possible --error-exitcode=9 \
        "$@" > "$work/stdout" 2> "$log" || fail "valgrind $*"
}

# 1. Descriptions.
specs=
for name in core schemas atom log parameters patch port-groups port-props presets resize-port \
    state units urid worker; do
    specs="$specs /usr/lib/lv2/$name.lv2/*.ttl"
done
[ -s "$bundle/manifest.ttl" ] || fail "no bundle in $bundle"
lv2_validate $specs "$bundle"/*.ttl > "$work/validate.log" 2>&1 || fail "lv2_validate"
grep -q 'Found 0 errors' "$work/validate.log" || fail "lv2_validate"
for channels in mono stereo; do
    quietly lv2info lv2info urn:genrecast:$channels
    grep -q 'Analyser Plugin' "$work/stdout" || fail "lv2info $channels"
    for preset in Fast Steady Broadcast; do
        grep -q "$preset" "$work/stdout" || fail "lv2info $channels: no preset $preset"
    done
    quietly lv2bench lv2bench urn:genrecast:$channels
done
quietly analyseplugin analyseplugin genrecast_ladspa.so
[ "$(grep -c 'Environment: Normal or Hard Real-Time' "$work/stdout")" = 2 ] || fail analyseplugin
quietly listplugins listplugins
names=$(sed -n 's/^.*doap:name "\(Genrecast .*\)" ;/\1/p' "$bundle/genrecast.ttl"
    sed -n 's/.*\(Genrecast [^(]*(LADSPA)\).*/\1/p' "$work/stdout")
[ "$(echo "$names" | sort -u | wc -l)" = 4 ] || fail "names are not four different ones: $names"
echo "ok: descriptions"

# 2. Exports.
[ "$(nm -D --defined-only "$bundle"/genrecast.so | awk '{print $3}')" = lv2_descriptor ] ||
    fail "the LV2 plugin exports something else"
[ "$(nm -D --defined-only "$LADSPA_PATH"/genrecast_ladspa.so | awk '{print $3}')" = ladspa_descriptor ] ||
    fail "the LADSPA plugin exports something else"
echo "ok: exports"

# 3. Audio.
controls="2 5 1 0.3 -60 0 0"
samples() { tail -c "$(($2 * 44100 * 2 * $3))" "$1"; } # FILE CHANNELS BYTES: two seconds of them
for channels in 1 2; do
    name=mono
    [ $channels = 2 ] && name=stereo
    "$synth" jazz "$work/float.wav" --seconds 2 --rate 44100 --channels $channels --format float &&
        "$synth" jazz "$work/pcm.wav" --seconds 2 --rate 44100 --channels $channels || fail synth
    quietly lv2apply lv2apply -i "$work/float.wav" -o "$work/out.wav" urn:genrecast:$name
    cmp <(samples "$work/float.wav" $channels 4) <(samples "$work/out.wav" $channels 4) ||
        fail "lv2apply changes $name audio"
    quietly applyplugin applyplugin "$work/pcm.wav" "$work/out.wav" genrecast_ladspa.so genrecast_$name $controls
    cmp "$work/pcm.wav" "$work/out.wav" || fail "applyplugin changes $name audio"
done
echo "ok: audio passes bit by bit"

# 4. Memory.
if command -v valgrind > /dev/null; then
    memcheck lv2bench lv2bench -n 20000 urn:genrecast:stereo
    memcheck lv2apply lv2apply -i "$work/float.wav" -o "$work/out.wav" urn:genrecast:stereo
    memcheck analyseplugin analyseplugin genrecast_ladspa.so
    memcheck applyplugin applyplugin "$work/pcm.wav" "$work/out.wav" genrecast_ladspa.so genrecast_stereo $controls
    echo "ok: clean under valgrind"
fi
