#include "recipe/recipe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clips/manifest.h"
#include "clips/tags.h"
#include "learn/class_weights.h"
#include "learn/penalty.h"
#include "model/model.h"
#include "model/safetensors.h"
#include "options.h"
#include "split/split.h"
#include "status.h"

static GenreStatus read_times(Recipe *recipe, const json_t *times, GenreError *error) {
    recipe->n_times = (int)json_array_size(times);
    bool ok = recipe->n_times >= 1 && recipe->n_times <= RECIPE_MAX_TIMES;
    for (int i = 0; ok && i < recipe->n_times; i++) {
        recipe->loss_times_s[i] = json_number_value(json_array_get(times, (size_t)i));
        ok = recipe->loss_times_s[i] > (i ? recipe->loss_times_s[i - 1] : 0);
    }
    return ok ? GENRE_SUCCESS
              : genre_fail(error, GENRE_ERR_FORMAT,
                           "\"loss_times_s\" is not a list of 1 to %d "
                           "rising times",
                           RECIPE_MAX_TIMES);
}

static GenreStatus read_training(Recipe *recipe, const json_t *train, GenreError *error) {
    const struct {
        const char *name;
        double low, high, fallback;
        double *value;
    } numbers[] = {
        {"crop_s", 1, 3600, 20, &recipe->crop_s},
        {"weight_decay", 0, 10, 0.01, &recipe->weight_decay},
        {"clip_norm", 1e-3, 1e6, 1, &recipe->clip_norm},
        {"label_smoothing", 0, 0.9, 0, &recipe->label_smoothing},
        {"weight_average", 0, 0.99999, 0.99, &recipe->weight_average},
        {"balance", 0, 1, 0.5, &recipe->balance},
        {"mel_share", 0, 1, 0.5, &recipe->mel_share},
        {"logit_adjustment", 0, 4, 0, &recipe->logit_adjustment},
    };
    static const char *const optimizers[] = {"adamw", "sgd", NULL};
    int optimizer;
    GenreStatus status;
    recipe->class_weights = json_object_get(train, "class_weights");
    if ((status =
             genre_options_known(train, "\"train\"",
                                 "batch epochs rounds patience loss_times_s crop_s learning_rate "
                                 "schedule schedule_epochs schedule_factor weight_decay "
                                 "clip_norm warmup label_smoothing weight_average balance "
                                 "mel_share optimizer class_weights logit_adjustment ",
                                 error)) ||
        (status = genre_option_int(train, "batch", 1, 4096, 32, &recipe->batch, error)) ||
        (status = genre_option_int(train, "epochs", 1, 100000, 60, &recipe->epochs, error)) ||
        (status = genre_option_int(train, "rounds", 1, 1000, 1, &recipe->rounds, error)) ||
        (status = genre_option_int(train, "patience", 1, 100000, recipe->epochs, &recipe->patience,
                                   error)) ||
        (status = schedule_read(&recipe->schedule, train, error)) ||
        (status =
             genre_option_choice(train, "optimizer", optimizers, OPTIM_ADAMW, &optimizer, error)) ||
        (status = class_weights_check(recipe->class_weights, error)))
        return status;
    recipe->optimizer = (OptimKind)optimizer;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if ((status = genre_option_real(train, numbers[i].name, numbers[i].low, numbers[i].high,
                                        numbers[i].fallback, numbers[i].value, error)))
            return status;
    if (recipe->independent && recipe->logit_adjustment > 0)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "\"logit_adjustment\" is for the output softmax: with sigmoid no label "
                          "takes from another");
    if (recipe->window_frames == 0)
        return read_times(recipe, json_object_get(train, "loss_times_s"), error);
    if (json_object_get(train, "crop_s") || json_object_get(train, "loss_times_s"))
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "with \"window_frames\" an excerpt is a window: \"crop_s\" and "
                          "\"loss_times_s\" mean nothing");
    return GENRE_SUCCESS;
}

/* "output": "softmax" or "sigmoid". */
static GenreStatus read_output(Recipe *recipe, GenreError *error) {
    static const char *const outputs[] = {"softmax", "sigmoid", NULL};
    int output;
    const GenreStatus status =
        genre_option_choice(recipe->json, "output", outputs, 0, &output, error);
    recipe->independent = !status && output == 1;
    return status;
}

/* "not_music": the name of a genre. */
static GenreStatus read_not_music(Recipe *recipe, GenreError *error) {
    const json_t *name = json_object_get(recipe->json, "not_music");
    if (!name)
        return GENRE_SUCCESS;
    if (!json_is_string(name) || json_string_length(name) == 0)
        return genre_fail(error, GENRE_ERR_FORMAT, "\"not_music\" is not the name of a genre");
    if (!(recipe->not_music = manifest_label(json_string_value(name))))
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    if (recipe->independent)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "\"not_music\" is for the output softmax: with sigmoid no label applies "
                          "to what is not music");
    return GENRE_SUCCESS;
}

/* "tags": what those of clips without a genre say of it. */
static GenreStatus read_tags(Recipe *recipe, GenreError *error) {
    const json_t *tags = json_object_get(recipe->json, "tags"), *labels, *label;
    const char *tag;
    size_t i;
    GenreStatus status;
    if (!tags)
        return GENRE_SUCCESS;
    if ((status = genre_options_known(tags, "\"tags\"", "labels share mass ", error)) ||
        (status = genre_option_real(tags, "share", 0, 1, 0.5, &recipe->tag_share, error)) ||
        (status = genre_option_real(tags, "mass", 0, 1, 0, &recipe->tag_mass, error)))
        return status;
    recipe->tags = json_object_get(tags, "labels");
    if (!json_is_object(recipe->tags))
        return genre_fail(
            error, GENRE_ERR_FORMAT,
            "\"tags\": it has no \"labels\", an object of tags, each with the list of "
            "labels that it leaves open");
    json_object_foreach((json_t *)recipe->tags, tag, labels) {
        bool ok = json_is_array(labels);
        char *normal = tags_normalise(tag);
        const bool is_normal = normal && strcmp(normal, tag) == 0 && *tag;
        if (!is_normal)
            genre_fail(error, GENRE_ERR_FORMAT, "\"tags\": \"%.40s\" has to be written \"%.40s\"",
                       tag, normal ? normal : "");
        free(normal);
        if (!is_normal)
            return GENRE_ERR_FORMAT;
        json_array_foreach(labels, i, label) ok = ok && json_is_string(label);
        if (!ok)
            return genre_fail(error, GENRE_ERR_FORMAT, "\"tags\": \"%.40s\" has no list of labels",
                              tag);
    }
    if (recipe->independent)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "\"tags\" is for the output softmax: with sigmoid all tags are labels");
    return GENRE_SUCCESS;
}

/* "window_frames": none for a causal network. */
static GenreStatus read_window(Recipe *recipe, GenreError *error) {
    if (!json_object_get(recipe->json, "window_frames"))
        return GENRE_SUCCESS;
    return genre_option_int(recipe->json, "window_frames", 2, GENRE_MAX_WINDOW, 0,
                            &recipe->window_frames, error);
}

/* "layers", or a list of members that have them. */
static GenreStatus check_networks(const Recipe *recipe, GenreError *error) {
    if (!json_object_get(recipe->json, "members"))
        return json_is_object(recipe->feature) && json_is_array(recipe->layers)
                   ? GENRE_SUCCESS
                   : genre_fail(error, GENRE_ERR_FORMAT, "\"feature\" or \"layers\" is missing");
    if (!json_is_object(recipe->feature))
        return genre_fail(error, GENRE_ERR_FORMAT, "\"feature\" is missing");
    if (recipe->layers)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "with \"members\" each of them has its own \"layers\": there are none "
                          "outside");
    if (recipe->window_frames)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "\"members\" and \"window_frames\" do not go together: members are "
                          "causal");
    const size_t n = json_array_size(recipe->members);
    if (n < 2 || n > RECIPE_MAX_MEMBERS)
        return genre_fail(error, GENRE_ERR_FORMAT, "\"members\" is not a list of 2 to %d networks",
                          RECIPE_MAX_MEMBERS);
    return GENRE_SUCCESS;
}

/* The name becomes part of names of files. */
static GenreStatus check_member_name(const Recipe *recipe, int index, GenreError *error) {
    const json_t *json = json_object_get(json_array_get(recipe->members, (size_t)index), "name");
    const char *name = json_string_value(json);
    if (!name || !*name || strlen(name) > 31 ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name))
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "member %d: it has no \"name\" of 1 to 31 of a-z, 0-9 and _", index + 1);
    if (strcmp(name, "teacher") == 0)
        return genre_fail(
            error, GENRE_ERR_FORMAT,
            "a member cannot be called \"teacher\": that is what chooses the genres of "
            "open clips");
    for (int i = 0; i < index; i++)
        if (json_equal(json, json_object_get(json_array_get(recipe->members, (size_t)i), "name")))
            return genre_fail(error, GENRE_ERR_FORMAT, "two members are called \"%s\"", name);
    return GENRE_SUCCESS;
}

static GenreStatus read_entries(Recipe *recipe, GenreError *error);

GenreStatus recipe_member(Recipe *member, const Recipe *recipe, int index, GenreError *error) {
    static const char *const own[] = {"name", "layers", "train", "augment"};
    json_t *entries = json_array_get(recipe->members, (size_t)index);
    GenreError inner;
    *member = (Recipe){.json = json_copy(recipe->json)};
    json_object_del(member->json, "members");
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (json_object_get(entries, own[i]))
            json_object_set(member->json, own[i], json_object_get(entries, own[i]));
    GenreStatus status =
        genre_options_known(entries, "a member", "name layers train augment ", &inner);
    if (!status)
        status = read_entries(member, &inner);
    if (!status)
        return GENRE_SUCCESS;
    recipe_clear(member);
    return genre_fail(error, status, "member \"%s\": %s",
                      json_string_value(json_object_get(entries, "name")), inner.text);
}

static GenreStatus check_members(const Recipe *recipe, GenreError *error) {
    GenreStatus status = GENRE_SUCCESS;
    for (int i = 0; i < recipe_n_members(recipe) && !status; i++) {
        Recipe member = {0};
        status = check_member_name(recipe, i, error);
        if (!status)
            status = recipe_member(&member, recipe, i, error);
        recipe_clear(&member);
    }
    return status;
}

static GenreStatus read_data(const Recipe *recipe, GenreError *error) {
    SplitPlan plan;
    const GenreStatus status = split_plan_read(&plan, recipe->data, NULL, error);
    split_plan_clear(&plan);
    return status;
}

/* Entries that are objects where they are there: what is another kind of JSON would be passed over.
 */
static GenreStatus check_objects(const json_t *json, GenreError *error) {
    static const char *const names[] = {"data", "train", "augment", "waveform", "tags"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const json_t *entry = json_object_get(json, names[i]);
        if (entry && !json_is_object(entry))
            return genre_fail(error, GENRE_ERR_FORMAT, "\"%s\" is not an object", names[i]);
    }
    return GENRE_SUCCESS;
}

/* One of "published". */
static GenreStatus check_figure(const json_t *figure, GenreError *error) {
    static const char *const texts[] = {"split", "source"};
    double accuracy;
    GenreStatus status;
    if (!json_is_object(figure))
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "\"published\" is neither an object nor a list of objects");
    if ((status = genre_options_known(figure, "\"published\"", "accuracy split source ", error)) ||
        (status = genre_option_real(figure, "accuracy", 0, 1, NAN, &accuracy, error)))
        return status;
    for (int i = 0; i < 2; i++) {
        const json_t *text = json_object_get(figure, texts[i]);
        if (text && !json_is_string(text))
            return genre_fail(error, GENRE_ERR_FORMAT, "\"published\": \"%s\" is not a text",
                              texts[i]);
    }
    return GENRE_SUCCESS;
}

static GenreStatus check_published(const json_t *published, GenreError *error) {
    GenreStatus status = GENRE_SUCCESS;
    if (!published || !json_is_array(published))
        return published ? check_figure(published, error) : GENRE_SUCCESS;
    for (size_t i = 0; i < json_array_size(published) && !status; i++)
        status = check_figure(json_array_get(published, i), error);
    return status;
}

/* Everything, from recipe->json. */
static GenreStatus read_entries(Recipe *recipe, GenreError *error) {
    GenreStatus status;
    recipe->feature = json_object_get(recipe->json, "feature");
    recipe->layers = json_object_get(recipe->json, "layers");
    recipe->members = json_object_get(recipe->json, "members");
    recipe->data = json_object_get(recipe->json, "data");
    if ((status = genre_options_known(recipe->json, "a recipe",
                                      "name about feature window_frames data layers members output "
                                      "train augment waveform published not_music tags ",
                                      error)) ||
        (status = check_objects(recipe->json, error)) ||
        (status = check_published(json_object_get(recipe->json, "published"), error)) ||
        (status = read_window(recipe, error)) || (status = check_networks(recipe, error)) ||
        (status = read_data(recipe, error)) || (status = read_output(recipe, error)) ||
        (status = read_not_music(recipe, error)) || (status = read_tags(recipe, error)) ||
        (status =
             waveform_read(&recipe->waveform, json_object_get(recipe->json, "waveform"), error)))
        return status;
    if (recipe->members)
        return check_members(recipe, error);
    if ((status = read_training(recipe, json_object_get(recipe->json, "train"), error)))
        return status;
    return augment_read(&recipe->augment, json_object_get(recipe->json, "augment"), recipe->feature,
                        error);
}

GenreStatus recipe_read(Recipe *recipe, const char *path, GenreError *error) {
    json_error_t json_error;
    GenreError inner;
    size_t size;
    *recipe = (Recipe){0};
    char *text = genre_read_file(path, 1 << 20, &size, error);
    if (!text)
        return GENRE_ERR_OPEN;
    recipe->json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &json_error);
    free(text);
    if (!recipe->json)
        return genre_fail(error, GENRE_ERR_FORMAT, "%s:%d: %s", path, json_error.line,
                          json_error.text);
    const GenreStatus status = read_entries(recipe, &inner);
    if (status) {
        genre_fail(error, status, "%s: %s", path, inner.text);
        recipe_clear(recipe);
    }
    return status;
}

void recipe_clear(Recipe *recipe) {
    json_decref(recipe->json);
    free(recipe->not_music);
    *recipe = (Recipe){0};
}

int recipe_n_members(const Recipe *recipe) {
    return (int)json_array_size(recipe->members);
}

json_t *recipe_layers(const Recipe *recipe, int n_labels) {
    json_t *layers = json_deep_copy(recipe->layers);
    json_t *last = json_array_get(layers, json_array_size(layers) - 1);
    const char *kind = json_string_value(json_object_get(last, "kind"));
    if (kind && strcmp(kind, "dense") == 0 && !json_object_get(last, "units"))
        json_object_set_new(last, "units", json_integer(n_labels));
    penalty_strip(layers);
    return layers;
}
