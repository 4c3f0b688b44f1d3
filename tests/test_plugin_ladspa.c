/* The LADSPA plugins: their tables, and that they do what the LV2 plugins' common part does. */
#include <dlfcn.h>
#include <ladspa.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "genrecast.h"
#include "plugin_models.h"
#include "ports.h"
#include "run.h"
#include "sound.h"

enum { RATE_HZ = 44100, N = RATE_HZ * 5, MAX_PORTS = GENRE_N_CONTROLS + 4 };

static const LADSPA_Descriptor *find_plugin(int n_channels) {
    void *library = dlopen(LADSPA_MODULE, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(library != NULL, "%s", dlerror());
    LADSPA_Descriptor_Function function;
    *(void **)&function = dlsym(library, "ladspa_descriptor");
    ck_assert_msg(function != NULL, "no ladspa_descriptor");
    ck_assert_ptr_null(function(2));
    return function(n_channels == 2);
}

/* What LADSPA's words for a default mean (ladspa.h). */
static float default_of(const LADSPA_PortRangeHint *hint) {
    const float low = hint->LowerBound, high = hint->UpperBound;
    const bool logarithmic = LADSPA_IS_HINT_LOGARITHMIC(hint->HintDescriptor);
    switch (hint->HintDescriptor & LADSPA_HINT_DEFAULT_MASK) {
    case LADSPA_HINT_DEFAULT_0:
        return 0;
    case LADSPA_HINT_DEFAULT_1:
        return 1;
    case LADSPA_HINT_DEFAULT_LOW:
        return logarithmic ? expf(0.75f * logf(low) + 0.25f * logf(high))
                           : 0.75f * low + 0.25f * high;
    case LADSPA_HINT_DEFAULT_MIDDLE:
        return logarithmic ? sqrtf(low * high) : 0.5f * (low + high);
    }
    return NAN;
}

START_TEST(descriptors_are_complete) {
    static const float lv2_defaults[] = {
#define PORT(id, symbol, name, unit, kind, low, value, ...) value,
        GENRE_PLUGIN_SETTINGS(PORT)
#undef PORT
            0 /* bypass */};
    const int n_channels = _i;
    const LADSPA_Descriptor *d = find_plugin(n_channels);
    ck_assert_uint_lt(d->UniqueID, 0x1000000);
    ck_assert_uint_gt(d->UniqueID, 1000);
    ck_assert_int_eq(d->Properties, LADSPA_PROPERTY_HARD_RT_CAPABLE);
    ck_assert_ptr_nonnull(strstr(d->Name, "LADSPA"));
    ck_assert_uint_eq(d->PortCount, (unsigned)(GENRE_N_CONTROLS + 2 * n_channels));
    for (unsigned i = 0; i < d->PortCount; i++) {
        const LADSPA_PortDescriptor kind = d->PortDescriptors[i];
        ck_assert_uint_gt(strlen(d->PortNames[i]), 0);
        ck_assert_int_eq(LADSPA_IS_PORT_CONTROL(kind) != 0, i < GENRE_N_CONTROLS);
        ck_assert_int_eq(LADSPA_IS_PORT_INPUT(kind) != 0, LADSPA_IS_PORT_OUTPUT(kind) == 0);
        if (i < GENRE_N_INPUTS)
            ck_assert_float_eq_tol(default_of(&d->PortRangeHints[i]), lv2_defaults[i], 1e-5f);
    }
    ck_assert_str_eq(d->PortNames[GENRE_OUT_LATENCY], "latency");
}
END_TEST

typedef struct {
    const LADSPA_Descriptor *d;
    LADSPA_Handle handle;
    float ports[GENRE_N_CONTROLS];
    float in[2][8192], out[2][8192];
} Instance;

static Instance *make(int n_channels) {
    Instance *x = calloc(1, sizeof *x);
    x->d = find_plugin(n_channels);
    x->handle = x->d->instantiate(x->d, RATE_HZ);
    ck_assert_ptr_nonnull(x->handle);
    for (unsigned i = 0; i < GENRE_N_CONTROLS; i++) {
        if (i < GENRE_N_INPUTS)
            x->ports[i] = default_of(&x->d->PortRangeHints[i]);
        x->d->connect_port(x->handle, i, &x->ports[i]);
    }
    for (int c = 0; c < n_channels; c++) {
        x->d->connect_port(x->handle, (unsigned)GENRE_PORT_AUDIO_IN(c), x->in[c]);
        x->d->connect_port(x->handle, (unsigned)GENRE_PORT_AUDIO_OUT(c, n_channels), x->out[c]);
    }
    x->d->activate(x->handle);
    return x;
}

static void destroy(Instance *x) {
    x->d->cleanup(x->handle);
    free(x);
}

static void play(Instance *x, const float *sound, size_t n) {
    memcpy(x->in[0], sound, n * sizeof *sound);
    memcpy(x->in[1], sound, n * sizeof *sound);
    x->d->run(x->handle, n);
    ck_assert_mem_eq(x->out[0], sound, n * sizeof *sound);
}

/* With the defaults and the model at `path` (NULL: built in) the same as the classifier. */
static void check_equals_classifier(int n_channels, const char *path) {
    float *music = calloc(N, sizeof *music);
    sound_music(music, N, RATE_HZ);
    GenreModel *model = path ? genre_model_load(path, NULL) : genre_model_default(NULL);
    GenreClassifier *c = genre_classifier_new(model, RATE_HZ, n_channels, NULL, NULL);
    Instance *x = make(n_channels);
    for (size_t at = 0; at + 1000 <= N; at += 1000) {
        const float *const channels[] = {music + at, music + at};
        genre_classifier_push_planar(c, channels, 1000);
        play(x, music + at, 1000);
        const GenreEstimate *e = genre_classifier_estimate(c);
        if (e->sequence == 0)
            continue;
        ck_assert_float_eq(x->ports[GENRE_OUT_CONFIDENCE], e->confidence);
        if (!path && e->state != GENRE_STATE_SILENCE)
            ck_assert_float_eq(x->ports[GENRE_OUT_GENRE], (float)e->genre);
        for (int i = 0; !path && i < GENRE_N_DEFAULT_LABELS; i++)
            ck_assert_float_eq(x->ports[GENRE_OUT_SCORES + i], e->scores[i]);
    }
    ck_assert_uint_gt(genre_classifier_estimate(c)->sequence, 0);
    /* Bypass: audio passes (see play), the outputs are neutral. */
    x->ports[GENRE_IN_BYPASS] = 1;
    play(x, music, 1000);
    ck_assert_float_eq(x->ports[GENRE_OUT_GENRE], GENRE_PORT_UNKNOWN);
    ck_assert_float_eq(x->ports[GENRE_OUT_CONFIDENCE], 0);
    destroy(x);
    genre_classifier_free(c);
    genre_model_free(model);
    free(music);
}

START_TEST(outputs_are_the_classifiers) {
    unsetenv("GENRECAST_MODEL");
    check_equals_classifier(_i, NULL);
}
END_TEST

START_TEST(the_environment_names_a_model) {
    char path[] = "/tmp/genrecast-test-XXXXXX";
    close(mkstemp(path));
    write_other_model(path);
    setenv("GENRECAST_MODEL", path, 1);
    check_equals_classifier(1, path);
    unlink(path);
    /* Gone now: the built-in one, rather than no plugin in the project. */
    check_equals_classifier(1, NULL);
}
END_TEST

/* LADSPA has no worker to run its network. */
START_TEST(a_model_of_windows_is_refused) {
    char path[] = "/tmp/genrecast-test-XXXXXX";
    close(mkstemp(path));
    write_window_model(path);
    setenv("GENRECAST_MODEL", path, 1);
    check_equals_classifier(1, NULL);
    unlink(path);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_loop_test(tests, descriptors_are_complete, 1, 3);
    tcase_add_loop_test(tests, outputs_are_the_classifiers, 1, 3);
    tcase_add_test(tests, the_environment_names_a_model);
    tcase_add_test(tests, a_model_of_windows_is_refused);
}
