/* A split in words. */
#include <string.h>

#include "app/cli.h"
#include "split/split.h"

static const json_t *get(const json_t *object, const char *key) {
    return json_object_get(object, key);
}

static long long get_int(const json_t *object, const char *key) {
    return json_integer_value(get(object, key));
}

void split_complain(const json_t *description) {
    const json_t *warning;
    size_t i;
    json_array_foreach(get(description, "warnings"), i, warning)
        genre_complain("warning: %s", json_string_value(warning));
}

static const char *how(const char *by) {
    switch (split_by_find(by, strlen(by))) {
    case SPLIT_SEGMENT:
        return "at random by segment";
    case SPLIT_SONG:
        return "at random by song";
    case SPLIT_ARTIST:
        return "at random by artist";
    case SPLIT_LISTS:
        return "by lists";
    case SPLIT_DATASET:
        return "by dataset";
    default:
        return "as given";
    }
}

void split_print(const json_t *description, FILE *out) {
    const json_t *warning, *data = get(description, "data");
    const double segment_s = json_number_value(get(description, "segment_s"));
    const double overlap = json_number_value(get(description, "overlap"));
    const char *by = json_string_value(get(description, "by"));
    const SplitBy kind = split_by_find(by, strlen(by));
    size_t i;
    fprintf(out, "split     %s", how(by));
    if (get_int(description, "folds") > 0)
        fprintf(out, ", fold %lld of %lld", get_int(description, "fold"),
                get_int(description, "folds"));
    if (get(data, "held_out")) {
        const json_t *name, *held_out = json_array_get(get(data, "held_out"),
                                                       (size_t)get_int(description, "fold") - 1);
        json_array_foreach(held_out, i, name)
            fprintf(out, "%s%s", i ? " and " : ": tested on ", json_string_value(name));
    }
    if (split_is_random(kind))
        fprintf(out, ", seed %lld", get_int(description, "seed"));
    if (segment_s > 0)
        fprintf(out, "; segments of %g s", segment_s);
    if (overlap > 0)
        fprintf(out, " that overlap by %g %%", 100 * overlap);
    if (get_int(data, "segments") > 0)
        fprintf(out, "; clips in %lld parts", get_int(data, "segments"));
    fputc('\n', out);
    for (int part = 0; part < SPLIT_N_PARTS; part++) {
        const json_t *counts = get(get(description, "counts"), split_parts[part]);
        if (!counts)
            continue;
        fprintf(out, "%-9s %lld clips by %lld artists", split_parts[part], get_int(counts, "clips"),
                get_int(counts, "artists"));
        if (get_int(counts, "segments") != get_int(counts, "clips"))
            fprintf(out, " in %lld segments", get_int(counts, "segments"));
        fputc('\n', out);
    }
    json_array_foreach(get(description, "warnings"), i, warning)
        fprintf(out, "warning   %s\n", json_string_value(warning));
}
