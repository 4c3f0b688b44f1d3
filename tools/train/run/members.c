#include "run/members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "learn/ranks.h"
#include "recipe/make_model.h"
#include "recipe/merge.h"
#include "status.h"

_Static_assert((int)RECIPE_MAX_MEMBERS <= (int)MERGE_MAX_PARTS, "a recipe's members can be merged");

/* One of them. */
typedef struct {
    Recipe recipe;
    GenreModel *model;
    char *checkpoint, *log;
} Member;

typedef struct {
    int n;
    Member all[RECIPE_MAX_MEMBERS];
} Members;

static const char *name_of(const Recipe *recipe, int index) {
    return json_string_value(
        json_object_get(json_array_get(recipe->members, (size_t)index), "name"));
}

/* Their models, without weights. Clear them even after a failure. */
static GenreStatus make(Members *members, const Recipe *recipe, json_t *labels, GenreError *error) {
    *members = (Members){.n = recipe_n_members(recipe)};
    for (int i = 0; i < members->n; i++) {
        Member *member = &members->all[i];
        GenreError inner;
        const GenreStatus status = recipe_member(&member->recipe, recipe, i, error);
        if (status)
            return status;
        member->model = make_model(&member->recipe, labels, &inner);
        if (!member->model)
            return genre_fail(error, inner.status, "member \"%s\": %s", name_of(recipe, i),
                              inner.text);
    }
    return GENRE_SUCCESS;
}

static void clear(Members *members) {
    for (int i = 0; i < members->n; i++) {
        recipe_clear(&members->all[i].recipe);
        genre_model_free(members->all[i].model);
        free(members->all[i].checkpoint);
        free(members->all[i].log);
    }
}

static void list_parts(const Members *members, const Recipe *recipe, MergePart *parts) {
    for (int i = 0; i < members->n; i++)
        parts[i] = (MergePart){name_of(recipe, i), members->all[i].model};
}

GenreModel *members_try(const Recipe *recipe, json_t *labels, GenreError *error) {
    Members members;
    MergePart parts[RECIPE_MAX_MEMBERS];
    GenreModel *model = NULL;
    GenreRng rng = genre_rng(1, 1);
    if (!make(&members, recipe, labels, error)) {
        /* No weights alike, so that no more layers are taken to be the same than will be. */
        for (int i = 0; i < members.n; i++)
            for (size_t w = 0; w < members.all[i].model->net->n_weights; w++)
                members.all[i].model->net->weights[w] = (float)genre_rng_between(&rng, -1, 1);
        list_parts(&members, recipe, parts);
        model = merge_models(parts, members.n, error);
    }
    clear(&members);
    return model;
}

/* Where member `index` keeps its checkpoint. */
static char *checkpoint_of(const TrainerSettings *settings, int index) {
    char ending[40] = "";
    if (index > 0)
        snprintf(ending, sizeof ending, ".%s", name_of(settings->recipe, index));
    return path_with(settings->checkpoint_path, ending);
}

/* And its log: log.csv for the first, log.NAME.csv for each other. */
static char *log_of(const TrainerSettings *settings, int index) {
    static const char csv[] = ".csv";
    char ending[40];
    if (index == 0)
        return path_with(settings->log_path, "");
    char *stem = strndup(settings->log_path, strlen(settings->log_path) - strlen(csv));
    snprintf(ending, sizeof ending, ".%s%s", name_of(settings->recipe, index), csv);
    char *log = stem ? path_with(stem, ending) : NULL;
    free(stem);
    return log;
}

static GenreStatus train_one(Members *members, int index, const TrainerSettings *settings,
                             TrainerResult *result, GenreError *error) {
    Member *member = &members->all[index];
    const char *name = name_of(settings->recipe, index);
    char note[80];
    GenreError inner;
    TrainerSettings its = *settings;
    member->checkpoint = checkpoint_of(settings, index);
    member->log = log_of(settings, index);
    if (!member->checkpoint || !member->log)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    snprintf(note, sizeof note, "%s%s%s", settings->note ? settings->note : "",
             settings->note ? ", " : "", name);
    its.recipe = &member->recipe;
    its.seed += (uint64_t)index << 32; /* beyond every job's */
    its.checkpoint_path = member->checkpoint;
    its.log_path = member->log;
    its.resume = settings->resume && access(member->checkpoint, F_OK) == 0;
    its.job = settings->job * members->n + index;
    its.n_jobs = settings->n_jobs * members->n;
    its.before_s = settings->before_s + result->spent_s;
    its.note = note;
    its.member = name;
    TrainerResult of = {0};
    fprintf(stderr, "member %d of %d: %s\n", index + 1, members->n, name);
    const GenreStatus status = trainer_run(member->model, &its, &of, &inner);
    if (status)
        return genre_fail(error, status, "member \"%s\": %s", name, inner.text);
    result->spent_s += of.spent_s;
    json_object_set(of.summary, "recipe", json_object_get(member->recipe.json, "train"));
    json_object_set(of.summary, "augment", json_object_get(member->recipe.json, "augment"));
    json_object_set_new(json_object_get(result->summary, "members"), name, of.summary);
    return GENRE_SUCCESS;
}

GenreModel *members_train(const TrainerSettings *settings, json_t *labels, TrainerResult *result,
                          GenreError *error) {
    Members members;
    MergePart parts[RECIPE_MAX_MEMBERS];
    TrainerSettings common = *settings;
    double loss;
    GenreModel *model = NULL;
    if (!settings->resume && ranks_index() == 0)
        members_forget(settings); /* another training's would be refused hours later */
    *result = (TrainerResult){
        .summary = json_pack("{sI s{}}", "seed", (json_int_t)settings->seed, "members")};
    GenreStatus status = ranks_agree(make(&members, settings->recipe, labels, error), error);
    if (!status) {
        list_parts(&members, settings->recipe, parts);
        common.block = merge_frames_per_step(parts, members.n);
    }
    for (int i = 0; i < members.n && !status; i++)
        status = train_one(&members, i, &common, result, error);
    if (!status)
        model = merge_models(parts, members.n, error);
    clear(&members);
    if (!status && ranks_agree(model ? GENRE_SUCCESS : error->status, error)) {
        genre_model_free(model);
        return NULL;
    }
    if (model && trainer_calibrate(model, settings, &loss, error)) {
        genre_model_free(model);
        return NULL;
    }
    if (model)
        json_object_set_new(result->summary, "valid_loss",
                            settings->refit ? json_null() : json_real(loss));
    return model;
}

void members_forget(const TrainerSettings *settings) {
    for (int i = recipe_n_members(settings->recipe) - 1; i >= 0; i--) {
        char *path = checkpoint_of(settings, i);
        if (path)
            remove(path);
        free(path);
    }
}
