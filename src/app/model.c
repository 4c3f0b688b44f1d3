/* `genrecast model`: what a model knows and where it comes from. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/app.h"
#include "app/bench.h"
#include "app/cli.h"
#include "model/model.h"
#include "out/text.h"

/* Of the compiled-in model: see model/default.c. */
extern const size_t genre_default_model_size;

static void help(void) {
    puts("Shows a model: labels, feature, layers, size, and how it was trained.\n\n"
         "usage: genrecast model [FILE] [OPTION]...\n\n"
         "Without FILE: the compiled-in model.\n\n"
         "  --json   one JSON object\n"
         "  --help   this text\n\n"
         "Exit status: 0 all went well, 1 the model is not usable, 2 wrong usage.");
}

/* What a file says under `key`: the JSON in the string where there is any, else the string. */
static json_t *metadata(const GenreModel *model, const char *key) {
    const char *text = genre_model_metadata(model, key);
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;
    return json ? json : text ? json_string(text) : json_null();
}

static size_t layer_weights(const GenreLayer *layer) {
    size_t n = 0;
    for (int i = 0; i < layer->n_tensors; i++)
        n += layer->tensors[i].n;
    return n;
}

/* "d + l": the names of what feeds a layer. */
static void input_names(const GenreNet *net, const GenreNode *node, char *text, size_t size) {
    text[0] = 0;
    for (int i = 0; i < node->n_inputs; i++) {
        const int from = node->inputs[i];
        const size_t used = strlen(text);
        snprintf(text + used, size - used, "%s%s", i ? " + " : "",
                 from < 0 ? "input" : net->nodes[from].layer.name);
    }
}

static json_t *layers_json(const GenreNet *net) {
    json_t *layers = json_array();
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        json_t *inputs = json_array();
        for (int k = 0; k < net->nodes[i].n_inputs; k++) {
            const int from = net->nodes[i].inputs[k];
            json_array_append_new(inputs,
                                  json_string(from < 0 ? "input" : net->nodes[from].layer.name));
        }
        json_array_append_new(layers, json_pack("{ssssso sisi sI}", "name", layer->name, "kind",
                                                layer->kind->name, "input", inputs, "n_in",
                                                layer->n_in, "n_out", layer->n_out, "weights",
                                                (json_int_t)layer_weights(layer)));
    }
    return layers;
}

static json_t *labels_json(const GenreModel *model) {
    json_t *labels = json_array();
    for (int i = 0; i < genre_model_n_labels(model); i++)
        json_array_append_new(labels, json_string(genre_model_label(model, i)));
    return labels;
}

static double file_bytes(const char *path) {
    struct stat about;
    if (!path)
        return (double)genre_default_model_size;
    return stat(path, &about) == 0 ? (double)about.st_size : 0;
}

static void print_json(const GenreModel *model, const char *path) {
    const char *checksum = genre_model_metadata(model, "checksum");
    json_t *object = json_pack(
        "{ss so ss? so so sI sI sI sb so so so}", "source", path ? "file" : "compiled in", "labels",
        labels_json(model), "not_music", model->not_music, "feature",
        json_deep_copy(model->feature), "layers", layers_json(model->net), "weights",
        (json_int_t)genre_model_n_weights(model), "bytes", (json_int_t)file_bytes(path),
        "instance_bytes", (json_int_t)genre_classifier_bytes(model, 48000, 2), "causal",
        genre_model_is_causal(model), "calibration", metadata(model, "calibration"), "checksum",
        checksum ? json_string(checksum) : json_null(), "training", metadata(model, "training"));
    char *shown = path ? genre_text_utf8(path) : NULL;
    if (shown)
        json_object_set_new(object, "path", json_string(shown));
    char *text = json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    puts(text ? text : "");
    free(text);
    free(shown);
    json_decref(object);
}

/* JSON as a person writes it: "key value" lines, indented, short lists in one line. */
static void print_tree(const json_t *json, int indent) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)json, key, value) {
        char *shown_key = genre_text_printable(key);
        printf("%*s%s", indent, "", shown_key ? shown_key : "");
        free(shown_key);
        if (json_is_object(value)) {
            putchar('\n');
            print_tree(value, indent + 2);
            continue;
        }
        char *text = json_is_string(value)
                         ? NULL
                         : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
        char *shown = genre_text_printable(text ? text : json_string_value(value));
        printf("  %s\n", shown ? shown : "");
        free(shown);
        free(text);
    }
}

static void print_section(const char *title, const json_t *json) {
    printf("\n%s", title);
    if (json_is_object(json)) {
        putchar('\n');
        print_tree(json, 2);
        return;
    }
    char *shown = json_is_string(json) ? genre_text_printable(json_string_value(json)) : NULL;
    printf("  %s\n", shown ? shown : "not recorded");
    free(shown);
}

static void print_layers(const GenreNet *net) {
    printf("\nlayers\n  %-12s %-9s %5s    %5s %9s  %s\n", "name", "kind", "in", "out", "weights",
           "fed by");
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        char inputs[GENRE_MAX_INPUTS * 40];
        input_names(net, &net->nodes[i], inputs, sizeof inputs);
        printf("  %-12s %-9s %5d -> %5d %9zu  %s\n", layer->name, layer->kind->name, layer->n_in,
               layer->n_out, layer_weights(layer), inputs);
    }
}

static void print_text(const GenreModel *model, const char *path) {
    const char *checksum = genre_model_metadata(model, "checksum");
    char *shown = path ? genre_text_printable(path) : NULL;
    printf("model     %s\n", !path ? "compiled in" : shown ? shown : path);
    free(shown);
    printf("labels   ");
    for (int i = 0; i < genre_model_n_labels(model); i++)
        printf(" %s", genre_model_label(model, i));
    if (model->not_music)
        printf("\nno music  %s, shown as unknown", model->not_music);
    printf("\nweights   %zu\n", genre_model_n_weights(model));
    printf("size      %.0f bytes\n", file_bytes(path));
    const size_t instance = genre_classifier_bytes(model, 48000, 2);
    if (instance)
        printf("instance  %.0f kB for 48 kHz stereo, beside the model\n", (double)instance / 1e3);
    if (model->independent)
        printf("output    labels that do not exclude each other: a sigmoid each\n");
    if (model->window_frames)
        printf("window    %d frames, run as a whole for each estimate\n", model->window_frames);
    if (checksum)
        printf("checksum  %s, verified\n", checksum);
    else
        puts("checksum  none");
    print_section("feature", model->feature);
    print_layers(model->net);
    json_t *calibration = metadata(model, "calibration"), *training = metadata(model, "training");
    print_section("calibration", calibration);
    print_section("training", training);
    json_decref(calibration);
    json_decref(training);
}

int genre_app_model(int argc, char **argv) {
    static const struct option known[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    bool as_json = false;
    for (int option; (option = getopt_long(argc, argv, "h", known, NULL)) != -1;)
        switch (option) {
        case 'j':
            as_json = true;
            break;
        case 'h':
            help();
            return GENRE_EXIT_OK;
        default:
            return genre_usage_error("model");
        }
    if (argc - optind > 1) {
        genre_complain("model shows one file at a time");
        return genre_usage_error("model");
    }
    const char *path = argv[optind]; /* NULL behind the last */
    GenreModel *model = genre_open_model(path);
    if (!model)
        return GENRE_EXIT_FAILED;
    if (as_json)
        print_json(model, path);
    else
        print_text(model, path);
    genre_model_free(model);
    return GENRE_EXIT_OK;
}
