#include "eval/trained.h"

#include <string.h>

#include "split/split.h"

static bool was_held_out(const json_t *training, const char *dataset) {
    const json_t *data = json_object_get(json_object_get(training, "split"), "data");
    const json_int_t fold = json_integer_value(json_object_get(data, "fold"));
    return fold > 0 &&
           split_names_have(json_array_get(json_object_get(data, "held_out"), (size_t)fold - 1),
                            dataset);
}

/* Whether the training took the splits that the list of clips gives. */
static bool is_as_listed(const json_t *training) {
    const char *by = json_string_value(json_object_get(json_object_get(training, "split"), "by"));
    const SplitBy kind = by ? split_by_find(by, strlen(by)) : SPLIT_GIVEN;
    return kind == SPLIT_GIVEN || kind == SPLIT_DATASET;
}

bool trained_may_have(const json_t *training, const char *split, const char *dataset) {
    const json_t *splits = json_object_get(training, "trained_on");
    const json_t *clips = json_object_get(training, "clips"); /* by dataset */
    if (!splits || (clips && !json_object_get(clips, *dataset ? dataset : "folder")) ||
        was_held_out(training, dataset))
        return false;
    return !split || !is_as_listed(training) || split_names_have(splits, split);
}
