/* labels MODEL OUT: writes the labels of a model file as a header, for what must be known when the
 * plugins are compiled. Runs on the building machine. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *path, const char *why) {
    fprintf(stderr, "labels: %s: %s\n", path, why);
    return 1;
}

/* The header of a safetensors file: its length in 8 bytes, least first, then JSON. */
static json_t *read_header(FILE *in) {
    unsigned char size[8];
    if (fread(size, sizeof size, 1, in) != 1)
        return NULL;
    const size_t n = size[0] | size[1] << 8 | (size_t)size[2] << 16 | (size_t)size[3] << 24;
    char *text = malloc(n + 1);
    json_t *header = NULL;
    if (text && fread(text, 1, n, in) == n)
        header = json_loadb(text, n, 0, NULL);
    free(text);
    return header;
}

int main(int argc, char **argv) {
    if (argc != 3)
        return fail("usage", "labels MODEL OUT");
    FILE *in = fopen(argv[1], "rb");
    json_t *header = in ? read_header(in) : NULL;
    const char *text =
        json_string_value(json_object_get(json_object_get(header, "__metadata__"), "labels"));
    json_t *labels = text ? json_loads(text, 0, NULL) : NULL;
    if (!json_array_size(labels))
        return fail(argv[1], "no model with labels");
    FILE *out = fopen(argv[2], "w");
    if (!out)
        return fail(argv[2], "cannot be written");
    fprintf(out,
            "#define GENRE_N_DEFAULT_LABELS %zu\n"
            "#define GENRE_DEFAULT_LABELS(X)",
            json_array_size(labels));
    for (size_t i = 0; i < json_array_size(labels); i++)
        fprintf(out, " X(\"%s\")", json_string_value(json_array_get(labels, i)));
    fputc('\n', out);
    const int failed = ferror(out);
    json_decref(labels);
    json_decref(header);
    fclose(in);
    return fclose(out) || failed ? fail(argv[2], "cannot be written") : 0;
}
