/* Each layer's forward pass against its definition written out plainly; then what every network
 * must hold to, bit for bit: step by step equals all at once, and streams do not touch. */
#include <math.h>
#include <string.h>

#include "net_helpers.h"

enum { T = 12, B = 3 };

/* A one-layer network run over x (T, B, n_in). */
typedef struct {
    GenreNet *net;
    const GenreLayer *layer;
    GenreTape *tape;
    GenreReal *x, *state;
    const GenreReal *y;
    int n_in, n_out;
} Layer;

static Layer run_layer(const char *description, int n_in) {
    Layer l = {.net = make_net(description, n_in, 1)};
    const GenreRun run = {T, B, &genre_math_portable, NULL};
    l.layer = &l.net->nodes[0].layer;
    l.tape = genre_tape_new(l.net, T, B);
    l.x = make_numbers((size_t)T * B * (size_t)n_in, 2);
    l.state = calloc((size_t)l.net->n_state * B + 1, sizeof *l.state);
    l.n_in = n_in;
    l.n_out = l.net->n_out;
    genre_net_reset(l.net, B, l.state);
    l.y = genre_net_forward(l.net, &run, l.x, l.state, l.tape);
    return l;
}

static void free_layer(Layer *l) {
    genre_net_free(l->net);
    genre_tape_free(l->tape);
    free(l->x);
    free(l->state);
}

static double x_at(const Layer *l, int t, int b, int i) {
    return l->x[(t * B + b) * l->n_in + i];
}

static double tensor_at(const Layer *l, int index, int row, int column) {
    const GenreTensor *tensor = &l->layer->tensors[index];
    return l->net->weights[tensor->offset + (size_t)(row * tensor->shape[1] + column)];
}

static void expect(const Layer *l, int t, int b, int i, double right) {
    const double found = l->y[(t * B + b) * l->n_out + i];
    REQUIRE(fabs(found - right) <= 2e-5 * (1 + fabs(right)),
            "step %d, stream %d, output %d: %.8g instead of %.8g", t, b, i, found, right);
}

/* Runs the body for each step and stream. */
#define EACH                                                                                       \
    for (int b = 0; b < B; b++)                                                                    \
        for (int t = 0; t < T; t++)

START_TEST(affine) {
    Layer l = run_layer("[{'kind': 'affine'}]", 5);
    EACH for (int i = 0; i < 5; i++)
        expect(&l, t, b, i, (x_at(&l, t, b, i) - tensor_at(&l, 0, i, 0)) * tensor_at(&l, 1, i, 0));
    free_layer(&l);
}
END_TEST

START_TEST(dense) {
    Layer l = run_layer("[{'kind': 'dense', 'units': 4}]", 37);
    EACH for (int i = 0; i < 4; i++) {
        double sum = tensor_at(&l, 1, i, 0);
        for (int k = 0; k < 37; k++)
            sum += tensor_at(&l, 0, i, k) * x_at(&l, t, b, k);
        expect(&l, t, b, i, sum);
    }
    free_layer(&l);
}
END_TEST

START_TEST(relu) {
    Layer l = run_layer("[{'kind': 'relu'}]", 6);
    EACH for (int i = 0; i < 6; i++) expect(&l, t, b, i, fmax(x_at(&l, t, b, i), 0));
    free_layer(&l);
}
END_TEST

START_TEST(bands) {
    Layer l = run_layer("[{'kind': 'bands', 'first': 2, 'count': 6, 'width': 3}]", 9);
    EACH for (int k = 0; k < 2; k++) {
        double sum = 0;
        for (int i = 0; i < 3; i++)
            sum += x_at(&l, t, b, 2 + 3 * k + i);
        expect(&l, t, b, k, sum / 3);
    }
    free_layer(&l);
}
END_TEST

START_TEST(dct) {
    const double pi = acos(-1);
    Layer l = run_layer("[{'kind': 'dct', 'coefficients': 9}]", 16);
    EACH for (int k = 0; k < 9; k++) {
        double sum = 0;
        for (int i = 0; i < 16; i++)
            sum += x_at(&l, t, b, i) * cos(pi / 16 * (i + 0.5) * k);
        expect(&l, t, b, k, sum * sqrt((k == 0 ? 1 : 2) / 16.0));
    }
    free_layer(&l);
}
END_TEST

/* The slope of the least-squares line through the last 2 reach + 1 values, the first repeated. */
START_TEST(delta) {
    const int reach = _i;
    char text[64];
    snprintf(text, sizeof text, "[{'kind': 'delta', 'reach': %d}]", reach);
    Layer l = run_layer(text, 3);
    EACH for (int i = 0; i < 3; i++) {
        double top = 0, bottom = 0;
        for (int k = -reach; k <= reach; k++) {
            const int at = t - reach + k;
            top += k * x_at(&l, at > 0 ? at : 0, b, i);
            bottom += k * k;
        }
        expect(&l, t, b, i, top / bottom);
    }
    free_layer(&l);
}
END_TEST

START_TEST(floor_layer) {
    Layer l = run_layer("[{'kind': 'floor', 'range_db': 1, 'decay_db': 0.125}]", 4);
    EACH {
        double peak = -1000;
        for (int s = 0; s <= t; s++) {
            peak -= 0.125;
            for (int i = 0; i < 4; i++)
                peak = fmax(peak, x_at(&l, s, b, i));
        }
        for (int i = 0; i < 4; i++)
            expect(&l, t, b, i, fmax(x_at(&l, t, b, i) - peak, -1));
    }
    free_layer(&l);
}
END_TEST

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

START_TEST(lstm) {
    enum { N = 5, N_IN = 7 };
    Layer l = run_layer("[{'kind': 'lstm', 'units': 5}]", N_IN);
    for (int b = 0; b < B; b++) {
        double h[N] = {0}, c[N] = {0};
        for (int t = 0; t < T; t++) {
            double gate[4 * N];
            for (int g = 0; g < 4 * N; g++) {
                gate[g] = tensor_at(&l, 2, g, 0);
                for (int k = 0; k < N_IN; k++)
                    gate[g] += tensor_at(&l, 0, g, k) * x_at(&l, t, b, k);
                for (int k = 0; k < N; k++)
                    gate[g] += tensor_at(&l, 1, g, k) * h[k];
            }
            for (int i = 0; i < N; i++) { /* PyTorch's order: input, forget, cell, output */
                c[i] = sigmoid(gate[N + i]) * c[i] + sigmoid(gate[i]) * tanh(gate[2 * N + i]);
                h[i] = sigmoid(gate[3 * N + i]) * tanh(c[i]);
                expect(&l, t, b, i, h[i]);
            }
        }
    }
    free_layer(&l);
}
END_TEST

/* Mean and variance of x[0..t] plus `prior` values of mean 0 and variance 1 before them, with
 * every step's share of 1 / min(count, horizon). With a horizon that is never reached these are
 * the plain moments, which is how the first tests take them. */
typedef struct {
    int horizon, prior;
} Moments;

static void moments(const Layer *l, Moments m, int t, int b, int i, double *mean,
                    double *variance) {
    *mean = *variance = 0;
    if (m.horizon > T + m.prior) {
        double sum = 0, squares = m.prior; /* sum of squares about 0 */
        const int n = t + 1 + m.prior;
        for (int s = 0; s <= t; s++) {
            sum += x_at(l, s, b, i);
            squares += x_at(l, s, b, i) * x_at(l, s, b, i);
        }
        *mean = sum / n;
        *variance = squares / n - *mean * *mean;
        return;
    }
    /* Weighted: a value loses the share that each later one takes. */
    double weight[T + 1], lost = 1;
    for (int s = t; s >= 0; s--) {
        const double share = 1.0 / fmin(s + 1 + m.prior, m.horizon);
        weight[s + 1] = lost * share;
        lost *= 1 - share;
    }
    double square = m.prior > 0 ? lost : 0; /* what is left of the prior */
    for (int s = 0; s <= t; s++) {
        *mean += weight[s + 1] * x_at(l, s, b, i);
        square += weight[s + 1] * x_at(l, s, b, i) * x_at(l, s, b, i);
    }
    *variance = square - *mean * *mean;
}

static const Moments all_moments[] = {{387, 0}, {387, 4}, {5, 0}, {5, 3}, {5, 9}, {1, 0}};
enum { N_MOMENTS = sizeof all_moments / sizeof *all_moments };

static Layer run_moments(const char *kind, Moments m) {
    char text[100];
    snprintf(text, sizeof text, "[{'kind': '%s', 'horizon': %d, 'prior': %d}]", kind, m.horizon,
             m.prior);
    return run_layer(text, 4);
}

START_TEST(norm) {
    Layer l = run_moments("norm", all_moments[_i]);
    EACH for (int i = 0; i < 4; i++) {
        double mean, variance;
        moments(&l, all_moments[_i], t, b, i, &mean, &variance);
        expect(&l, t, b, i, (x_at(&l, t, b, i) - mean) / sqrt(variance + 1e-2));
    }
    free_layer(&l);
}
END_TEST

START_TEST(stats) {
    Layer l = run_moments("stats", all_moments[_i]);
    EACH for (int i = 0; i < 4; i++) {
        double mean, variance;
        moments(&l, all_moments[_i], t, b, i, &mean, &variance);
        expect(&l, t, b, i, x_at(&l, t, b, i));
        expect(&l, t, b, 4 + i, mean);
        expect(&l, t, b, 8 + i, sqrt(fmax(variance, 0) + 1e-5));
    }
    free_layer(&l);
}
END_TEST

START_TEST(dropout) {
    enum { N = 64 };
    GenreNet *net = make_net("[{'kind': 'dropout', 'rate': 0.25}]", N, 1);
    GenreTape *tape = genre_tape_new(net, 100, 2);
    GenreReal *x = make_numbers(100 * 2 * N, 3);
    GenreRng rng = genre_rng(1, 1);
    GenreRun run = {100, 2, &genre_math_portable, NULL};
    const GenreReal *y = genre_net_forward(net, &run, x, x, tape);
    ck_assert_mem_eq(x, y, 100 * 2 * N * sizeof *x); /* outside of training: the identity */
    run.rng = &rng;
    y = genre_net_forward(net, &run, x, x, tape);
    int n_dropped = 0;
    for (int i = 0; i < 100 * 2 * N; i++) {
        n_dropped += y[i] == 0;
        REQUIRE(y[i] == 0 || fabs((double)y[i] - x[i] / 0.75) < 1e-6, "value %d", i);
    }
    /* 12800 draws: five standard deviations are 245. */
    ck_assert_int_lt(abs(n_dropped - 3200), 245);
    genre_net_free(net);
    genre_tape_free(tape);
    free(x);
}
END_TEST

START_TEST(fitting_an_affine_layer_standardises) {
    enum { N = 3, ROWS = 500 };
    GenreNet *net = make_net("[{'kind': 'affine'}]", N, 1);
    GenreReal *x = make_numbers(ROWS * N, 4);
    for (int r = 0; r < ROWS; r++) {
        x[r * N] = x[r * N] * 3 + 7;
        x[r * N + 2] = -100; /* never moves */
    }
    const GenreLayer *layer = &net->nodes[0].layer;
    layer->kind->fit(layer, x, ROWS, net->weights);
    GenreTape *tape = genre_tape_new(net, ROWS, 1);
    const GenreRun run = {ROWS, 1, &genre_math_portable, NULL};
    const GenreReal *y = genre_net_forward(net, &run, x, x, tape);
    for (int i = 0; i < N; i++) {
        double sum = 0, squares = 0;
        for (int r = 0; r < ROWS; r++) {
            sum += y[r * N + i];
            squares += y[r * N + i] * y[r * N + i];
        }
        ck_assert_double_eq_tol(sum / ROWS, 0, 1e-4);
        ck_assert_double_eq_tol(squares / ROWS, i == 2 ? 0 : 1, 1e-3);
    }
    genre_net_free(net);
    genre_tape_free(tape);
    free(x);
}
END_TEST

static const char *const networks[] = {
    "[{'kind': 'floor', 'range_db': 2}]",
    "[{'kind': 'bands', 'first': 1, 'count': 4, 'width': 2}]",
    "[{'kind': 'dct', 'coefficients': 5}]",
    "[{'kind': 'delta'}]",
    "[{'kind': 'dense', 'units': 33}]",
    "[{'kind': 'lstm', 'units': 17}]",
    "[{'kind': 'norm', 'horizon': 6}]",
    "[{'kind': 'stats', 'prior': 2}]",
    "[{'kind': 'floor'}, {'kind': 'dct', 'coefficients': 6}, {'kind': 'affine'},"
    " {'kind': 'delta', 'name': 'd'}, {'kind': 'norm'}, {'kind': 'lstm', 'units': 9, 'name': 'l'},"
    " {'kind': 'lstm', 'units': 20, 'name': 'm', 'input': ['l', 'input']},"
    " {'kind': 'stats', 'input': ['d', 'l', 'm'], 'horizon': 5}, {'kind': 'relu'},"
    " {'kind': 'dropout', 'rate': 0.5}, {'kind': 'dense', 'units': 11}]",
};
enum { N_NETWORKS = sizeof networks / sizeof *networks, WIDTH = 19 };

/* All streams at once, in runs of `step` steps, from fresh state; y (T, B, n_out). */
static void run_in_steps(const GenreNet *net, const GenreReal *x, int n_streams, int step,
                         GenreReal *state, GenreReal *y) {
    GenreTape *tape = genre_tape_new(net, step, n_streams);
    const size_t row_in = (size_t)n_streams * WIDTH, row_out = (size_t)n_streams * net->n_out;
    genre_net_reset(net, n_streams, state);
    for (int t = 0; t < T; t += step) {
        const GenreRun run = {step, n_streams, &genre_math_portable, NULL};
        const GenreReal *part = genre_net_forward(net, &run, x + (size_t)t * row_in, state, tape);
        memcpy(y + (size_t)t * row_out, part, (size_t)step * row_out * sizeof *y);
    }
    genre_tape_free(tape);
}

START_TEST(steps_equal_the_whole) {
    static const int steps[] = {1, 2, 3, 4, 6};
    GenreNet *net = make_net(networks[_i], WIDTH, 2);
    const size_t n = (size_t)T * B * net->n_out;
    GenreReal *x = make_numbers((size_t)T * B * WIDTH, 3);
    GenreReal *whole = calloc(n, sizeof *whole), *parts = calloc(n, sizeof *parts);
    GenreReal *state = calloc((size_t)net->n_state * B + 1, sizeof *state);
    run_in_steps(net, x, B, T, state, whole);
    for (int s = 0; s < 5; s++) {
        /* The state is left as the run before made it: this also tests that reset forgets it. */
        run_in_steps(net, x, B, steps[s], state, parts);
        ck_assert_mem_eq(whole, parts, n * sizeof *whole);
    }
    genre_net_free(net);
    free(x);
    free(whole);
    free(parts);
    free(state);
}
END_TEST

START_TEST(streams_do_not_touch) {
    GenreNet *net = make_net(networks[_i], WIDTH, 2);
    const size_t n_out = (size_t)net->n_out;
    GenreReal *x = make_numbers((size_t)T * B * WIDTH, 3);
    GenreReal *all = calloc(T * B * n_out, sizeof *all), *one = calloc(T * n_out, sizeof *one);
    GenreReal *state = calloc((size_t)net->n_state * B + 1, sizeof *state), alone[T * WIDTH];
    run_in_steps(net, x, B, T, state, all);
    for (int b = 0; b < B; b++) {
        for (int t = 0; t < T; t++)
            memcpy(alone + t * WIDTH, x + (t * B + b) * WIDTH, WIDTH * sizeof *x);
        run_in_steps(net, alone, 1, T, state, one);
        for (int t = 0; t < T; t++)
            ck_assert_mem_eq(one + (size_t)t * n_out, all + (size_t)(t * B + b) * n_out,
                             n_out * sizeof *one);
    }
    genre_net_free(net);
    free(x);
    free(all);
    free(one);
    free(state);
}
END_TEST

START_TEST(bad_networks_are_refused) {
    static const char *const bad[] = {
        "{}",
        "[]",
        "3",
        "[3]",
        "[[]]",
        "[{}]",
        "[{'kind': 'brain'}]",
        "[{'kind': 7}]",
        "[{'kind': 'dense'}]",
        "[{'kind': 'dense', 'units': 0}]",
        "[{'kind': 'dense', 'units': -3}]",
        "[{'kind': 'dense', 'units': 2.5}]",
        "[{'kind': 'dense', 'units': 5000}]",
        "[{'kind': 'dense', 'units': 9223372036854775807}]",
        "[{'kind': 'dense', 'units': 3, 'unit': 3}]",
        "[{'kind': 'dense', 'units': 3, 'nits': 3}]",
        "[{'kind': 'dense', 'units': 3, '': 3}]",
        "[{'kind': 'dense', 'units': 3, 'kind name': 3}]",
        "[{'kind': 'dense', 'units': 3, 'name': ''}]",
        "[{'kind': 'dense', 'units': 3, 'name': 'input'}]",
        "[{'kind': 'dense', 'units': 3, 'name': 'A'}]",
        "[{'kind': 'dense', 'units': 3, 'name': 'a.b'}]",
        "[{'kind': 'dense', 'units': 3, 'name': 'abcdefghijklmnopqrstuvwxyz0123456'}]",
        "[{'kind': 'dense', 'units': 3, 'name': 4}]",
        "[{'kind': 'dense', 'units': 3, 'input': []}]",
        "[{'kind': 'dense', 'units': 3, 'input': 'later'}]",
        "[{'kind': 'dense', 'units': 3, 'input': 'dense0'}]",
        "[{'kind': 'dense', 'units': 3, 'input': {}}]",
        "[{'kind': 'dense', 'units': 3, 'input': [[]]}]",
        "[{'kind': 'relu', 'input': ['input', 'input', 'input', 'input', 'input', 'input',"
        " 'input', 'input', 'input']}]",
        "[{'kind': 'relu', 'name': 'a'}, {'kind': 'relu', 'name': 'a'}]",
        "[{'kind': 'relu', 'name': 'relu1'}, {'kind': 'relu'}]",
        "[{'kind': 'dct', 'coefficients': 20}]",
        "[{'kind': 'dropout'}]",
        "[{'kind': 'dropout', 'rate': 1}]",
        "[{'kind': 'dropout', 'rate': 'half'}]",
        "[{'kind': 'bands', 'first': -1}]",
        "[{'kind': 'bands', 'first': 4096}]",
        "[{'kind': 'bands', 'first': 1, 'count': 4096}]",
        "[{'kind': 'bands', 'count': 5, 'width': 2}]",
        "[{'kind': 'delta', 'reach': 0}]",
        "[{'kind': 'delta', 'reach': 17}]",
        "[{'kind': 'lstm', 'units': 1025}]",
        "[{'kind': 'norm', 'horizon': 0}]",
        "[{'kind': 'stats', 'prior': -1}]",
        "[{'kind': 'floor', 'range_db': 1e999}]",
        "[{'kind': 'dense', 'units': 4096}, {'kind': 'dct', 'coefficients': 4096}]",
        "[{'kind': 'stats'}, {'kind': 'stats'}, {'kind': 'stats'}, {'kind': 'stats'},"
        " {'kind': 'stats'}, {'kind': 'stats'}]",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        GenreError error = {.text = ""};
        char text[512];
        snprintf(text, sizeof text, "%s", bad[i]);
        for (char *c = text; *c; c++)
            *c = *c == '\'' ? '"' : *c;
        json_t *json = json_loads(text, JSON_DECODE_ANY, NULL); /* NULL for 1e999: also refused */
        ck_assert_msg(genre_net_new(json, WIDTH, &error) == NULL, "%s was accepted", bad[i]);
        ck_assert_int_ne(error.status, GENRE_SUCCESS);
        ck_assert_int_ne(error.text[0], 0);
        json_decref(json);
    }
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_test(tests, affine);
    tcase_add_test(tests, dense);
    tcase_add_test(tests, relu);
    tcase_add_test(tests, bands);
    tcase_add_test(tests, dct);
    tcase_add_loop_test(tests, delta, 1, 5);
    tcase_add_test(tests, floor_layer);
    tcase_add_test(tests, lstm);
    tcase_add_loop_test(tests, norm, 0, N_MOMENTS);
    tcase_add_loop_test(tests, stats, 0, N_MOMENTS);
    tcase_add_test(tests, dropout);
    tcase_add_test(tests, fitting_an_affine_layer_standardises);
    tcase_add_loop_test(tests, steps_equal_the_whole, 0, N_NETWORKS);
    tcase_add_loop_test(tests, streams_do_not_touch, 0, N_NETWORKS);
    tcase_add_test(tests, bad_networks_are_refused);
}
