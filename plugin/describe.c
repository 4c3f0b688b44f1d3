/* describe TEMPLATE OUT VERSION: fills the LV2 template: @PORTS1@ and @PORTS2@ with the ports of
 * the mono and the stereo plugin, @MINOR@ and @MICRO@ with the version. Runs on the building
 * machine. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ports.h"

typedef enum { LINEAR, LOGARITHMIC, TOGGLE, TRIGGER, WHOLE, ENUMERATION } Kind;

typedef struct {
    const char *symbol, *name, *unit;
    Kind kind;
    double minimum, value, maximum;
    const char *text;
} Port;

static const Port inputs[] = {
#define PORT(id, symbol, name, unit, kind, minimum, value, maximum, l_maximum, l_value, text)      \
    {symbol, name, unit, kind, minimum, value, maximum, text},
    GENRE_PLUGIN_LV2_INPUTS(PORT)
#undef PORT
};

static const Port outputs[] = {
#define PORT(id, ...) {__VA_ARGS__},
    GENRE_PLUGIN_OUTPUTS(PORT)
#undef PORT
};

static const char *const labels[] = {
#define LABEL(name) name,
    GENRE_DEFAULT_LABELS(LABEL)
#undef LABEL
};

static void put_point(FILE *out, const char *label, int value, const char *after) {
    fprintf(out, "            [ rdfs:label \"%s\" ; rdf:value %d ]%s\n", label, value, after);
}

static void put_genres(FILE *out) {
    fputs("        lv2:scalePoint\n", out);
    put_point(out, "silence", GENRE_PORT_SILENCE, " ,");
    put_point(out, "unknown", GENRE_PORT_UNKNOWN, " ,");
    for (int i = 0; i < GENRE_N_DEFAULT_LABELS; i++)
        put_point(out, labels[i], i, " ,");
    put_point(out, "other", GENRE_PORT_OTHER, " ;");
}

static const char *properties(const Port *port) {
    switch (port->kind) {
    case LOGARITHMIC:
        return "pprop:logarithmic";
    case TOGGLE:
        return "lv2:toggled";
    case TRIGGER:
        return "lv2:toggled , pprop:trigger";
    case WHOLE:
        return "lv2:integer";
    case ENUMERATION:
        return "lv2:integer , lv2:enumeration";
    case LINEAR:
        break;
    }
    return NULL;
}

static void put_control(FILE *out, int index, const Port *port, bool is_input) {
    const bool latency = strcmp(port->symbol, "latency") == 0;
    const char *property =
        latency ? "lv2:integer , lv2:reportsLatency , pprop:notOnGUI" : properties(port);
    fprintf(out, "    [\n        a lv2:ControlPort , lv2:%sPort ;\n",
            is_input ? "Input" : "Output");
    fprintf(out, "        lv2:index %d ;\n        lv2:symbol \"%s\" ;\n        lv2:name \"%s\" ;\n",
            index, port->symbol, port->name);
    fprintf(out,
            "        lv2:minimum %.6f ;\n        lv2:default %.6f ;\n"
            "        lv2:maximum %.6f ;\n",
            port->minimum, port->value, port->maximum);
    if (property)
        fprintf(out, "        lv2:portProperty %s ;\n", property);
    if (*port->unit)
        fprintf(out, "        units:unit units:%s ;\n", port->unit);
    if (port->kind == ENUMERATION)
        put_genres(out);
    if (latency || strcmp(port->symbol, "enabled") == 0)
        fprintf(out, "        lv2:designation lv2:%s ;\n", port->symbol);
    /* In no pg:group: GStreamer takes every port that is in one for an audio channel. */
    fprintf(out, "        rdfs:comment \"%s\"\n    ] ,\n", port->text);
}

/* "drum & bass" -> "score_drum___bass": a symbol is a C name. */
static void put_score(FILE *out, int index, const char *label) {
    char symbol[80], text[120];
    snprintf(symbol, sizeof symbol, "score_%s", label);
    for (char *c = symbol; *c; c++)
        *c = isalnum((unsigned char)*c) ? *c : '_';
    snprintf(text, sizeof text, "Smoothed probability of %s.", label);
    put_control(out, index, &(Port){symbol, label, "coef", LINEAR, 0, 0, 1, text}, false);
}

static void put_audio(FILE *out, int channel, int n_channels, bool is_input) {
    static const char *const symbols[] = {"", "_left", "_right"}, *const names[] = {"", " left",
                                                                                    " right"};
    static const char *const designations[] = {"center", "left", "right"};
    const int which = n_channels == 1 ? 0 : channel + 1;
    fprintf(out, "    [\n        a lv2:AudioPort , lv2:%sPort ;\n", is_input ? "Input" : "Output");
    fprintf(out,
            "        lv2:index %d ;\n        lv2:symbol \"%s%s\" ;\n        lv2:name \"%s%s\" ;\n",
            is_input ? GENRE_PORT_AUDIO_IN(channel) : GENRE_PORT_AUDIO_OUT(channel, n_channels),
            is_input ? "in" : "out", symbols[which], is_input ? "In" : "Out", names[which]);
    fprintf(out,
            "        lv2:designation pg:%s ;\n        pg:group <urn:genrecast:%s#%s>\n    ] ,\n",
            designations[which], n_channels == 1 ? "mono" : "stereo", is_input ? "in" : "out");
}

static void put_atom(FILE *out, int index, bool is_input) {
    fprintf(
        out,
        "    [\n        a atom:AtomPort , lv2:%sPort ;\n        atom:bufferType atom:Sequence ;\n"
        "        atom:supports patch:Message ;\n        lv2:index %d ;\n",
        is_input ? "Input" : "Output", index);
    fprintf(out, "        lv2:symbol \"%s\" ;\n        lv2:name \"%s\" ;\n",
            is_input ? "control" : "notify", is_input ? "Control" : "Notify");
    /* Room for the longest path that a message may name, and then some. */
    fprintf(out, "        rsz:minimumSize 8192 ;\n        lv2:designation lv2:control ;\n"
                 "        lv2:portProperty lv2:connectionOptional\n    ] ,\n");
}

/* Last, so that the other ports' numbers do not depend on it. */
static void put_freewheel(FILE *out, int index) {
    fprintf(out,
            "    [\n        a lv2:ControlPort , lv2:InputPort ;\n        lv2:index %d ;\n"
            "        lv2:symbol \"freewheel\" ;\n        lv2:name \"Freewheel\" ;\n"
            "        lv2:default 0 ;\n        lv2:minimum 0 ;\n        lv2:maximum 1 ;\n"
            "        lv2:designation lv2:freeWheeling ;\n"
            "        lv2:portProperty lv2:toggled , lv2:connectionOptional , pprop:notOnGUI ;\n"
            "        rdfs:comment \"Set by hosts that render offline.\"\n    ] .\n",
            index);
}

static void put_ports(FILE *out, int n_channels) {
    for (int i = 0; i < GENRE_N_INPUTS; i++)
        put_control(out, i, &inputs[i], true);
    for (int i = GENRE_N_INPUTS; i < GENRE_OUT_SCORES; i++)
        put_control(out, i, &outputs[i - GENRE_N_INPUTS], false);
    for (int i = 0; i < GENRE_N_DEFAULT_LABELS; i++)
        put_score(out, GENRE_OUT_SCORES + i, labels[i]);
    for (int i = 0; i < 2 * n_channels; i++)
        put_audio(out, i % n_channels, n_channels, i < n_channels);
    put_atom(out, GENRE_PORT_ATOM_IN(n_channels), true);
    put_atom(out, GENRE_PORT_ATOM_OUT(n_channels), false);
    put_freewheel(out, GENRE_PORT_FREEWHEEL(n_channels));
}

int main(int argc, char **argv) {
    unsigned major, minor, micro;
    if (argc != 4 || sscanf(argv[3], "%u.%u.%u", &major, &minor, &micro) != 3) {
        fputs("usage: describe TEMPLATE OUT VERSION\n", stderr);
        return 2;
    }
    FILE *in = fopen(argv[1], "r"), *out = fopen(argv[2], "w");
    if (!in || !out) {
        perror(in ? argv[2] : argv[1]);
        return 1;
    }
    for (char line[1024], *mark; fgets(line, sizeof line, in);) {
        if (strncmp(line, "@PORTS", 6) == 0) {
            put_ports(out, line[6] - '0');
        } else if ((mark = strstr(line, "@MINOR@"))) {
            /* An even micro version is a release (LV2's rule); ours start at 0.1.0. */
            fprintf(out, "%.*s%u%s", (int)(mark - line), line, major * 100 + minor, mark + 7);
        } else if ((mark = strstr(line, "@MICRO@"))) {
            fprintf(out, "%.*s%u%s", (int)(mark - line), line, micro * 2, mark + 7);
        } else {
            fputs(line, out);
        }
    }
    if (ferror(in) | ferror(out) | fclose(in) | fclose(out)) {
        perror("describe");
        return 1;
    }
    return 0;
}
