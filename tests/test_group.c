/* Many streams at once: each has the estimates, all of them and to the last bit, that a classifier
 * of its own has, whatever the streams beside it do. */
#include <stdlib.h>
#include <string.h>

#include "genrecast.h"
#include "model_helpers.h"
#include "rng.h"
#include "run.h"
#include "sound.h"

enum { N_STREAMS = 19, MAX_ESTIMATES = 400, MAX_CLIPS = 3 };

/* What is pushed into a stream from one reset to the next. */
typedef struct {
    size_t first, n; /* samples of `sound`, frames of each channel */
    bool finishes;   /* to its end; else it is broken off ... */
    bool hurries;    /* ... in either case while frames wait for a step, maybe */
    int end;         /* estimates that there are by then */
} Clip;

typedef struct {
    Clip clips[MAX_CLIPS];
    float unknown_below;
    int n_right, n_seen; /* estimates: of a classifier; of the group so far */
    GenreEstimate right[MAX_ESTIMATES];
    int clip;  /* that it is at ... */
    size_t at; /* ... and how far it is */
} Script;

static float *sound; /* music, noise, silence and music again */
static size_t n_sound;
static Script *scripts;

static GenreSettings settings_of(const Script *script) {
    GenreSettings settings = genre_settings_default();
    settings.interval_s = 0.1f;
    settings.hold_s = 0.2f;
    settings.unknown_below = script->unknown_below;
    return settings;
}

static void note(Script *script, const GenreEstimate *estimate) {
    if (estimate->sequence == 0 ||
        (script->n_right > 0 &&
         memcmp(&script->right[script->n_right - 1], estimate, sizeof *estimate) == 0))
        return;
    ck_assert_int_lt(script->n_right, MAX_ESTIMATES);
    script->right[script->n_right++] = *estimate;
}

/* What a classifier says, in blocks that show every estimate. */
static void hear_alone(Script *script, const GenreModel *model, double rate_hz, int n_channels) {
    const GenreSettings settings = settings_of(script);
    const size_t block = (size_t)(rate_hz / 300); /* less than any frame */
    GenreClassifier *c = genre_classifier_new(model, rate_hz, n_channels, &settings, NULL);
    ck_assert_ptr_nonnull(c);
    for (int i = 0; i < MAX_CLIPS; i++) {
        const Clip *clip = &script->clips[i];
        for (size_t at = 0; at < clip->n; at += block) {
            const size_t n = clip->n - at < block ? clip->n - at : block;
            genre_classifier_push(c, sound + (clip->first + at) * (size_t)n_channels, n);
            note(script, genre_classifier_estimate(c));
        }
        if (clip->finishes) {
            genre_classifier_finish(c);
            note(script, genre_classifier_estimate(c));
        }
        script->clips[i].end = script->n_right;
        genre_classifier_reset(c);
    }
    genre_classifier_free(c);
}

/* The next estimate of a stream, where it has a new one, is the right one. */
static void look(Script *script, const GenreEstimate *estimate) {
    if (estimate->sequence == 0 || (script->n_seen > 0 && memcmp(&script->right[script->n_seen - 1],
                                                                 estimate, sizeof *estimate) == 0))
        return;
    ck_assert_int_lt(script->n_seen, script->n_right);
    REQUIRE(memcmp(&script->right[script->n_seen], estimate, sizeof *estimate) == 0,
            "estimate %d is of %g s and %.9g sure, not of %g s and %.9g", script->n_seen,
            estimate->time_s, (double)estimate->confidence, script->right[script->n_seen].time_s,
            (double)script->right[script->n_seen].confidence);
    script->n_seen++;
}

/* Steps until nothing waits. */
static void step(GenreGroup *group) {
    bool more;
    do {
        more = genre_group_step(group);
        for (int i = 0; i < N_STREAMS; i++)
            look(&scripts[i], genre_group_estimate(group, i));
    } while (more);
}

/* Pushes some of what comes next in a stream, and ends its clip where that is all. False where
 * there is nothing more. */
static bool go_on(GenreGroup *group, int index, int n_channels, size_t most) {
    Script *script = &scripts[index];
    while (script->clip < MAX_CLIPS && script->clips[script->clip].n == 0)
        script->clip++;
    if (script->clip == MAX_CLIPS)
        return false;
    const Clip *clip = &script->clips[script->clip];
    const size_t left = clip->n - script->at;
    const float *from = sound + (clip->first + script->at) * (size_t)n_channels;
    script->at += genre_group_push(group, index, from, left < most ? left : most);
    if (script->at < clip->n)
        return true;
    if (!clip->hurries)
        step(group);
    if (clip->finishes)
        genre_group_finish(group, index);
    if (clip->hurries) /* of those in between none is seen */
        script->n_seen = clip->end - clip->finishes;
    if (clip->finishes)
        look(script, genre_group_estimate(group, index));
    genre_group_reset(group, index);
    ck_assert_uint_eq(genre_group_estimate(group, index)->sequence, 0);
    script->clip++;
    script->at = 0;
    return true;
}

/* Music, noise, silence and music, and what each stream is given of them: all of it, or one part
 * after the other, some of them broken off. */
static void write_scripts(double rate_hz, size_t channels, double seconds) {
    GenreRng rng = genre_rng(7, 1);
    const size_t quarter = (size_t)(rate_hz * seconds) / 4, n = quarter * channels;
    n_sound = 4 * quarter;
    sound = calloc(4 * n, sizeof *sound);
    scripts = calloc(N_STREAMS, sizeof *scripts);
    sound_music(sound, n, rate_hz * (double)channels);
    sound_noise(sound + n, n, 0.3, 3);
    sound_music(sound + 3 * n, n, rate_hz * (double)channels * 1.1);
    for (int i = 0; i < N_STREAMS; i++) {
        Clip *clips = scripts[i].clips;
        scripts[i].unknown_below = i % 4 == 3 ? 1 : 0.1f;
        if (i < 4)
            clips[0] = (Clip){.n = n_sound - (size_t)i, .finishes = true};
        for (int k = 0; i >= 4 && k < MAX_CLIPS; k++) {
            clips[k].first = genre_rng_below(&rng, (uint32_t)(n_sound - 1));
            clips[k].n = genre_rng_below(&rng, (uint32_t)(n_sound - clips[k].first));
            clips[k].finishes = genre_rng_below(&rng, 3) > 0;
            clips[k].hurries = genre_rng_below(&rng, 2);
        }
    }
}

/* How often a classifier noticed another piece of music. */
static int count_changes(const Script *script) {
    int n = 0;
    for (int k = 1; k < script->n_right; k++) {
        const GenreEstimate *before = &script->right[k - 1], *now = &script->right[k];
        n += now->sequence > before->sequence && now->heard_s < before->heard_s &&
             now->heard_s > 0 && before->state != GENRE_STATE_SILENCE;
    }
    return n;
}

/* Streams of different lengths, pushed into by turns that chance has made, in blocks of any size.
 * Returns how often another piece of music was noticed in all of them. */
static int compare(const GenreModel *model, double rate_hz, int n_channels, double seconds) {
    GenreRng rng = genre_rng(7, 2);
    int n_states[3] = {0}, n_waited = 0, n_changes = 0;
    write_scripts(rate_hz, (size_t)n_channels, seconds);
    for (int i = 0; i < N_STREAMS; i++) {
        hear_alone(&scripts[i], model, rate_hz, n_channels);
        n_changes += count_changes(&scripts[i]);
        for (int k = 0; k < scripts[i].n_right; k++)
            n_states[scripts[i].right[k].state]++;
    }
    GenreSettings settings = settings_of(&scripts[0]);
    GenreGroup *group = genre_group_new(model, N_STREAMS, rate_hz, n_channels, &settings, NULL);
    ck_assert_ptr_nonnull(group);
    for (int i = 0; i < N_STREAMS; i++) {
        settings = settings_of(&scripts[i]);
        genre_group_configure(group, i, &settings);
    }
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < N_STREAMS; i++)
            /* Some idle for a while; others come in step, as many at once as there are. */
            if (genre_rng_below(&rng, 4) || i % 3 == 0)
                more |= go_on(group, i, n_channels, 1 + genre_rng_below(&rng, 9999));
            else
                more = true;
        if (genre_rng_below(&rng, 3) == 0)
            step(group);
        else
            n_waited++;
    }
    for (int i = 0; i < N_STREAMS; i++)
        ck_assert_int_eq(scripts[i].n_seen, scripts[i].n_right);
    ck_assert_int_gt(scripts[0].n_right, 10);
    ck_assert_int_gt(n_waited, 3);
    for (int i = 0; i < 3; i++)
        REQUIRE(n_states[i] > 10, "only %d estimates say \"%s\"", n_states[i],
                genre_state_name((GenreState)i));
    genre_group_free(group);
    free(scripts);
    free(sound);
    return n_changes;
}

START_TEST(streams_are_as_alone) {
    static const struct {
        double rate_hz;
        int n_channels;
    } inputs[] = {{22050, 1}, {44100, 2}, {48000, 1}};
    GenreModel *model = genre_model_default(NULL);
    ck_assert_ptr_nonnull(model);
    compare(model, inputs[_i].rate_hz, inputs[_i].n_channels, 14);
    genre_model_free(model);
}
END_TEST

/* A model of other means: of windows; with a feature that remembers; of very short frames; one that
 * notices another piece of music, in steps of two frames. */
enum { WINDOWS, NOTICES = 3, N_KINDS };

static GenreModel *make_model(int kind) {
    static const char *const features[] = {
        "{\"kind\": \"logmel\", \"rate_hz\": 8000, \"n_fft\": 512, \"hop\": 512, \"bands\": 4}",
        ("{\"kind\": \"joined\", \"rate_hz\": 8000, \"n_fft\": 256, \"hop\": 200, \"parts\":"
         " [{\"kind\": \"onset\"}, {\"kind\": \"logmel\", \"bands\": 3}]}"),
        "{\"kind\": \"logmel\", \"rate_hz\": 8000, \"n_fft\": 64, \"hop\": 32, \"bands\": 4}",
        "{\"kind\": \"logmel\", \"rate_hz\": 8000, \"n_fft\": 256, \"hop\": 200, \"bands\": 4}"};
    json_t *header = small_header(), *metadata = json_object_get(header, "__metadata__");
    size_t size;
    GenreError error;
    json_object_set_new(metadata, "feature", json_string(features[kind]));
    if (kind == WINDOWS) {
        json_object_set_new(metadata, "causal", json_string("false"));
        json_object_set_new(metadata, "window_frames", json_string("10"));
        json_object_set_new(
            metadata, "layers",
            json_string("[{\"kind\": \"norm\", \"name\": \"level\"},"
                        " {\"kind\": \"pool_time\", \"by\": \"deviation\", \"name\": \"mean\"},"
                        " {\"kind\": \"dense\", \"units\": 2, \"name\": \"dense0\"}]"));
    } else if (kind == NOTICES) {
        json_object_set_new(
            metadata, "layers",
            json_string("[{\"kind\": \"avgpool\", \"kernel_time\": 2, \"name\": \"slow\"},"
                        " {\"kind\": \"stats\", \"recent\": 20, \"name\": \"all\"},"
                        " {\"kind\": \"bands\", \"first\": 4, \"count\": 4, \"name\": \"means\"},"
                        " {\"kind\": \"dense\", \"units\": 2, \"name\": \"dense0\"}]"));
    } else {
        json_object_set_new(
            metadata, "layers",
            json_string("[{\"kind\": \"norm\", \"name\": \"level\"},"
                        " {\"kind\": \"dense\", \"units\": 2, \"name\": \"dense0\"}]"));
    }
    unsigned char *bytes = encode(header, &size);
    GenreModel *model = genre_model_parse(bytes, size, &error);
    ck_assert_msg(model != NULL, "%s", error.text);
    free(bytes);
    return model;
}

START_TEST(models_of_any_kind_will_do) {
    GenreModel *model = make_model(_i);
    ck_assert_int_eq(genre_model_is_causal(model), _i != WINDOWS);
    const int n_changes = compare(model, 8000, 1, 12);
    /* Music turns into noise in the first four streams, each of which hears all. */
    ck_assert(_i == NOTICES ? n_changes >= 4 : n_changes == 0);
    genre_model_free(model);
}
END_TEST

START_TEST(interleaved_equals_planar) {
    enum { N = 30000, CHANNELS = 3 };
    static float x[N * CHANNELS], planes[CHANNELS][N];
    GenreModel *model = genre_model_default(NULL);
    GenreGroup *group = genre_group_new(model, 2, 22050, CHANNELS, NULL, NULL);
    ck_assert_ptr_nonnull(group);
    ck_assert_int_eq(genre_group_n_streams(group), 2);
    ck_assert_ptr_eq(genre_group_model(group), model);
    sound_noise(x, N * CHANNELS, 0.5, 1);
    for (int i = 0; i < N * CHANNELS; i++)
        planes[i % CHANNELS][i / CHANNELS] = x[i];
    for (size_t at[2] = {0, 0}; at[0] < N || at[1] < N;) {
        const float *const here[CHANNELS] = {planes[0] + at[1], planes[1] + at[1],
                                             planes[2] + at[1]};
        at[0] += genre_group_push(group, 0, x + at[0] * CHANNELS, N - at[0]);
        at[1] += genre_group_push_planar(group, 1, here, N - at[1]);
        ck_assert_uint_eq(at[0], at[1]);
        while (genre_group_step(group)) {
        }
    }
    ck_assert_uint_eq(genre_group_push(group, 0, NULL, 0), 0);
    ck_assert_uint_gt(genre_group_estimate(group, 0)->sequence, 0);
    ck_assert_mem_eq(genre_group_estimate(group, 0), genre_group_estimate(group, 1),
                     sizeof(GenreEstimate));
    ck_assert_float_eq_tol(genre_group_level_db(group, 1), -15.6f, 0.5f);
    genre_group_free(group);
    genre_model_free(model);
}
END_TEST

START_TEST(refuses_what_it_cannot_do) {
    static const struct {
        int n_streams;
        double rate_hz;
        int n_channels;
    } bad[] = {{0, 44100, 1}, {-1, 44100, 1}, {GENRE_MAX_STREAMS + 1, 44100, 1},
               {4, 7999, 1},  {4, 44100, 0},  {4, 44100, 65}};
    GenreError error = {GENRE_SUCCESS, ""};
    GenreModel *model = genre_model_default(NULL);
    ck_assert_ptr_null(genre_group_new(model, bad[_i].n_streams, bad[_i].rate_hz,
                                       bad[_i].n_channels, NULL, &error));
    ck_assert_int_eq(error.status, GENRE_ERR_BAD_ARG);
    check_sentence(&error);
    ck_assert_ptr_null(
        genre_group_new(model, bad[_i].n_streams, bad[_i].rate_hz, bad[_i].n_channels, NULL, NULL));
    genre_group_free(NULL);
    genre_model_free(model);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_loop_test(tests, streams_are_as_alone, 0, 3);
    tcase_add_loop_test(tests, models_of_any_kind_will_do, 0, N_KINDS);
    tcase_add_test(tests, interleaved_equals_planar);
    tcase_add_loop_test(tests, refuses_what_it_cannot_do, 0, 6);
}
