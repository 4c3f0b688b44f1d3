#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/cli.h"
#include "clips/manifest.h"
#include "options.h"
#include "split/split.h"
#include "status.h"

const char *const split_parts[SPLIT_N_PARTS] = {"train", "valid", "test"};

static const char *const kinds[SPLIT_N_KINDS + 1] = {"given",  "segment", "song",
                                                     "artist", "lists",   "dataset"};

const char *split_by_name(SplitBy by) {
    return kinds[by];
}

bool split_is_random(SplitBy by) {
    return by == SPLIT_SEGMENT || by == SPLIT_SONG || by == SPLIT_ARTIST;
}

SplitBy split_by_find(const char *name, size_t n) {
    SplitBy by = SPLIT_GIVEN;
    while (by < SPLIT_N_KINDS && !(strlen(kinds[by]) == n && strncmp(kinds[by], name, n) == 0))
        by++;
    return by;
}

/* "by": a kind or a list of kinds. */
static GenreStatus read_kinds(SplitPlan *plan, const json_t *by, GenreError *error) {
    const size_t n = json_is_array(by) ? json_array_size(by) : 1;
    for (size_t i = 0; i < n; i++) {
        const char *name = !by ? kinds[SPLIT_GIVEN]
                               : json_string_value(json_is_array(by) ? json_array_get(by, i) : by);
        const SplitBy kind = name ? split_by_find(name, strlen(name)) : SPLIT_N_KINDS;
        bool again = false;
        for (int k = 0; k < plan->n_kinds; k++)
            again |= plan->kinds[k] == kind;
        if (kind == SPLIT_N_KINDS || again)
            return genre_fail(error, GENRE_ERR_FORMAT,
                              again ? "\"by\" names a kind of split twice"
                                    : "\"by\" is not one of \"given\", \"segment\", \"song\", "
                                      "\"artist\", \"lists\", \"dataset\", or a list of these");
        plan->kinds[plan->n_kinds++] = kind;
    }
    return n > 0 ? GENRE_SUCCESS : genre_fail(error, GENRE_ERR_FORMAT, "\"by\" is empty");
}

static GenreStatus read_shares(SplitPlan *plan, const json_t *shares, GenreError *error) {
    static const double fallback[SPLIT_N_PARTS] = {0.6, 0.2, 0.2};
    const size_t n = json_array_size(shares);
    double sum = 0;
    for (size_t i = 0; i < SPLIT_N_PARTS; i++) {
        plan->shares[i] = shares ? json_number_value(json_array_get(shares, i)) : fallback[i];
        /* All but the test part, which may be left out, must not be empty. */
        if (!(plan->shares[i] >= 0) || (i < SPLIT_TEST && plan->shares[i] == 0))
            sum = INFINITY;
        sum += plan->shares[i];
    }
    if (shares && (n < 2 || n > SPLIT_N_PARTS || !isfinite(sum)))
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "\"shares\" is not a list of two or three positive numbers, for train, "
                          "valid and test");
    for (int i = 0; i < SPLIT_N_PARTS; i++)
        plan->shares[i] /= sum;
    return GENRE_SUCCESS;
}

/* Member `name`, a list of strings, or NULL where there is none. */
static GenreStatus read_names(const json_t *json, const char *name, const json_t **list,
                              GenreError *error) {
    const json_t *value;
    size_t i;
    *list = json_object_get(json, name);
    bool ok = !*list || json_array_size(*list) > 0;
    json_array_foreach(*list, i, value) ok = ok && json_is_string(value);
    return ok ? GENRE_SUCCESS
              : genre_fail(error, GENRE_ERR_FORMAT, "\"%s\" is not a list of names", name);
}

static json_t *label_string(const char *genre) {
    char *label = manifest_label(genre);
    json_t *string = label ? json_string(label) : NULL;
    free(label);
    return string;
}

/* Writes the genres that "labels" and "merge" name as labels, as those of the clips are. */
static void make_labels(SplitPlan *plan) {
    const char *from;
    json_t *value, *to;
    size_t i;
    if (plan->labels) {
        json_t *labels = json_array();
        json_array_foreach(plan->labels, i, value)
            json_array_append_new(labels, label_string(json_string_value(value)));
        json_object_set_new(plan->json, "labels", labels);
        plan->labels = labels;
    }
    if (plan->merge) {
        json_t *merge = json_object();
        json_object_foreach((json_t *)plan->merge, from, to) {
            char *label = manifest_label(from);
            json_object_set_new(merge, label ? label : from, label_string(json_string_value(to)));
            free(label);
        }
        json_object_set_new(plan->json, "merge", merge);
        plan->merge = merge;
    }
}

/* "merge", once "labels" was read. */
static GenreStatus read_merge(SplitPlan *plan, GenreError *error) {
    const char *from;
    json_t *to;
    plan->merge = json_object_get(plan->json, "merge");
    if (plan->merge && !json_is_object(plan->merge))
        return genre_fail(error, GENRE_ERR_FORMAT, "\"merge\" is not an object");
    json_object_foreach((json_t *)plan->merge, from, to) {
        if (!json_is_string(to))
            return genre_fail(error, GENRE_ERR_FORMAT,
                              "\"merge\" does not give a name for \"%.40s\"", from);
    }
    make_labels(plan);
    json_object_foreach((json_t *)plan->merge, from, to) {
        if (json_object_get(plan->merge, json_string_value(to)))
            return genre_fail(error, GENRE_ERR_FORMAT,
                              "\"merge\" takes \"%.40s\" both as a source and as a target",
                              json_string_value(to));
    }
    return GENRE_SUCCESS;
}

/* "held_out": a list of datasets, or of lists of some that go together. */
static GenreStatus read_held_out(SplitPlan *plan, GenreError *error) {
    size_t i, k;
    json_t *value;
    const json_t *name;
    json_t *groups = json_array(), *given = json_object_get(plan->json, "held_out");
    bool ok = !given || json_array_size(given) > 0;
    json_array_foreach(given, i, value) {
        json_t *group = json_is_array(value) ? json_incref(value) : json_pack("[O]", value);
        ok = ok && json_array_size(group) > 0;
        json_array_foreach(group, k, name) ok = ok && json_is_string(name);
        json_array_append_new(groups, group);
    }
    if (!ok) {
        json_decref(groups);
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "\"held_out\" is not a list of datasets, or of lists of them");
    }
    if (given) {
        json_object_set(plan->json, "held_out", groups); /* which keeps it */
        plan->held_out = groups;
        plan->folds = (int)json_array_size(groups);
    }
    json_decref(groups);
    return GENRE_SUCCESS;
}

GenreStatus split_plan_check(const SplitPlan *plan, GenreError *error) {
    if ((plan->by == SPLIT_DATASET) != (plan->held_out != NULL) ||
        (plan->held_out && (plan->n_kinds > 1 || json_object_get(plan->json, "folds"))))
        return genre_fail(error, GENRE_ERR_BAD_ARG,
                          "a split by dataset needs \"held_out\", and neither goes with other "
                          "kinds or with \"folds\"");
    if (plan->folds && !plan->held_out && (plan->folds < 3 || plan->by == SPLIT_GIVEN))
        return genre_fail(
            error, GENRE_ERR_BAD_ARG,
            plan->folds < 3 ? "folds: at least 3 are needed, one each to train on, to stop by and "
                              "to test on"
                            : "folds need a split by segment, song, artist or lists");
    if (plan->fold > plan->folds)
        return genre_fail(error, GENRE_ERR_BAD_ARG, "there is no fold %d of %d", plan->fold,
                          plan->folds);
    if (plan->segments && (plan->segment_s > 0 || plan->overlap > 0))
        return genre_fail(error, GENRE_ERR_BAD_ARG,
                          "\"segments\" goes neither with \"segment_s\" nor with \"overlap\"");
    if (plan->overlap > 0 && plan->segment_s <= 0)
        return genre_fail(error, GENRE_ERR_BAD_ARG, "\"overlap\" needs \"segment_s\"");
    if (plan->by == SPLIT_LISTS && !plan->lists)
        return genre_fail(error, GENRE_ERR_BAD_ARG,
                          "a split by lists needs the folder that the lists are in");
    return GENRE_SUCCESS;
}

static GenreStatus read_plan(SplitPlan *plan, GenreError *error) {
    const json_t *json = plan->json;
    GenreStatus status;
    if ((status = genre_options_known(json, "\"data\"",
                                      "by shares folds fold seed lists segment_s overlap segments "
                                      "labels merge datasets min_clips held_out ",
                                      error)) ||
        (status = read_kinds(plan, json_object_get(json, "by"), error)) ||
        (status = read_shares(plan, json_object_get(json, "shares"), error)) ||
        (status = genre_option_int(json, "folds", 0, SPLIT_MAX_FOLDS, 0, &plan->folds, error)) ||
        (status = genre_option_int(json, "fold", 0, SPLIT_MAX_FOLDS, 0, &plan->fold, error)) ||
        (status = genre_option_int(json, "seed", 0, 1 << 30, 1, &plan->seed, error)) ||
        (status = genre_option_real(json, "segment_s", 0.1, 3600, 0, &plan->segment_s, error)) ||
        (status = genre_option_real(json, "overlap", 0, 0.95, 0, &plan->overlap, error)) ||
        (status = genre_option_int(json, "segments", 0, 1000, 0, &plan->segments, error)) ||
        (status = genre_option_int(json, "min_clips", 0, 1 << 30, 0, &plan->min_clips, error)) ||
        (status = read_names(json, "labels", &plan->labels, error)) ||
        (status = read_names(json, "datasets", &plan->datasets, error)) ||
        (status = read_merge(plan, error)) || (status = read_held_out(plan, error)))
        return status;
    plan->lists = json_string_value(json_object_get(json, "lists"));
    for (int i = plan->n_kinds - 1; i >= 0; i--) { /* ends with the first */
        plan->by = plan->kinds[i];
        if ((status = split_plan_check(plan, error)))
            return status;
    }
    return GENRE_SUCCESS;
}

/* What is asked for on the command line and would change nothing is a mistake. */
static GenreStatus check_options(const SplitPlan *plan, const json_t *options, GenreError *error) {
    bool random = false;
    for (int i = 0; i < plan->n_kinds; i++)
        random |= split_is_random(plan->kinds[i]);
    if (!random && (json_object_get(options, "shares") || json_object_get(options, "seed")))
        return genre_fail(error, GENRE_ERR_BAD_ARG,
                          "--shares and --split-seed need --split-by segment, song or artist");
    return GENRE_SUCCESS;
}

GenreStatus split_plan_read(SplitPlan *plan, const json_t *data, const json_t *options,
                            GenreError *error) {
    *plan = (SplitPlan){.json = json_object()};
    if (data && !json_is_object(data)) {
        split_plan_clear(plan);
        return genre_fail(error, GENRE_ERR_FORMAT, "\"data\" is not an object");
    }
    json_object_update(plan->json, (json_t *)data);
    /* An option for the one way to cut takes the place of the recipe's other one. */
    if (json_object_get(options, "segment_s"))
        json_object_del(plan->json, "segments");
    if (json_object_get(options, "segments")) {
        json_object_del(plan->json, "segment_s");
        json_object_del(plan->json, "overlap");
    }
    json_object_update(plan->json, (json_t *)options);
    GenreStatus status = read_plan(plan, error);
    if (!status)
        status = check_options(plan, options, error);
    if (status)
        split_plan_clear(plan);
    return status;
}

void split_plan_clear(SplitPlan *plan) {
    json_decref(plan->json);
    *plan = (SplitPlan){0};
}

const char split_options_help[] =
    "How clips are split; each stands in for the entry of the recipe's \"data\":\n"
    "      --split-by KIND      given (by the manifest; the default), lists, or at random\n"
    "                           by segment, song or artist\n"
    "      --held-out A,B+C,... instead: train without dataset A and test on it, then\n"
    "                           without B and C, and so on; nor on what the others have\n"
    "                           by artists who are tested on\n"
    "      --shares A/B[/C]     of train, valid and test (default 60/20/20)\n"
    "      --folds K            instead of shares: fold k tests, the next one is valid\n"
    "      --fold N             only this fold, 1 to K\n"
    "      --lists FOLDER       train.txt, valid.txt and test.txt, or fold1.txt ... with\n"
    "                           --folds: an id or path a line\n"
    "      --split-seed N       another seed, another split (default 1)\n"
    "      --segment SECONDS    cut clips into segments of this length ...\n"
    "      --overlap SHARE      ... that overlap by this share (default 0)\n"
    "      --segments N         or into N equal parts\n"
    "      --min-clips N        leave out genres with fewer clips\n"
    "      --genres A,B,...     only clips of these genres, after merging\n"
    "      --dataset A,B,...    only clips of these datasets\n";

/* The values are in the order of SPLIT_OPTIONS. */
enum {
    BY,
    SHARES,
    FOLDS,
    FOLD,
    SEED,
    LISTS,
    SEGMENT,
    OVERLAP,
    SEGMENTS,
    MIN_CLIPS,
    DATASET,
    HELD_OUT,
    GENRES
};

static bool set_count(json_t *options, const char *key, const char *name, const char *text,
                      long low, long high) {
    long value;
    return genre_read_count(name, text, low, high, &value) &&
           json_object_set_new(options, key, json_integer(value)) == 0;
}

static bool set_number(json_t *options, const char *key, const char *name, const char *text,
                       double low, double high) {
    double value;
    return genre_read_number(name, text, low, high, &value) &&
           json_object_set_new(options, key, json_real(value)) == 0;
}

static bool set_shares(json_t *options, const char *text) {
    json_t *shares = json_array();
    const char *next = text;
    char *end;
    for (bool more = true; more; next = end + 1) {
        const double share = strtod(next, &end);
        more = end != next && isfinite(share) && *end == '/';
        if (end != next && isfinite(share) && (more || !*end))
            json_array_append_new(shares, json_real(share));
        else
            json_array_clear(shares);
    }
    if (json_array_size(shares) >= 2 && json_array_size(shares) <= SPLIT_N_PARTS)
        return json_object_set_new(options, "shares", shares) == 0;
    json_decref(shares);
    genre_complain("--shares: \"%s\" is not like 60/20/20 or 80/20", text);
    return false;
}

/* "a,b,..." as a list. */
static bool set_names(json_t *options, const char *key, const char *text) {
    json_t *list = json_array();
    for (const char *next = text; *next;) {
        const size_t n = strcspn(next, ",");
        json_array_append_new(list, json_stringn(next, n));
        next += n + (next[n] == ',');
    }
    return json_object_set_new(options, key, list) == 0;
}

/* "a,b+c,..." as a list of lists. */
static bool set_held_out(json_t *options, const char *text) {
    json_t *groups = json_array();
    for (const char *next = text; *next;) {
        const size_t n = strcspn(next, ",+");
        if (next == text || next[-1] == ',')
            json_array_append_new(groups, json_array());
        json_array_append_new(json_array_get(groups, json_array_size(groups) - 1),
                              json_stringn(next, n));
        next += n + (next[n] != 0);
    }
    return json_object_set_new(options, "by", json_string("dataset")) == 0 &&
           json_object_set_new(options, "held_out", groups) == 0;
}

bool split_option(json_t *options, int option, const char *value) {
    switch (option - SPLIT_OPTION_FIRST) {
    case BY:
        return set_names(options, "by", value);
    case SHARES:
        return set_shares(options, value);
    case FOLDS:
        return set_count(options, "folds", "--folds", value, 3, SPLIT_MAX_FOLDS);
    case FOLD:
        return set_count(options, "fold", "--fold", value, 1, SPLIT_MAX_FOLDS);
    case SEED:
        return set_count(options, "seed", "--split-seed", value, 0, 1 << 30);
    case LISTS:
        return json_object_set_new(options, "by", json_string("lists")) == 0 &&
               json_object_set_new(options, "lists", json_string(value)) == 0;
    case SEGMENT:
        return set_number(options, "segment_s", "--segment", value, 0.1, 3600);
    case OVERLAP:
        return set_number(options, "overlap", "--overlap", value, 0, 0.95);
    case SEGMENTS:
        return set_count(options, "segments", "--segments", value, 1, 1000);
    case MIN_CLIPS:
        return set_count(options, "min_clips", "--min-clips", value, 0, 1 << 30);
    case GENRES:
        return set_names(options, "labels", value);
    case HELD_OUT:
        return set_held_out(options, value);
    case DATASET:
        return set_names(options, "datasets", value);
    default:
        return false;
    }
}
