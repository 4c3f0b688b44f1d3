/* The trainer's parts: manifests, loss, optimiser, excerpts, augmentation. Whole trainings are run
 * by train.sh. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clips/csv.h"
#include "clips/manifest.h"
#include "feature/feature.h"
#include "feature/mel.h"
#include "learn/augment.h"
#include "learn/batch.h"
#include "learn/blas.h"
#include "learn/calibrate.h"
#include "learn/infer.h"
#include "learn/loss.h"
#include "learn/optim.h"
#include "learn/shard.h"
#include "run.h"
#include "run/refit_check.h"

START_TEST(csv_unquotes) {
    char text[] = "a,\"b,\"\"c\"\"\n d\",e\r\n,\n\"x\"\n";
    char *cursor = text, *fields[CSV_MAX_FIELDS];
    ck_assert_int_eq(csv_record(&cursor, ',', fields), 3);
    ck_assert_str_eq(fields[0], "a");
    ck_assert_str_eq(fields[1], "b,\"c\"\n d");
    ck_assert_str_eq(fields[2], "e");
    ck_assert_int_eq(csv_record(&cursor, ',', fields), 2);
    ck_assert_str_eq(fields[0], "");
    ck_assert_str_eq(fields[1], "");
    ck_assert_int_eq(csv_record(&cursor, ',', fields), 1);
    ck_assert_str_eq(fields[0], "x");
    ck_assert_int_eq(csv_record(&cursor, ',', fields), 0);
}
END_TEST

START_TEST(csv_finds_the_separator) {
    static const struct {
        const char *text;
        char separator;
    } cases[] = {{"id,audio;x,genre\n;;;;", ','},
                 {"id;audio;genre\r\na,b,c,d", ';'},
                 {"id\taudio", '\t'},
                 {"genre", ','},
                 {"", ','}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_int_eq(csv_separator(cases[i].text), cases[i].separator);
    char text[] = "a;\"b;c\";d,e\n", *cursor = text, *fields[CSV_MAX_FIELDS];
    ck_assert_int_eq(csv_record(&cursor, ';', fields), 3);
    ck_assert_str_eq(fields[1], "b;c");
    ck_assert_str_eq(fields[2], "d,e");
}
END_TEST

START_TEST(csv_survives_the_end) {
    const char *const ends[] = {"\"open", "a,", "\"", "a,\"b\"\"", "\r\n\r\n"};
    const int n[] = {-2, 2, -2, -2, 0};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char *text = strdup(ends[i]), *cursor = text, *fields[CSV_MAX_FIELDS];
        ck_assert_int_eq(csv_record(&cursor, ',', fields), n[i]);
        ck_assert_int_eq(csv_record(&cursor, ',', fields), 0);
        free(text);
    }
}
END_TEST

static GenreStatus read_manifest(const char *text, Manifest *manifest, GenreError *error) {
    char path[] = "/tmp/genrecast-manifest-XXXXXX";
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    const GenreStatus status = manifest_read(manifest, path, MANIFEST_GENRES, error);
    remove(path);
    return status;
}

START_TEST(manifest_reads_columns_by_name) {
    Manifest manifest;
    GenreError error;
    ck_assert_int_eq(read_manifest("split,genre,mel_row,audio,id,dataset,artist\n"
                                   "valid,jazz,,a.ogg,one,set,somebody\n"
                                   "train,rock,7,,two,set,\n"
                                   "train,,8,,three,set,\n"
                                   "train,Soul; Funk & R/B,9,,four,set,\n",
                                   &manifest, &error),
                     GENRE_SUCCESS);
    ck_assert_uint_eq(manifest.n, 3);
    ck_assert_str_eq(manifest.clips[0].genre, "jazz");
    ck_assert_str_eq(manifest.clips[2].genre, "soul-funk-r-b");
    ck_assert_str_eq(manifest.clips[0].split, "valid");
    ck_assert_str_eq(manifest.clips[0].audio, "a.ogg");
    ck_assert_int_eq(manifest.clips[0].mel_row, -1);
    ck_assert_int_eq(manifest.clips[1].mel_row, 7);
    manifest_clear(&manifest);
}
END_TEST

START_TEST(manifest_splits_by_artist) {
    Manifest manifest;
    GenreError error;
    char text[20000] = "audio,genre,artist\n";
    for (int i = 0; i < 400; i++)
        sprintf(text + strlen(text), "%d.wav,jazz,artist %d\n", i, i / 4);
    ck_assert_int_eq(read_manifest(text, &manifest, &error), GENRE_SUCCESS);
    int n_valid = 0;
    for (size_t i = 0; i < manifest.n; i++) {
        n_valid += strcmp(manifest.clips[i].split, "valid") == 0;
        ck_assert_str_eq(manifest.clips[i].split, manifest.clips[i / 4 * 4].split);
    }
    ck_assert_int_ge(n_valid, 40);
    ck_assert_int_le(n_valid, 130);
    manifest_clear(&manifest);
}
END_TEST

START_TEST(manifest_refuses_nonsense) {
    const char *const bad[] = {"",
                               "genre\njazz\n",
                               "audio\nx.wav\n",
                               "genre,audio\n",
                               "genre,mel_row\njazz,minus one\n",
                               "genre,mel_row\njazz,-3\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Manifest manifest;
        GenreError error = {0};
        ck_assert_int_ne(read_manifest(bad[i], &manifest, &error), GENRE_SUCCESS);
        ck_assert_ptr_null(strchr(error.text, '\n'));
        ck_assert_uint_gt(strlen(error.text), 0);
    }
}
END_TEST

START_TEST(loss_gradient_is_right) {
    const float targets[4] = {0.7f, 0.1f, 0.1f, 0.1f}, weights[4] = {1, 3, 0.5f, 2};
    for (int kind = 0; kind < 4; kind++) {
        const bool independent = kind & 1;
        const float *used = kind & 2 ? weights : NULL;
        float logits[4] = {0.5f, -1, 2, 0.25f}, d[4] = {0};
        loss_at(independent, logits, targets, used, 4, 2, d);
        for (int i = 0; i < 4; i++) {
            const float step = 1e-2f, kept = logits[i];
            logits[i] = kept + step;
            const double up = loss_at(independent, logits, targets, used, 4, 0, NULL);
            logits[i] = kept - step;
            const double down = loss_at(independent, logits, targets, used, 4, 0, NULL);
            logits[i] = kept;
            ck_assert_double_eq_tol(d[i], 2 * (up - down) / (2 * step), 1e-4);
        }
    }
}
END_TEST

/* Two steps of AdamW, written out. */
START_TEST(optim_follows_adamw) {
    json_t *layers = json_loads("[{\"kind\": \"dense\", \"units\": 1}]", 0, NULL);
    GenreError error;
    GenreNet *net = genre_net_new(layers, 1, &error);
    Optim optim;
    const OptimSettings settings = {
        .learning_rate = 0.1, .weight_decay = 0.5, .clip_norm = 1, .weight_average = 0.9};
    const double gradients[2][2] = {{3, 4}, {-0.3, 0.1}};
    double w[2] = {1, -2}, first[2] = {0}, second[2] = {0}, average[2] = {1, -2};
    net->weights[0] = 1;
    net->weights[1] = -2;
    ck_assert_int_eq(optim_init(&optim, net, &error), GENRE_SUCCESS);
    optim_start(&optim, net->weights);
    for (int t = 1; t <= 2; t++) {
        float gradient[2] = {(float)gradients[t - 1][0], (float)gradients[t - 1][1]};
        const double norm = hypot(gradient[0], gradient[1]);
        ck_assert_double_eq_tol(optim_step(&optim, &settings, net->weights, gradient), norm, 1e-6);
        const double keep = fmin(0.9, (1.0 + t) / (10 + t));
        for (int i = 0; i < 2; i++) {
            const double g = gradients[t - 1][i] / fmax(norm, 1);
            first[i] = 0.9 * first[i] + 0.1 * g;
            second[i] = 0.999 * second[i] + 0.001 * g * g;
            const double m = first[i] / (1 - pow(0.9, t)), v = second[i] / (1 - pow(0.999, t));
            /* The weight decays, the bias does not. */
            w[i] -= 0.1 * (m / (sqrt(v) + 1e-8) + (i == 0 ? 0.5 * w[i] : 0));
            average[i] = keep * average[i] + (1 - keep) * w[i];
            ck_assert_double_eq_tol(net->weights[i], w[i], 1e-5);
            ck_assert_double_eq_tol(optim.average[i], average[i], 1e-5);
        }
    }
    float broken[2] = {NAN, 1};
    ck_assert(isnan(optim_step(&optim, &settings, net->weights, broken)));
    ck_assert_double_eq_tol(net->weights[0], w[0], 1e-5);
    optim_clear(&optim);
    genre_net_free(net);
    json_decref(layers);
}
END_TEST

START_TEST(blas_agrees_with_portable) {
    float a[7 * 5], b[7 * 5], c[2][49];
    for (int i = 0; i < 35; i++) {
        a[i] = sinf((float)i);
        b[i] = cosf(3 * (float)i);
    }
    for (int kind = 0; kind < 3; kind++) {
        for (int which = 0; which < 2; which++) {
            const GenreMath *math = which ? &blas_math : &genre_math_portable;
            for (int i = 0; i < 49; i++)
                c[which][i] = (float)i;
            if (kind == 0)
                math->add_nt(7, 7, 5, a, b, c[which]);
            else if (kind == 1)
                math->add_nn(7, 7, 5, a, b, c[which]);
            else
                math->add_tn(7, 7, 5, a, b, c[which]);
        }
        for (int i = 0; i < 49; i++)
            ck_assert_float_eq_tol(c[0][i], c[1][i], 1e-4f);
    }
}
END_TEST

enum { BANDS = 16, FRAMES = 40 };

static void make_frames(float *frames, float base) {
    for (int i = 0; i < FRAMES * BANDS; i++)
        frames[i] = base - 30 + 20 * sinf(0.37f * (float)i + base);
}

START_TEST(no_augmentation_changes_nothing) {
    const Augment none = {.n_bands = BANDS};
    GenreRng rng = genre_rng(1, 1);
    float frames[FRAMES * BANDS], x[FRAMES * BANDS];
    make_frames(frames, 0);
    ck_assert_double_eq(augment_speed(&none, &rng), 1);
    augment_resample(frames, FRAMES, BANDS, 0, 1, x, FRAMES);
    augment_apply(&none, &rng, x, FRAMES, BANDS);
    for (int i = 0; i < FRAMES * BANDS; i++)
        ck_assert_float_eq_tol(x[i], frames[i], 1e-4f);
}
END_TEST

START_TEST(augmentation_keeps_its_ranges) {
    GenreError error;
    Augment augment;
    json_t *feature = json_pack("{ss si}", "kind", "logmel", "bands", BANDS);
    json_t *json =
        json_loads("{\"gain_db\": 5, \"floor_low_db\": 20, \"floor_high_db\": 25}", 0, NULL);
    ck_assert_int_eq(augment_read(&augment, json, feature, &error), GENRE_SUCCESS);
    json_decref(json);
    GenreRng rng = genre_rng(1, 1);
    for (int round = 0; round < 100; round++) {
        float x[FRAMES * BANDS], low = 1e9f, high = -1e9f;
        make_frames(x, 0);
        augment_apply(&augment, &rng, x, FRAMES, BANDS);
        for (int i = 0; i < FRAMES * BANDS; i++) {
            low = fminf(low, x[i]);
            high = fmaxf(high, x[i]);
        }
        ck_assert_float_ge(high, -15.1f);
        ck_assert_float_le(high, -4.9f);
        ck_assert_float_ge(high - low, 19.9f);
        ck_assert_float_le(high - low, 25.1f);
    }
    json = json_loads("{\"gain\": 5}", 0, NULL);
    ck_assert_int_ne(augment_read(&augment, json, feature, &error), GENRE_SUCCESS);
    ck_assert_ptr_nonnull(strstr(error.text, "gain"));
    json_decref(json);
    json_decref(feature);
}
END_TEST

/* Bands stand between twelve values of chroma and one of onset strength, which nothing touches. */
START_TEST(other_features_are_not_augmented) {
    enum { CHROMA = 12, SIZE = CHROMA + BANDS + 1 };
    GenreError error;
    Augment augment;
    json_t *feature = json_pack("{ss s[{ss} {ss si} {ss}]}", "kind", "joined", "parts", "kind",
                                "chroma", "kind", "logmel", "bands", BANDS, "kind", "onset");
    json_t *json = json_pack("{si si sf si si}", "gain_db", 20, "slope_db", 20, "low_pass", 1.0,
                             "time_masks", 2, "time_mask_frames", 20);
    float x[FRAMES * SIZE], before[FRAMES * SIZE];
    int n_changed = 0;
    ck_assert_int_eq(augment_read(&augment, json, feature, &error), GENRE_SUCCESS);
    ck_assert_int_eq(augment.first_band, CHROMA);
    ck_assert_int_eq(augment.n_bands, BANDS);
    for (int i = 0; i < FRAMES * SIZE; i++)
        before[i] = x[i] = (float)(i % 7) - 20;
    GenreRng rng = genre_rng(1, 1);
    augment_apply(&augment, &rng, x, FRAMES, SIZE);
    for (int i = 0; i < FRAMES * SIZE; i++)
        if (i % SIZE < CHROMA || i % SIZE >= CHROMA + BANDS)
            ck_assert_float_eq(x[i], before[i]);
        else
            n_changed += fabsf(x[i] - before[i]) > 0.1f;
    ck_assert_int_gt(n_changed, FRAMES * BANDS / 2);
    json_decref(feature);
    feature = json_pack("{ss}", "kind", "mfcc");
    ck_assert_int_ne(augment_read(&augment, json, feature, &error), GENRE_SUCCESS);
    ck_assert_ptr_nonnull(strstr(error.text, "\"gain_db\" changes log-mel bands"));
    json_decref(json);
    json = json_pack("{sf sf}", "stretch", 0.1, "mixup", 0.5);
    ck_assert_int_eq(augment_read(&augment, json, feature, &error), GENRE_SUCCESS);
    ck_assert_int_eq(augment.n_bands, 0);
    augment_apply(&augment, &rng, x, FRAMES, SIZE);
    json_decref(json);
    json_decref(feature);
}
END_TEST

/* Reads one option of 1 for bands up to 11 kHz, and applies it to frames that are all -60 dB but
 * for the fifth, which is 0 dB. */
static void lead_through(const char *option, uint64_t seed, float x[FRAMES][BANDS]) {
    GenreError error;
    Augment augment;
    json_t *feature = json_pack("{ss si}", "kind", "logmel", "bands", BANDS);
    json_t *json = json_pack("{sf sf sf}", option, 1.0, "snr_low_db", 20.0, "snr_high_db", 20.0);
    ck_assert_int_eq(augment_read(&augment, json, feature, &error), GENRE_SUCCESS);
    for (int t = 0; t < FRAMES; t++)
        for (int b = 0; b < BANDS; b++)
            x[t][b] = t == 5 ? 0 : -60;
    GenreRng rng = genre_rng(seed, 1);
    augment_apply(&augment, &rng, *x, FRAMES, BANDS);
    json_decref(json);
    json_decref(feature);
}

START_TEST(bass_is_cut) {
    float x[FRAMES][BANDS], least = 0, most = -100;
    for (uint64_t seed = 1; seed < 50; seed++) {
        lead_through("low_cut", seed, x);
        for (int b = 1; b < BANDS; b++)
            ck_assert_float_ge(x[5][b], x[5][b - 1]);
        ck_assert_float_ge(x[5][BANDS - 1], -0.1f);
        ck_assert_float_eq_tol(x[0][0], x[5][0] - 60, 1e-3f);
        least = fminf(least, x[5][0]);
        most = fmaxf(most, x[5][0]);
    }
    ck_assert_float_le(least, -6);
    ck_assert_float_ge(most, -0.5f);
}
END_TEST

START_TEST(room_has_a_tail) {
    float x[FRAMES][BANDS];
    for (uint64_t seed = 1; seed < 50; seed++) {
        lead_through("room", seed, x);
        ck_assert_float_eq_tol(x[5][3], 0, 0.1f);
        ck_assert_float_eq_tol(x[4][3], -60, 3);
        ck_assert_float_ge(x[6][3], -40);
        ck_assert_float_le(x[6][3], 0);
        for (int t = 7; t < FRAMES; t++)
            ck_assert_float_le(x[t][3], x[t - 1][3]);
    }
}
END_TEST

START_TEST(noise_is_as_loud_as_asked) {
    float x[FRAMES][BANDS];
    for (uint64_t seed = 1; seed < 50; seed++) {
        double power = 0, all = 0;
        lead_through("noise", seed, x);
        for (int b = 0; b < BANDS; b++) {
            const double low = genre_mel_to_hz(genre_mel_from_hz(11025) * (b + 0.5) / (BANDS + 1));
            const double high = genre_mel_to_hz(genre_mel_from_hz(11025) * (b + 1.5) / (BANDS + 1));
            power += (high - low) * pow(10, x[20][b] / 10);
            all += high - low;
        }
        /* The music is one frame of 40. */
        ck_assert_double_eq_tol(10 * log10(power / all), 10 * log10(1.0 / FRAMES) - 20, 1);
    }
}
END_TEST

/* A line at a band's centre is found where that frequency, so many semitones away, belongs. */
START_TEST(pitch_moves_frequencies_alike) {
    enum { MANY = 128, LOW = 30, HIGH = 90 };
    GenreError error;
    Augment augment;
    json_t *feature = json_pack("{ss si}", "kind", "logmel", "bands", MANY);
    json_t *json = json_pack("{sf}", "pitch_semitones", 6.0);
    ck_assert_int_eq(augment_read(&augment, json, feature, &error), GENRE_SUCCESS);
    double least = 0, most = 0;
    for (uint64_t seed = 1; seed < 50; seed++) {
        double semitones[2];
        for (int k = 0; k < 2; k++) {
            const int band = k ? HIGH : LOW;
            float x[MANY];
            for (int b = 0; b < MANY; b++) /* a peak that interpolation keeps */
                x[b] = -fabsf((float)(b - band));
            GenreRng rng = genre_rng(seed, 1);
            augment_apply(&augment, &rng, x, 1, MANY);
            int peak = 0;
            for (int b = 1; b < MANY; b++)
                peak = x[b] > x[peak] ? b : peak;
            semitones[k] = 12 * log2(augment.path.centre_hz[peak] / augment.path.centre_hz[band]);
        }
        ck_assert_double_eq_tol(semitones[0], semitones[1], 0.7); /* half a band, at either */
        least = fmin(least, semitones[1]);
        most = fmax(most, semitones[1]);
    }
    ck_assert_double_le(most, 6.3);
    ck_assert_double_ge(least, -6.3);
    ck_assert(most > 4 && least < -4);
    json_decref(json);
    json_decref(feature);
}
END_TEST

START_TEST(restyling_takes_the_others_mean_and_deviation) {
    const Augment augment = {.first_band = 1, .n_bands = 1};
    float x[4][2] = {{1, -10}, {2, -20}, {3, -10}, {4, -20}}; /* mean -15, deviation 5 */
    const float y[2][2] = {{9, -33}, {9, -37}};               /* mean -35, deviation 2 */
    augment_restyle(&augment, *x, *y, 0.25, 4, 2, 2);
    for (int t = 0; t < 4; t++) {
        ck_assert_float_eq_tol(x[t][1], -30 + (t % 2 ? -1 : 1) * (0.25f * 5 + 0.75f * 2), 1e-4f);
        ck_assert_float_eq(x[t][0], (float)(t + 1)); /* no band */
    }
}
END_TEST

START_TEST(mixing_is_a_power_mean) {
    const Augment augment = {.first_band = 1, .n_bands = 2};
    float x[4] = {3, -10, -60, 8}, y[4] = {7, -60, -30, 0};
    augment_mix(&augment, x, y, 0.75, 1, 4); /* y is brought up by 20 dB */
    ck_assert_float_eq_tol(x[0], 4, 1e-6f);  /* what are no bands are mixed as they are */
    ck_assert_float_eq_tol(x[3], 6, 1e-6f);
    ck_assert_float_eq_tol(x[1], 10 * log10f(0.75f * 0.1f + 0.25f * 1e-4f), 1e-3f);
    ck_assert_float_eq_tol(x[2], 10 * log10f(0.75f * 1e-6f + 0.25f * 0.1f), 1e-3f);
}
END_TEST

/* A cache of three clips: one as audio and mel, one as audio, one of another split. */
static Cache make_cache(CacheEntry entries[4], const float *frames) {
    const char *const ids[] = {"a", "a", "b", "c"}, *const genres[] = {"x", "x", "y", "y"};
    for (int i = 0; i < 4; i++)
        entries[i] = (CacheEntry){.id = ids[i],
                                  .song = ids[i],
                                  .dataset = "set",
                                  .genre = genres[i],
                                  .split = i == 3 ? "valid" : "train",
                                  .from_mel = i == 1,
                                  .n_frames = i == 2 ? 10 : FRAMES,
                                  .frames = frames};
    return (Cache){.n_bands = BANDS, .n = 4, .entries = entries};
}

/* Training draws among a clip's variants, all alike; where one entry must do, it is the unchanged
 * one. */
START_TEST(variants_are_for_training_alone) {
    enum { VARIANTS = 3 };
    char *labels[] = {"x"};
    float frames[VARIANTS + 1][FRAMES * BANDS];
    CacheEntry entries[VARIANTS + 2];
    GenreError error;
    BatchSource source;
    Batch batch;
    const Recipe recipe = {.mel_share = 0};
    int n_drawn[VARIANTS + 1] = {0};
    for (int i = 0; i < VARIANTS + 2; i++) {
        const bool from_mel = i == VARIANTS + 1;
        for (int k = 0; !from_mel && k < FRAMES * BANDS; k++)
            frames[i][k] = (float)i;
        entries[i] = (CacheEntry){.id = "a",
                                  .dataset = "set",
                                  .genre = "x",
                                  .split = "train",
                                  .from_mel = from_mel,
                                  .variant = from_mel ? 0 : i,
                                  .n_frames = FRAMES,
                                  .frames = frames[from_mel ? 0 : i]};
    }
    const Cache cache = {.n_bands = BANDS, .n = VARIANTS + 2, .entries = entries};
    ck_assert_int_eq(batch_source_init(&source, &cache, "train", NULL, labels, 1, 0, &error), 0);
    ck_assert_uint_eq(source.n, 1);
    ck_assert_int_eq(source.clips[0].n_variants, VARIANTS);
    ck_assert_ptr_eq(source.clips[0].mel, &entries[VARIANTS + 1]);
    ck_assert_ptr_eq(batch_clip_entry(&source.clips[0]), &entries[0]);
    ck_assert_int_eq(batch_init(&batch, 8, 400, BANDS, 1, &error), 0);
    GenreRng rng = genre_rng(5, 1);
    batch_draw(&batch, &source, &recipe, &rng);
    for (int b = 0; b < 400; b++)
        n_drawn[(int)lroundf(batch.x[b * BANDS])]++;
    for (int i = 0; i <= VARIANTS; i++) {
        ck_assert_int_ge(n_drawn[i], 60);
        ck_assert_int_le(n_drawn[i], 140);
    }
    batch_clear(&batch);
    batch_source_clear(&source);
}
END_TEST

START_TEST(batches_are_drawn_as_asked) {
    char *labels[] = {"x", "y"};
    float frames[FRAMES * BANDS];
    CacheEntry entries[4];
    GenreError error;
    BatchSource source;
    Batch batch;
    Recipe recipe = {.label_smoothing = 0.2, .mel_share = 0.5};
    make_frames(frames, 0);
    const Cache cache = make_cache(entries, frames);
    ck_assert_int_eq(batch_source_init(&source, &cache, "train", NULL, labels, 2, 1, &error), 0);
    ck_assert_uint_eq(source.n, 2);
    ck_assert_ptr_eq(source.clips[0].audio, &entries[0]);
    ck_assert_ptr_eq(source.clips[0].mel, &entries[1]);
    ck_assert_double_eq_tol(source.up_to[0], 0.5, 1e-12);
    ck_assert_int_eq(batch_init(&batch, 20, 64, BANDS, 2, &error), 0);
    GenreRng rng = genre_rng(5, 1);
    batch_draw(&batch, &source, &recipe, &rng);
    int n_x = 0;
    for (int b = 0; b < 64; b++) {
        const float *target = batch.targets + 2 * b;
        const bool is_x = target[0] > 0.5f;
        n_x += is_x;
        ck_assert_float_eq_tol(target[is_x], 0.1f, 1e-6f);
        ck_assert_float_eq_tol(target[is_x ? 0 : 1], 0.9f, 1e-6f);
        ck_assert_int_eq(batch.lengths[b], is_x ? 20 : 10);
        /* Behind the clip's end its last frame is held. */
        for (int i = 0; !is_x && i < BANDS; i++)
            ck_assert_float_eq_tol(batch.x[(19 * 64 + b) * BANDS + i], frames[9 * BANDS + i],
                                   1e-4f);
    }
    ck_assert_int_ge(n_x, 16);
    ck_assert_int_le(n_x, 48);
    batch_clear(&batch);
    batch_source_clear(&source);
    ck_assert_int_ne(batch_source_init(&source, &cache, "test", NULL, labels, 2, 1, &error), 0);
}
END_TEST

/* Music of which seven in ten have the leading label, always as sure, behind longer clips that are
 * plainly no music. */
START_TEST(confidence_is_fitted_to_music) {
    enum { N_TALK = 20, N_MUSIC = 10, N = N_TALK + N_MUSIC, N_FRAMES = 8, N_OUTPUTS = 3 };
    static float logits[N][N_FRAMES][N_OUTPUTS];
    static uint64_t labels[N];
    static int lengths[N];
    GenreModel model = {.n_labels = 2, .not_music = "talk"};
    for (int i = 0; i < N; i++) {
        const bool talk = i < N_TALK;
        labels[i] = talk ? 4 : i % 10 < 7 ? 1 : 2;
        lengths[i] = talk ? N_FRAMES : 2;
        for (int t = 0; t < N_FRAMES; t++)
            logits[i][t][talk ? 2 : 0] = talk ? 4 : 2;
    }
    const Inference all = {N, N_FRAMES, N_OUTPUTS, false, labels, lengths, &logits[0][0][0]};
    Inference music = all, talk = all;
    music.n = N_MUSIC;
    music.labels += N_TALK;
    music.lengths += N_TALK;
    music.logits = logits[N_TALK][0];
    talk.n = N_TALK;
    calibrate(&model, &music, 0.5);
    ck_assert_int_eq(model.calibration.n, 1);
    const float warm = model.calibration.temperature[0];
    ck_assert_float_eq_tol(1 / (1 + 2 * expf(-2 / warm)), 0.7f, 0.02f);
    calibrate(&model, &all, 0.5);
    ck_assert_int_eq(model.calibration.n, 1); /* no music is as long as the next time */
    ck_assert_float_eq(model.calibration.temperature[0], warm);
    calibrate(&model, &talk, 0.5);
    ck_assert_float_eq(model.calibration.temperature[0], 1);
}
END_TEST

/* What is fitted to ten clips, always as sure, of which seven have the leading label: those last
 * `right` frames of a tenth of a second, the others `wrong`. */
static GenreCalibration calibrate_to(int right, int wrong) {
    enum { N = 10, N_FRAMES = 300, N_OUTPUTS = 2 };
    static float logits[N][N_FRAMES][N_OUTPUTS];
    uint64_t labels[N];
    int lengths[N];
    GenreModel model = {.n_labels = 2};
    for (int i = 0; i < N; i++) {
        labels[i] = i < 7 ? 1 : 2;
        lengths[i] = i < 7 ? right : wrong;
        for (int t = 0; t < N_FRAMES; t++)
            logits[i][t][0] = 2;
    }
    const Inference inference = {N, N_FRAMES, N_OUTPUTS, false, labels, lengths, &logits[0][0][0]};
    calibrate(&model, &inference, 0.1);
    return model.calibration;
}

/* Clips of "30 s" may last a hair less; those that last much less say nothing of 30 s. */
START_TEST(confidence_is_fitted_to_clips_a_hair_too_short) {
    const GenreCalibration full = calibrate_to(300, 300);
    ck_assert_int_eq(full.n, 5);
    const int lengths[][2] = {{297, 297}, {297, 300}, {300, 297}};
    for (int i = 0; i < 3; i++) {
        const GenreCalibration almost = calibrate_to(lengths[i][0], lengths[i][1]);
        ck_assert_int_eq(almost.n, 5);
        ck_assert_float_eq_tol(almost.temperature[4], full.temperature[4], 0.15f);
    }
    ck_assert_int_eq(calibrate_to(295, 295).n, 4);
    ck_assert_float_gt(calibrate_to(295, 297).temperature[4], 3.9f); /* as all of them are wrong */
}
END_TEST

/* A window network's logits for a clip: those of each run stand for the frames since the run
 * before, and each run is over the last frames, repeated where they are too few. */
START_TEST(windows_are_inferred_as_the_classifier_does) {
    enum { WINDOW = 12 };
    char *labels[] = {"x", "y"};
    float frames[FRAMES * BANDS];
    CacheEntry entries[4];
    GenreError error = {.text = ""};
    BatchSource source;
    Inference inference;
    make_frames(frames, 0);
    const Cache cache = make_cache(entries, frames);
    entries[0].song = "cut"; /* a segment of it: asked about once per window */
    json_t *metadata = json_pack(
        "{ss ss ss ss ss ss ss}", "format", "genrecast", "format_version", "1", "causal", "false",
        "window_frames", "12", "labels", "[\"x\", \"y\"]", "layers",
        "[{\"kind\": \"conv2d\", \"channels\": 3, \"kernel_time\": 3, \"kernel_bands\": 3},"
        " {\"kind\": \"tanh\"}, {\"kind\": \"pool_time\", \"by\": \"last\"},"
        " {\"kind\": \"dense\", \"units\": 2}]",
        "feature", "{\"kind\": \"logmel\", \"n_fft\": 2048, \"hop\": 1024, \"bands\": 16}");
    GenreModel *model = genre_model_new(metadata, &error);
    ck_assert_msg(model != NULL, "%s", error.text);
    GenreRng rng = genre_rng(1, 1);
    genre_net_init(model->net, &rng);
    Pool *pool = pool_new(2);
    ck_assert_int_eq(batch_source_init(&source, &cache, "train", NULL, labels, 2, 0, &error), 0);
    ck_assert_int_eq(infer_clips(&inference, model, &source, 38, pool, &error), 0);
    GenreTape *tape = genre_tape_new(model->net, WINDOW, 1);
    const GenreRun run = {WINDOW, 1, &genre_math_portable, NULL};
    ck_assert_int_eq(inference.lengths[0], 38);
    ck_assert_int_eq(inference.lengths[1], 10);
    for (size_t clip = 0; clip < 2; clip++)
        for (int t = 0; t < inference.lengths[clip]; t++) {
            float x[WINDOW * BANDS];
            const int stride = clip == 0 ? WINDOW : WINDOW / 4;
            int end = (t / stride + 1) * stride;
            end = end < inference.lengths[clip] ? end : inference.lengths[clip];
            for (int k = 0; k < WINDOW; k++) {
                int from = end - WINDOW + k;
                while (from < 0)
                    from += end;
                memcpy(x + k * BANDS, frames + (size_t)from * BANDS, BANDS * sizeof *x);
            }
            const float *right = genre_net_forward(model->net, &run, x, x, tape);
            for (int i = 0; i < 2; i++)
                ck_assert_float_eq_tol(inference_at(&inference, clip, t)[i], right[i], 1e-4f);
        }
    inference_clear(&inference);
    batch_source_clear(&source);
    pool_free(pool);
    genre_tape_free(tape);
    genre_model_free(model);
    json_decref(metadata);
}
END_TEST

/* A network that says nothing yet is asked about logits that are the offsets. */
START_TEST(loss_is_of_adjusted_logits) {
    enum { CLIPS = 16 };
    char *labels[] = {"x", "y"};
    float frames[FRAMES * BANDS];
    const float offsets[] = {logf(1.6f), logf(0.4f)}, p[] = {0.8f, 0.2f};
    CacheEntry entries[4];
    GenreError error = {.text = ""};
    BatchSource source;
    Shard shard;
    const Recipe recipe = {.batch = CLIPS};
    make_frames(frames, 0);
    const Cache cache = make_cache(entries, frames);
    json_t *metadata = json_pack(
        "{ss ss ss ss ss ss}", "format", "genrecast", "format_version", "1", "causal", "true",
        "labels", "[\"x\", \"y\"]", "layers", "[{\"kind\": \"dense\", \"units\": 2}]", "feature",
        "{\"kind\": \"logmel\", \"n_fft\": 2048, \"hop\": 1024, \"bands\": 16}");
    GenreModel *model = genre_model_new(metadata, &error);
    ck_assert_msg(model != NULL, "%s", error.text);
    ck_assert_int_eq(batch_source_init(&source, &cache, "train", NULL, labels, 2, 0, &error), 0);
    const ShardTask task = {.recipe = &recipe,
                            .model = model,
                            .source = &source,
                            .logit_offsets = offsets,
                            .n_times = 1,
                            .times = {5}};
    ck_assert_int_eq(shard_init(&shard, &task, CLIPS, &error), 0);
    GenreRng rng = genre_rng(5, 1);
    shard_run(&shard, &task, &rng);
    double n_x = 0;
    for (int b = 0; b < CLIPS; b++)
        n_x += shard.batch.targets[2 * b];
    ck_assert(n_x > 0 && n_x < CLIPS);
    ck_assert_double_eq_tol(shard.loss, -(n_x * log(p[0]) + (CLIPS - n_x) * log(p[1])) / CLIPS,
                            1e-6);
    const float *bias = shard.gradient + model->net->nodes[0].layer.tensors[1].offset;
    ck_assert_float_eq_tol(bias[0], p[0] - (float)n_x / CLIPS, 1e-6f);
    ck_assert_float_eq_tol(bias[1], p[1] - 1 + (float)n_x / CLIPS, 1e-6f);
    shard_clear(&shard);
    batch_source_clear(&source);
    genre_model_free(model);
    json_decref(metadata);
}
END_TEST

START_TEST(short_clips_fill_a_window_by_repetition) {
    char *labels[] = {"x", "y"};
    float frames[FRAMES * BANDS];
    CacheEntry entries[4];
    GenreError error;
    BatchSource source;
    Batch batch;
    const Recipe recipe = {.window_frames = 24};
    make_frames(frames, 0);
    const Cache cache = make_cache(entries, frames);
    ck_assert_int_eq(batch_source_init(&source, &cache, "train", NULL, labels, 2, 1, &error), 0);
    ck_assert_int_eq(batch_init(&batch, 24, 16, BANDS, 2, &error), 0);
    batch.repeats = true;
    GenreRng rng = genre_rng(5, 1);
    batch_draw(&batch, &source, &recipe, &rng);
    int n_short = 0;
    for (int b = 0; b < 16; b++) {
        n_short += batch.lengths[b] == 10;
        for (int t = 0; batch.lengths[b] == 10 && t < 24; t++)
            for (int i = 0; i < BANDS; i++)
                ck_assert_float_eq_tol(batch.x[(t * 16 + b) * BANDS + i],
                                       frames[(t + 6) % 10 * BANDS + i], 1e-4f);
    }
    ck_assert_int_gt(n_short, 2);
    batch_clear(&batch);
    batch_source_clear(&source);
}
END_TEST

/* A causal network with a step for four frames: each step's logits stand for the frames from its
 * last one on, those of the first also for the frames before. */
START_TEST(blocks_are_inferred_as_they_come) {
    enum { BLOCK = 4 };
    char *labels[] = {"x", "y"};
    float frames[FRAMES * BANDS];
    CacheEntry entries[4];
    GenreError error = {.text = ""};
    BatchSource source;
    Inference inference;
    make_frames(frames, 0);
    const Cache cache = make_cache(entries, frames);
    json_t *metadata = json_pack(
        "{ss ss ss ss ss ss}", "format", "genrecast", "format_version", "1", "causal", "true",
        "labels", "[\"x\", \"y\"]", "layers",
        "[{\"kind\": \"maxpool\", \"kernel_time\": 4}, {\"kind\": \"stats\"},"
        " {\"kind\": \"dense\", \"units\": 2}]",
        "feature", "{\"kind\": \"logmel\", \"n_fft\": 2048, \"hop\": 1024, \"bands\": 16}");
    GenreModel *model = genre_model_new(metadata, &error);
    ck_assert_msg(model != NULL, "%s", error.text);
    GenreRng rng = genre_rng(1, 1);
    genre_net_init(model->net, &rng);
    Pool *pool = pool_new(2);
    ck_assert_int_eq(batch_source_init(&source, &cache, "train", NULL, labels, 2, 0, &error), 0);
    ck_assert_int_eq(infer_clips(&inference, model, &source, 38, pool, &error), 0);
    GenreTape *tape = genre_tape_new(model->net, FRAMES, 1);
    float *state = calloc((size_t)model->net->n_state, sizeof *state);
    for (size_t clip = 0; clip < 2; clip++)
        for (int t = 0; t < inference.lengths[clip]; t++) {
            const int n_steps = t + 1 < BLOCK ? 1 : (t + 1) / BLOCK;
            const GenreRun run = {n_steps * BLOCK, 1, &genre_math_portable, NULL};
            genre_net_reset(model->net, 1, state);
            const float *logits = genre_net_forward(
                model->net, &run, batch_clip_entry(&source.clips[clip])->frames, state, tape);
            for (int k = 0; k < 2; k++)
                ck_assert_float_eq_tol(inference_at(&inference, clip, t)[k],
                                       logits[2 * (n_steps - 1) + k], 1e-3f);
        }
    genre_tape_free(tape);
    free(state);
    inference_clear(&inference);
    batch_source_clear(&source);
    pool_free(pool);
    genre_model_free(model);
    json_decref(metadata);
}
END_TEST

/* The recipes that ship can be read, and their networks made: every layer's shape fits. */
static void check_network(const Recipe *recipe, const char *path, bool causal) {
    GenreError error = {.text = ""};
    int steps[GENRE_MAX_LAYERS];
    GenreFeature *feature = genre_feature_new(recipe->feature, &error);
    ck_assert_msg(feature != NULL, "%s", error.text);
    json_t *layers = recipe_layers(recipe, 7);
    GenreNet *net = genre_net_new(layers, genre_feature_size(feature), &error);
    json_decref(layers);
    ck_assert_msg(net != NULL, "%s: %s", path, error.text);
    ck_assert_int_eq(net->n_out, 7);
    ck_assert_int_eq(net->causal, causal);
    ck_assert_int_eq(recipe->window_frames == 0, causal);
    if (recipe->window_frames)
        ck_assert_msg(genre_net_plan(net, recipe->window_frames, steps, &error) == 1, "%s: %s",
                      path, error.text);
    genre_net_free(net);
    genre_feature_free(feature);
}

START_TEST(shipped_recipes_make_networks) {
    static const struct {
        const char *path;
        bool causal;
        int n_members;
    } recipes[] = {{RECIPES "/live.json", true, 3},
                   {RECIPES "/parallel-cnn.json", false, 0},
                   {RECIPES "/beat-bilstm.json", false, 0}};
    for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++) {
        Recipe recipe, member;
        GenreError error = {.text = ""};
        const char *path = recipes[i].path;
        ck_assert_msg(recipe_read(&recipe, path, &error) == 0, "%s", error.text);
        ck_assert_int_eq(recipe_n_members(&recipe), recipes[i].n_members);
        if (recipes[i].n_members == 0)
            check_network(&recipe, path, recipes[i].causal);
        for (int k = 0; k < recipes[i].n_members; k++) {
            ck_assert_msg(recipe_member(&member, &recipe, k, &error) == 0, "%s", error.text);
            check_network(&member, path, recipes[i].causal);
            recipe_clear(&member);
        }
        recipe_clear(&recipe);
    }
}
END_TEST

/* The model that ships can be refit by the recipe that made it, and by no other. */
START_TEST(shipped_model_is_of_its_recipe) {
    GenreError error = {.text = ""};
    Recipe recipe;
    GenreModel *model = genre_model_load(RECIPES "/../measured.safetensors", &error);
    ck_assert_msg(model != NULL, "%s", error.text);
    ck_assert_msg(recipe_read(&recipe, RECIPES "/live.json", &error) == 0, "%s", error.text);
    ck_assert_msg(refit_check(model, &recipe, &error) == 0, "%s", error.text);
    json_t *layers = json_object_get(json_array_get(recipe.members, 2), "layers");
    for (size_t i = 0; i < json_array_size(layers); i++) {
        json_t *layer = json_array_get(layers, i);
        if (json_object_get(layer, "channels"))
            json_object_set_new(layer, "channels", json_integer(40));
    }
    ck_assert_int_ne(refit_check(model, &recipe, &error), 0);
    ck_assert_ptr_nonnull(strstr(error.text, "is another network"));
    recipe_clear(&recipe);
    genre_model_free(model);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_test(tests, shipped_model_is_of_its_recipe);
    tcase_add_test(tests, shipped_recipes_make_networks);
    tcase_add_test(tests, confidence_is_fitted_to_music);
    tcase_add_test(tests, confidence_is_fitted_to_clips_a_hair_too_short);
    tcase_add_test(tests, windows_are_inferred_as_the_classifier_does);
    tcase_add_test(tests, blocks_are_inferred_as_they_come);
    tcase_add_test(tests, short_clips_fill_a_window_by_repetition);
    tcase_add_test(tests, loss_is_of_adjusted_logits);
    tcase_add_test(tests, csv_unquotes);
    tcase_add_test(tests, csv_finds_the_separator);
    tcase_add_test(tests, csv_survives_the_end);
    tcase_add_test(tests, manifest_reads_columns_by_name);
    tcase_add_test(tests, manifest_splits_by_artist);
    tcase_add_test(tests, manifest_refuses_nonsense);
    tcase_add_test(tests, loss_gradient_is_right);
    tcase_add_test(tests, optim_follows_adamw);
    tcase_add_test(tests, blas_agrees_with_portable);
    tcase_add_test(tests, no_augmentation_changes_nothing);
    tcase_add_test(tests, augmentation_keeps_its_ranges);
    tcase_add_test(tests, other_features_are_not_augmented);
    tcase_add_test(tests, bass_is_cut);
    tcase_add_test(tests, room_has_a_tail);
    tcase_add_test(tests, noise_is_as_loud_as_asked);
    tcase_add_test(tests, pitch_moves_frequencies_alike);
    tcase_add_test(tests, restyling_takes_the_others_mean_and_deviation);
    tcase_add_test(tests, mixing_is_a_power_mean);
    tcase_add_test(tests, variants_are_for_training_alone);
    tcase_add_test(tests, batches_are_drawn_as_asked);
}
