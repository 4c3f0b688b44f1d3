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
    int n_in, n_out, n_steps_out;
} Layer;

/* The last layer is the one looked at. Those before it are there to make channels. */
static Layer run_layer_with(const char *description, int n_in, GenreRng *rng) {
    Layer l = {.net = make_net(description, n_in, 1)};
    const GenreRun run = {T, B, genre_math_choose(NULL), rng};
    int steps[GENRE_MAX_LAYERS];
    l.n_steps_out = genre_net_plan(l.net, T, steps, NULL);
    l.layer = &l.net->nodes[l.net->n_nodes - 1].layer;
    l.tape = genre_tape_new(l.net, T, B);
    l.x = make_numbers((size_t)T * B * (size_t)n_in, 2);
    l.state = calloc((size_t)l.net->n_state * B + 1, sizeof *l.state);
    l.n_in = n_in;
    l.n_out = l.net->n_out;
    genre_net_reset(l.net, B, l.state);
    l.y = genre_net_forward(l.net, &run, l.x, l.state, l.tape);
    return l;
}

static Layer run_layer(const char *description, int n_in) {
    return run_layer_with(description, n_in, NULL);
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

START_TEST(activations) {
    static const char *const layers[] = {"[{'kind': 'elu'}]", "[{'kind': 'elu', 'alpha': 0.5}]",
                                         "[{'kind': 'sigmoid'}]", "[{'kind': 'tanh'}]"};
    Layer l = run_layer(layers[_i], 6);
    EACH for (int i = 0; i < 6; i++) {
        const double x = x_at(&l, t, b, i), alpha = _i == 1 ? 0.5 : 1;
        expect(&l, t, b, i,
               _i == 3   ? tanh(x)
               : _i == 2 ? sigmoid(x)
               : x > 0   ? x
                         : alpha * (exp(x) - 1));
    }
    free_layer(&l);
}
END_TEST

/* A rectangle over steps and bands: sizes, strides and how much is padded before. */
typedef struct {
    const char *padding;
    int kernel_time, kernel_bands, stride_time, stride_bands, before_time, before_bands;
    int n_steps, n_bands; /* that must come out of T steps of 7 bands */
} Slide;

static const Slide slides[] = {
    {"same", 1, 1, 1, 1, 0, 0, 12, 7},   {"same", 3, 5, 1, 1, 1, 2, 12, 7},
    {"same", 4, 2, 1, 1, 1, 0, 12, 7},   {"same", 3, 3, 2, 3, 1, 1, 6, 3},
    {"same", 30, 20, 5, 4, 14, 9, 3, 2}, {"valid", 3, 5, 1, 1, 0, 0, 10, 3},
    {"valid", 12, 7, 1, 1, 0, 0, 1, 1},  {"valid", 5, 2, 2, 3, 0, 0, 4, 2},
    {"causal", 4, 3, 1, 1, 3, 1, 12, 7}, {"causal", 3, 2, 2, 2, 2, 0, 6, 4},
};
enum { N_SLIDES = sizeof slides / sizeof *slides };

/* Over two channels of 7 bands, which joining two copies of the input makes. */
START_TEST(conv2d) {
    enum { N_IN = 7, IN = 2, OUT = 3 };
    const Slide *s = &slides[_i];
    char text[400];
    snprintf(text, sizeof text,
             "[{'kind': 'affine'}, {'kind': 'conv2d', 'input': ['input', 'affine0'], 'channels': 3,"
             " 'padding': '%s', 'kernel_time': %d, 'kernel_bands': %d, 'stride_time': %d,"
             " 'stride_bands': %d}]",
             s->padding, s->kernel_time, s->kernel_bands, s->stride_time, s->stride_bands);
    Layer l = run_layer(text, N_IN);
    const GenreReal *weight = l.net->weights + l.layer->tensors[0].offset;
    const GenreReal *x = l.tape->x[1];
    ck_assert_int_eq(l.n_steps_out, s->n_steps);
    ck_assert_int_eq(l.n_out, OUT * s->n_bands);
    ck_assert_int_eq(l.layer->n_channels, OUT);
    for (int o = 0; o < s->n_steps; o++)
        for (int b = 0; b < B; b++)
            for (int f = 0; f < OUT; f++)
                for (int k = 0; k < s->n_bands; k++) {
                    double sum = tensor_at(&l, 1, f, 0);
                    for (int c = 0; c < IN; c++)
                        for (int j = 0; j < s->kernel_time; j++)
                            for (int i = 0; i < s->kernel_bands; i++) {
                                const int t = o * s->stride_time + j - s->before_time;
                                const int band = k * s->stride_bands + i - s->before_bands;
                                if (t >= 0 && t < T && band >= 0 && band < N_IN)
                                    sum += x[((t * B + b) * IN + c) * N_IN + band] *
                                           weight[((f * IN + c) * s->kernel_time + j) *
                                                      s->kernel_bands +
                                                  i];
                            }
                    expect(&l, o, b, f * s->n_bands + k, sum);
                }
    free_layer(&l);
}
END_TEST

START_TEST(pools) {
    enum { N_IN = 7, CHANNELS = 2 };
    static const int shapes[][6] = {
        /* kernel and stride in time, in bands, steps and bands that come out */
        {1, 1, 1, 1, 12, 7}, {2, 2, 3, 3, 6, 2}, {5, 5, 2, 2, 2, 3},
        {3, 1, 4, 2, 10, 2}, {3, 2, 1, 1, 5, 7}, {1, 1, 1, 2, 12, 4},
    };
    const int *s = shapes[_i / 2];
    const bool max = _i % 2;
    char text[300];
    snprintf(text, sizeof text,
             "[{'kind': 'affine'}, {'kind': '%spool', 'input': ['input', 'affine0'],"
             " 'kernel_time': %d, 'stride_time': %d, 'kernel_bands': %d, 'stride_bands': %d}]",
             max ? "max" : "avg", s[0], s[1], s[2], s[3]);
    Layer l = run_layer(text, N_IN);
    const GenreReal *x = l.tape->x[1];
    ck_assert_int_eq(l.n_steps_out, s[4]);
    ck_assert_int_eq(l.n_out, CHANNELS * s[5]);
    for (int o = 0; o < s[4]; o++)
        for (int b = 0; b < B; b++)
            for (int c = 0; c < CHANNELS; c++)
                for (int k = 0; k < s[5]; k++) {
                    double sum = 0, top = -INFINITY;
                    for (int j = 0; j < s[0]; j++)
                        for (int i = 0; i < s[2]; i++) {
                            const double v =
                                x[(((o * s[1] + j) * B + b) * CHANNELS + c) * N_IN + k * s[3] + i];
                            sum += v;
                            top = fmax(top, v);
                        }
                    expect(&l, o, b, c * s[5] + k, max ? top : sum / (s[0] * s[2]));
                }
    free_layer(&l);
}
END_TEST

/* Two channels of 5 bands; in training by their own moments, else by the running ones. */
START_TEST(batchnorm) {
    enum { N_IN = 5, CHANNELS = 2, N = T * B * N_IN };
    GenreRng rng = genre_rng(1, 1);
    Layer l = run_layer_with("[{'kind': 'affine'}, {'kind': 'batchnorm', 'momentum': 0.25,"
                             " 'input': ['input', 'affine0']}]",
                             N_IN, _i ? &rng : NULL);
    const GenreReal *x = l.tape->x[1];
    double mean[CHANNELS], variance[CHANNELS], running[CHANNELS][2];
    for (int c = 0; c < CHANNELS; c++) {
        double sum = 0, squares = 0;
        for (int r = 0; r < T * B; r++)
            for (int i = 0; i < N_IN; i++) {
                const double v = x[(r * CHANNELS + c) * N_IN + i];
                sum += v;
                squares += v * v;
            }
        mean[c] = sum / N;
        variance[c] = squares / N - mean[c] * mean[c];
        running[c][0] = tensor_at(&l, 2, c, 0);
        running[c][1] = tensor_at(&l, 3, c, 0);
        EACH for (int i = 0; i < N_IN; i++) {
            const double m = _i ? mean[c] : running[c][0], v = _i ? variance[c] : running[c][1];
            expect(&l, t, b, c * N_IN + i,
                   tensor_at(&l, 0, c, 0) * (x[((t * B + b) * CHANNELS + c) * N_IN + i] - m) /
                           sqrt(v + 1e-5) +
                       tensor_at(&l, 1, c, 0));
        }
    }
    genre_net_track(l.net, l.tape);
    for (int c = 0; c < CHANNELS && _i; c++) {
        ck_assert_double_eq_tol(tensor_at(&l, 2, c, 0), 0.75 * running[c][0] + 0.25 * mean[c],
                                1e-6);
        ck_assert_double_eq_tol(tensor_at(&l, 3, c, 0),
                                0.75 * running[c][1] + 0.25 * variance[c] * N / (N - 1), 1e-6);
    }
    free_layer(&l);
}
END_TEST

/* Against the LSTM itself, forward over x and over x turned around. */
START_TEST(bilstm) {
    enum { N = 4, N_IN = 6 };
    Layer both = run_layer("[{'kind': 'bilstm', 'units': 4}]", N_IN);
    Layer one = run_layer("[{'kind': 'lstm', 'units': 4}]", N_IN);
    ck_assert_uint_eq(both.net->n_weights, 2 * one.net->n_weights);
    for (int d = 0; d < 2; d++) {
        const GenreRun run = {T, B, genre_math_choose(NULL), NULL};
        memcpy(one.net->weights, both.net->weights + d * one.net->n_weights,
               one.net->n_weights * sizeof *one.net->weights);
        for (int t = 0; t < T; t++)
            memcpy(one.x + (size_t)t * B * N_IN, both.x + (size_t)(d ? T - 1 - t : t) * B * N_IN,
                   B * N_IN * sizeof *one.x);
        genre_net_reset(one.net, B, one.state);
        one.y = genre_net_forward(one.net, &run, one.x, one.state, one.tape);
        EACH for (int i = 0; i < N; i++)
            expect(&both, t, b, d * N + i, one.y[((d ? T - 1 - t : t) * B + b) * N + i]);
    }
    free_layer(&both);
    free_layer(&one);
}
END_TEST

START_TEST(pool_time) {
    enum { N = 5 };
    static const char *const ways[] = {"mean", "deviation", "last", "attention"};
    char text[100];
    snprintf(text, sizeof text, "[{'kind': 'pool_time', 'by': '%s'}]", ways[_i]);
    Layer l = run_layer(text, N);
    ck_assert_int_eq(l.n_steps_out, 1);
    for (int b = 0; b < B; b++) {
        double share[T], total = 0;
        for (int t = 0; t < T; t++) {
            double score = 0;
            for (int i = 0; i < N && _i == 3; i++)
                score += tensor_at(&l, 0, i, 0) * tanh(x_at(&l, t, b, i));
            total += share[t] = _i == 2 ? t == T - 1 : exp(score);
        }
        for (int i = 0; i < N; i++) {
            double mean = 0, square = 0;
            for (int t = 0; t < T; t++) {
                mean += share[t] / total * x_at(&l, t, b, i);
                square += share[t] / total * x_at(&l, t, b, i) * x_at(&l, t, b, i);
            }
            expect(&l, 0, b, i, _i == 1 ? sqrt(square - mean * mean + 1e-5) : mean);
        }
    }
    free_layer(&l);
}
END_TEST

START_TEST(noise) {
    enum { N = 400 };
    GenreRng rng = genre_rng(1, 1);
    Layer l = run_layer_with("[{'kind': 'noise', 'deviation': 0.5}]", N, &rng);
    double sum = 0, squares = 0;
    const int n = T * B * N;
    for (int i = 0; i < n; i++) {
        sum += l.y[i] - l.x[i];
        squares += (l.y[i] - l.x[i]) * (l.y[i] - l.x[i]);
    }
    /* Five standard deviations of each. */
    ck_assert_double_eq_tol(sum / n, 0, 5 * 0.5 / sqrt(n));
    ck_assert_double_eq_tol(squares / n, 0.25, 5 * 0.25 * sqrt(2.0 / n));
    free_layer(&l);
    l = run_layer("[{'kind': 'noise', 'deviation': 0.5}]", N);
    ck_assert_mem_eq(l.x, l.y, (size_t)n * sizeof *l.x); /* outside of training: the identity */
    free_layer(&l);
}
END_TEST

/* How values are joined: by channels where the bands are as many, else end to end. */
START_TEST(channels_are_joined) {
    static const struct {
        const char *layers;
        int n_channels, n_out;
    } cases[] = {
        {"[{'kind': 'relu'}]", 1, 8},
        {"[{'kind': 'dense', 'units': 6}]", 6, 6},
        {"[{'kind': 'lstm', 'units': 6}, {'kind': 'relu'}]", 6, 6},
        {"[{'kind': 'bilstm', 'units': 6}]", 12, 12},
        {"[{'kind': 'stats'}]", 3, 24},
        {"[{'kind': 'relu', 'input': ['input', 'input']}]", 2, 16},
        {"[{'kind': 'conv2d', 'channels': 4}, {'kind': 'relu', 'input': ['conv2d0', 'input']}]", 5,
         40},
        {"[{'kind': 'conv2d', 'channels': 4}, {'kind': 'maxpool', 'kernel_bands': 3},"
         " {'kind': 'delta'}]",
         4, 8},
        {"[{'kind': 'dense', 'units': 6}, {'kind': 'relu', 'input': ['dense0', 'input']}]", 1, 14},
        {"[{'kind': 'dense', 'units': 6, 'name': 'a'}, {'kind': 'dense', 'units': 3},"
         " {'kind': 'tanh', 'input': ['a', 'dense1']}]",
         9, 9},
        {"[{'kind': 'conv2d', 'channels': 4}, {'kind': 'dct', 'coefficients': 9}]", 1, 9},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        GenreNet *net = make_net(cases[i].layers, 8, 1);
        const GenreLayer *last = &net->nodes[net->n_nodes - 1].layer;
        REQUIRE(last->n_channels == cases[i].n_channels && last->n_out == cases[i].n_out,
                "%s: %d channels, %d values", cases[i].layers, last->n_channels, last->n_out);
        genre_net_free(net);
    }
}
END_TEST

/* Whether a network can go step by step, and what one over a window makes of its steps. */
START_TEST(steps_are_planned) {
    static const struct {
        const char *layers;
        bool causal;
        int in, out;       /* steps; out 0: impossible */
        const char *named; /* layer in the error */
    } cases[] = {
        {"[{'kind': 'lstm', 'units': 3}]", true, 5, 5, NULL},
        {"[{'kind': 'conv2d', 'channels': 2, 'kernel_bands': 3}]", true, 5, 5, NULL},
        {"[{'kind': 'conv2d', 'channels': 2, 'kernel_time': 3, 'padding': 'causal'}]", true, 5, 5,
         NULL},
        {"[{'kind': 'conv2d', 'channels': 2, 'kernel_time': 3, 'padding': 'causal',"
         " 'stride_time': 2}]",
         false, 5, 3, NULL},
        {"[{'kind': 'conv2d', 'channels': 2, 'kernel_time': 3}]", false, 5, 5, NULL},
        {"[{'kind': 'maxpool', 'kernel_bands': 2}]", true, 5, 5, NULL},
        {"[{'kind': 'maxpool', 'kernel_time': 2}]", true, 5, 2, NULL},
        {"[{'kind': 'maxpool', 'kernel_time': 2, 'stride_time': 1}]", false, 5, 4, NULL},
        {"[{'kind': 'bilstm', 'units': 2}]", false, 5, 5, NULL},
        {"[{'kind': 'bilstm', 'units': 2}, {'kind': 'pool_time'}]", false, 5, 1, NULL},
        {"[{'kind': 'relu'}, {'kind': 'conv2d', 'channels': 2, 'kernel_time': 6,"
         " 'padding': 'valid', 'name': 'big'}]",
         false, 5, 0, "big"},
        {"[{'kind': 'maxpool', 'kernel_time': 3}, {'kind': 'avgpool', 'kernel_time': 2, 'name':"
         " 'b'}, {'kind': 'pool_time'}]",
         false, 5, 0, "b"},
        {"[{'kind': 'maxpool', 'kernel_time': 2, 'name': 'half'},"
         " {'kind': 'relu', 'name': 'joint', 'input': ['half', 'input']}, {'kind': 'pool_time'}]",
         false, 5, 0, "joint"},
        {"[{'kind': 'maxpool', 'kernel_time': 2, 'name': 'half'}, {'kind': 'conv2d', 'name': 'b',"
         " 'channels': 2, 'stride_time': 2, 'input': 'input'},"
         " {'kind': 'relu', 'name': 'joint', 'input': ['half', 'b']}]",
         false, 6, 3, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        GenreNet *net = make_net(cases[i].layers, 8, 1);
        GenreError error = {.text = ""};
        int steps[GENRE_MAX_LAYERS];
        const int out = genre_net_plan(net, cases[i].in, steps, &error);
        REQUIRE(net->causal == cases[i].causal, "%s: causal is %d", cases[i].layers, net->causal);
        REQUIRE(out == cases[i].out, "%s: %d steps: %s", cases[i].layers, out, error.text);
        REQUIRE(!cases[i].named || strstr(error.text, cases[i].named), "%s: \"%s\"",
                cases[i].layers, error.text);
        genre_net_free(net);
    }
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

/* The state of one of the streams of a run. */
static GenreReal *state_of(const Layer *l, int stream) {
    GenreReal *one = calloc((size_t)l->net->n_state, sizeof *one);
    genre_net_get_state(l->net, B, stream, l->state, one);
    return one;
}

/* Two layers that know what is new, one of them at half the rate, and one that does not. */
START_TEST(novelty_is_how_far_means_come_apart) {
    Layer l = run_layer("[{'kind': 'stats', 'horizon': 400, 'recent': 4, 'name': 'a'},"
                        " {'kind': 'avgpool', 'kernel_time': 2, 'name': 'b', 'input': 'input'},"
                        " {'kind': 'stats', 'recent': 3, 'name': 'c'},"
                        " {'kind': 'avgpool', 'kernel_time': 2, 'name': 'd', 'input': 'a'},"
                        " {'kind': 'stats', 'input': ['c', 'd']}]",
                        2);
    Layer half = run_layer("[{'kind': 'avgpool', 'kernel_time': 2}]", 2);
    for (int b = 0; b < B; b++) {
        GenreReal *state = state_of(&l, b);
        double sum = 0;
        for (int i = 0; i < 4; i++) {
            Layer seen = i < 2 ? l : half;
            seen.x = i < 2 ? l.x : (GenreReal *)half.y;
            const int last = (i < 2 ? T : T / 2) - 1;
            double all, all_variance, now, now_variance;
            moments(&seen, (Moments){400, 0}, last, b, i % 2, &all, &all_variance);
            moments(&seen, (Moments){i < 2 ? 4 : 3, 0}, last, b, i % 2, &now, &now_variance);
            sum += (now - all) * (now - all) / (now_variance + all_variance + 0.01) / 4;
        }
        REQUIRE(sum > 1e-3, "nothing is new: %g", sum);
        ck_assert_double_eq_tol(genre_net_novelty(l.net, state), sum, 1e-5);
        ck_assert_int_eq(genre_net_renew(l.net, state), 6); /* three steps of two frames */
        ck_assert_double_eq_tol(genre_net_novelty(l.net, state), 0, 1e-12);
        free(state);
    }
    free_layer(&l);
    free_layer(&half);
}
END_TEST

/* Once renewed, a long stream is one that has only heard what is recent. */
START_TEST(renewed_statistics_go_on_from_the_recent_ones) {
    Layer l = run_layer("[{'kind': 'stats', 'recent': 3}]", 2);
    GenreReal *state = state_of(&l, 1);
    GenreTape *tape = genre_tape_new(l.net, 1, 1);
    const GenreRun run = {1, 1, genre_math_choose(NULL), NULL};
    ck_assert_int_eq(genre_net_renew(l.net, state), 3);
    double mean[2], variance[2];
    for (int i = 0; i < 2; i++)
        moments(&l, (Moments){3, 0}, T - 1, 1, i, &mean[i], &variance[i]);
    for (int n = 4; n < 9; n++) {
        const GenreReal x[2] = {(GenreReal)n, 1 / (GenreReal)n};
        const GenreReal *y = genre_net_forward(l.net, &run, x, state, tape);
        for (int i = 0; i < 2; i++) {
            const double d = (double)x[i] - mean[i];
            mean[i] += d / n;
            variance[i] = (1 - 1.0 / n) * (variance[i] + d * d / n);
            ck_assert_double_eq_tol(y[2 + i], mean[i], 1e-5);
            ck_assert_double_eq_tol(y[4 + i], sqrt(variance[i] + 1e-5), 1e-5);
        }
    }
    genre_tape_free(tape);
    free(state);
    free_layer(&l);
}
END_TEST

/* What keeps nothing recent finds nothing new, and goes on as before. */
START_TEST(without_recent_nothing_is_new) {
    Layer l = run_layer("[{'kind': 'stats', 'horizon': 2}, {'kind': 'norm'}]", 2);
    GenreReal *state = state_of(&l, 0), *after = state_of(&l, 0);
    ck_assert_double_eq(genre_net_novelty(l.net, state), 0);
    ck_assert_int_eq(genre_net_renew(l.net, after), 0);
    ck_assert_mem_eq(state, after, (size_t)l.net->n_state * sizeof *state);
    free(state);
    free(after);
    free_layer(&l);
}
END_TEST

START_TEST(dropout) {
    enum { N = 64 };
    GenreNet *net = make_net("[{'kind': 'dropout', 'rate': 0.25}]", N, 1);
    GenreTape *tape = genre_tape_new(net, 100, 2);
    GenreReal *x = make_numbers(100 * 2 * N, 3);
    GenreRng rng = genre_rng(1, 1);
    GenreRun run = {100, 2, genre_math_choose(NULL), NULL};
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
    const GenreRun run = {ROWS, 1, genre_math_choose(NULL), NULL};
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
    "[{'kind': 'stats', 'horizon': 9, 'recent': 4}]",
    "[{'kind': 'avgpool', 'kernel_bands': 3}]",
    "[{'kind': 'batchnorm'}]",
    "[{'kind': 'conv2d', 'channels': 3, 'kernel_bands': 3}]",
    "[{'kind': 'conv2d', 'channels': 3, 'kernel_time': 6, 'kernel_bands': 2, 'padding': 'causal'}]",
    "[{'kind': 'elu'}, {'kind': 'sigmoid'}, {'kind': 'tanh'}]",
    "[{'kind': 'maxpool', 'kernel_bands': 2}, {'kind': 'noise', 'deviation': 1}]",
    "[{'kind': 'conv2d', 'channels': 8, 'kernel_time': 3, 'kernel_bands': 3, 'padding': 'causal'},"
    " {'kind': 'batchnorm'}, {'kind': 'relu'}, {'kind': 'maxpool', 'kernel_bands': 3},"
    " {'kind': 'conv2d', 'channels': 4, 'kernel_time': 2, 'kernel_bands': 3, 'padding': 'causal'},"
    " {'kind': 'lstm', 'units': 5}]",
    "[{'kind': 'floor'}, {'kind': 'dct', 'coefficients': 6}, {'kind': 'affine'},"
    " {'kind': 'delta', 'name': 'd'}, {'kind': 'norm'}, {'kind': 'lstm', 'units': 9, 'name': 'l'},"
    " {'kind': 'lstm', 'units': 20, 'name': 'm', 'input': ['l', 'input']},"
    " {'kind': 'stats', 'input': ['d', 'l', 'm'], 'horizon': 5}, {'kind': 'relu'},"
    " {'kind': 'dropout', 'rate': 0.5}, {'kind': 'dense', 'units': 11}]",
};
enum { N_NETWORKS = sizeof networks / sizeof *networks, WIDTH = 19 };

/* Those that see the whole run at once: of the demands streams_do_not_touch alone is theirs. */
static const char *const window_networks[] = {
    "[{'kind': 'bilstm', 'units': 7}]",
    "[{'kind': 'conv2d', 'channels': 3, 'kernel_time': 3, 'kernel_bands': 3, 'stride_time': 2}]",
    "[{'kind': 'conv2d', 'channels': 5, 'kernel_time': 2, 'kernel_bands': 3, 'padding': 'valid',"
    " 'stride_time': 3, 'stride_bands': 2}]",
    "[{'kind': 'conv2d', 'channels': 2, 'kernel_time': 3, 'kernel_bands': 11, 'padding': 'causal',"
    " 'stride_time': 2}]",
    "[{'kind': 'conv2d', 'channels': 2}, {'kind': 'conv2d', 'channels': 50}]",
    "[{'kind': 'conv2d', 'channels': 4}, {'kind': 'conv2d', 'channels': 5, 'kernel_time': 2,"
    " 'kernel_bands': 4, 'padding': 'valid'}]",
    "[{'kind': 'conv2d', 'channels': 4}, {'kind': 'conv2d', 'channels': 3, 'kernel_time': 2,"
    " 'kernel_bands': 42}]",
    "[{'kind': 'conv2d', 'channels': 4}, {'kind': 'conv2d', 'channels': 3, 'kernel_bands': 3,"
    " 'stride_bands': 2}, {'kind': 'maxpool', 'kernel_bands': 10},"
    " {'kind': 'conv2d', 'channels': 4, 'kernel_bands': 2},"
    " {'kind': 'conv2d', 'channels': 9, 'kernel_time': 3}]",
    "[{'kind': 'maxpool', 'kernel_time': 2}]",
    "[{'kind': 'avgpool', 'kernel_time': 3, 'stride_time': 1}]",
    "[{'kind': 'pool_time'}]",
    "[{'kind': 'pool_time', 'by': 'deviation'}]",
    "[{'kind': 'pool_time', 'by': 'last'}]",
    "[{'kind': 'pool_time', 'by': 'attention'}]",
    "[{'kind': 'conv2d', 'channels': 3, 'kernel_time': 3, 'kernel_bands': 3}, {'kind': 'elu'},"
    " {'kind': 'batchnorm'}, {'kind': 'maxpool', 'kernel_time': 2, 'kernel_bands': 2},"
    " {'kind': 'bilstm', 'units': 5}, {'kind': 'pool_time', 'by': 'attention'},"
    " {'kind': 'dense', 'units': 4}]",
};
enum { N_WINDOW_NETWORKS = sizeof window_networks / sizeof *window_networks };

/* All streams at once, in runs of `step` steps, from fresh state; y (T, B, n_out). */
static void run_in_steps(const GenreNet *net, const GenreReal *x, int n_streams, int step,
                         GenreReal *state, GenreReal *y) {
    GenreTape *tape = genre_tape_new(net, step, n_streams);
    const size_t row_in = (size_t)n_streams * WIDTH, row_out = (size_t)n_streams * net->n_out;
    genre_net_reset(net, n_streams, state);
    for (int t = 0; t < T; t += step) {
        const GenreRun run = {step, n_streams, genre_math_choose(NULL), NULL};
        const GenreReal *part = genre_net_forward(net, &run, x + (size_t)t * row_in, state, tape);
        memcpy(y + (size_t)t * row_out, part, (size_t)step * row_out * sizeof *y);
    }
    genre_tape_free(tape);
}

/* The networks of a table, then the same with weights of 8 bits. */
static GenreNet *make_either(const char *const *table, int n, int index) {
    GenreNet *net = make_net(table[index % n], WIDTH, 2);
    if (index >= n)
        ck_assert_int_eq(genre_net_round(net, net->n_nodes, NULL), GENRE_SUCCESS);
    return net;
}

START_TEST(steps_equal_the_whole) {
    static const int steps[] = {1, 2, 3, 4, 6};
    GenreNet *net = make_either(networks, N_NETWORKS, _i);
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

/* What comes out for a stream is the same alone, also over a tape that is larger than the run and
 * full of what the run before left there. */
static void check_streams(const GenreNet *net, int n_in, int n_streams) {
    const size_t n_out = (size_t)net->n_out;
    int steps[GENRE_MAX_LAYERS];
    const int n_steps = genre_net_plan(net, T, steps, NULL);
    GenreTape *tape = genre_tape_new(net, T + 3, n_streams + 1);
    GenreReal *x = make_numbers((size_t)T * n_streams * n_in, 3);
    GenreReal *alone = calloc((size_t)T * n_in, sizeof *alone);
    GenreReal *all = calloc((size_t)n_steps * n_streams * n_out, sizeof *all);
    GenreReal *state = calloc((size_t)net->n_state * n_streams + 1, sizeof *state);
    GenreRun run = {T, n_streams, genre_math_choose(NULL), NULL};
    genre_net_reset(net, n_streams, state);
    memcpy(all, genre_net_forward(net, &run, x, state, tape),
           (size_t)n_steps * n_streams * n_out * sizeof *all);
    run.n_streams = 1;
    for (int b = 0; b < n_streams; b++) {
        for (int t = 0; t < T; t++)
            memcpy(alone + t * n_in, x + (t * n_streams + b) * n_in, (size_t)n_in * sizeof *x);
        genre_net_reset(net, 1, state);
        const GenreReal *one = genre_net_forward(net, &run, alone, state, tape);
        for (int t = 0; t < n_steps; t++)
            ck_assert_mem_eq(one + (size_t)t * n_out, all + (size_t)(t * n_streams + b) * n_out,
                             n_out * sizeof *one);
    }
    genre_tape_free(tape);
    free(x);
    free(alone);
    free(all);
    free(state);
}

START_TEST(streams_do_not_touch) {
    GenreNet *net = _i < 2 * N_NETWORKS
                        ? make_either(networks, N_NETWORKS, _i)
                        : make_either(window_networks, N_WINDOW_NETWORKS, _i - 2 * N_NETWORKS);
    check_streams(net, WIDTH, B);
    genre_net_free(net);
}
END_TEST

static void check_n_state(const GenreNet *net) {
    int n = 0;
    for (int i = 0; i < net->n_nodes; i++)
        n += net->nodes[i].layer.n_state;
    ck_assert_int_eq(net->n_state, n);
}

/* With weights of 8 bits a network does nearly what it does with the floats that they stand for:
 * what is left is the rounding of what the weights are multiplied with. */
START_TEST(eight_bits_are_near) {
    GenreNet *net = _i < N_NETWORKS ? make_either(networks, N_NETWORKS, N_NETWORKS + _i)
                                    : make_either(window_networks, N_WINDOW_NETWORKS,
                                                  N_WINDOW_NETWORKS + _i - N_NETWORKS);
    int steps[GENRE_MAX_LAYERS];
    const size_t n = (size_t)genre_net_plan(net, T, steps, NULL) * net->n_out;
    GenreTape *tape = genre_tape_new(net, T, 1);
    GenreReal *x = make_numbers((size_t)T * WIDTH, 3), *rounded = calloc(n, sizeof *rounded);
    GenreReal *state = calloc((size_t)net->n_state + 1, sizeof *state);
    const GenreRun run = {T, 1, genre_math_choose(NULL), NULL};
    bool has_products = false;
    double error = 0, power = 0;
    for (int i = 0; i < net->n_nodes; i++)
        for (int k = 0; k < net->nodes[i].layer.n_tensors; k++)
            has_products |= net->nodes[i].layer.tensors[k].rows8 != NULL;
    genre_net_reset(net, 1, state);
    memcpy(rounded, genre_net_forward(net, &run, x, state, tape), n * sizeof *rounded);
    check_n_state(net);
    genre_net_drop_rows8(net);
    check_n_state(net);
    free(state);
    state = calloc((size_t)net->n_state + 1, sizeof *state);
    genre_net_reset(net, 1, state);
    const GenreReal *exact = genre_net_forward(net, &run, x, state, tape);
    for (size_t i = 0; i < n; i++) {
        error += ((double)rounded[i] - exact[i]) * ((double)rounded[i] - exact[i]);
        power += (double)exact[i] * exact[i];
    }
    REQUIRE(sqrt(error / power) < 0.02, "off by %g of %g", sqrt(error / n), sqrt(power / n));
    ck_assert_int_eq(error > 0, has_products);
    genre_net_free(net);
    genre_tape_free(tape);
    free(x);
    free(rounded);
    free(state);
}
END_TEST

/* Laid out in panels, weights of rows beyond the last whole one among them, a network does the same
 * but for rounding. */
START_TEST(panels_change_rounding_alone) {
    enum { N_IN = 5, N_OUT = 70 };
    GenreNet *net =
        make_net("[{'kind': 'lstm', 'units': 33}, {'kind': 'dense', 'units': 70}]", N_IN, 1);
    GenreTape *tape = genre_tape_new(net, T, 1);
    GenreReal *x = make_numbers((size_t)T * N_IN, 3), as_was[T * N_OUT];
    GenreReal *state = calloc((size_t)net->n_state, sizeof *state);
    const GenreRun run = {T, 1, genre_math_choose(NULL), NULL};
    memcpy(as_was, genre_net_forward(net, &run, x, state, tape), sizeof as_was);
    ck_assert_int_eq(genre_net_pack(net, NULL), GENRE_SUCCESS);
    ck_assert_ptr_nonnull(net->nodes[0].layer.tensors[0].panels);
    genre_net_reset(net, 1, state);
    const GenreReal *packed = genre_net_forward(net, &run, x, state, tape);
    for (int i = 0; i < T * N_OUT; i++)
        REQUIRE(fabs((double)packed[i] - as_was[i]) < 1e-5, "value %d: %g, not %g", i,
                (double)packed[i], (double)as_was[i]);
    check_streams(net, N_IN, 7);
    genre_net_free(net);
    genre_tape_free(tape);
    free(x);
    free(state);
}
END_TEST

/* What a batch normalisation works out beforehand is what it would at each run. */
START_TEST(packing_changes_no_normalisation) {
    GenreNet *net =
        make_net("[{'kind': 'conv2d', 'channels': 3}, {'kind': 'batchnorm'}]", WIDTH, 1);
    GenreTape *tape = genre_tape_new_forward(net, T, 1);
    const size_t n = (size_t)T * net->n_out;
    GenreReal *x = make_numbers((size_t)T * WIDTH, 3), *as_was = calloc(n, sizeof *as_was);
    const GenreRun run = {T, 1, genre_math_choose(NULL), NULL};
    const GenreLayer *layer = &net->nodes[1].layer;
    GenreRng rng = genre_rng(1, 2);
    for (int turn = 0; turn < 2; turn++) { /* the second time with other weights */
        for (int k = 0; k < layer->n_tensors; k++)
            for (int c = 0; c < layer->n_channels; c++)
                net->weights[layer->tensors[k].offset + (size_t)c] =
                    (GenreReal)genre_rng_between(&rng, 0.5, 2);
        memcpy(as_was, genre_net_forward(net, &run, x, NULL, tape), n * sizeof *as_was);
        ck_assert_int_eq(genre_net_pack(net, NULL), GENRE_SUCCESS);
        ck_assert_mem_eq(genre_net_forward(net, &run, x, NULL, tape), as_was, n * sizeof *as_was);
        genre_net_unpack(net);
    }
    genre_net_free(net);
    genre_tape_free(tape);
    free(x);
    free(as_was);
}
END_TEST

/* A convolution of 8 bits does what the layers behind it would, to the bit, where it alone feeds
 * them: as many as each network says. */
static const struct {
    const char *layers;
    int n_done_before;
} joined_networks[] = {
    {"[{'kind': 'conv2d', 'channels': 20, 'kernel_time': 3, 'kernel_bands': 3, 'padding': "
     "'causal'}, {'kind': 'batchnorm'}, {'kind': 'relu'}]",
     2},
    {"[{'kind': 'conv2d', 'channels': 3, 'kernel_time': 2, 'padding': 'causal'}, {'kind': 'relu'}, "
     "{'kind': 'batchnorm'}]",
     1},
    {"[{'kind': 'conv2d', 'channels': 5}, {'kind': 'batchnorm'}, {'kind': 'dropout', 'rate': 0.1}, "
     "{'kind': 'relu'}]",
     1},
    {"[{'kind': 'conv2d', 'channels': 5}, {'kind': 'batchnorm'}, {'kind': 'conv2d', 'channels': 7, "
     "'kernel_bands': 2}, {'kind': 'relu'}, {'kind': 'maxpool', 'kernel_bands': 2}]",
     2},
    {"[{'kind': 'conv2d', 'channels': 5, 'name': 'two'}, {'kind': 'batchnorm', 'name': 'a'}, "
     "{'kind': 'relu', 'input': 'two', 'name': 'b'}, {'kind': 'stats', 'input': ['a', 'b']}]",
     0},
    {"[{'kind': 'conv2d', 'channels': 5}, {'kind': 'batchnorm', 'name': 'two'}, {'kind': 'relu', "
     "'name': 'b'}, {'kind': 'stats', 'input': ['two', 'b']}]",
     1},
    {"[{'kind': 'batchnorm'}, {'kind': 'relu'}, {'kind': 'conv2d', 'channels': 5}]", 0},
};

static int count_done_before(const GenreNet *net) {
    int n = 0;
    for (int i = 0; i < net->n_nodes; i++)
        n += net->nodes[i].layer.done_before;
    return n;
}

static void check_same(const GenreNet *net, GenreTape *tape, const GenreReal *x,
                       const GenreReal *wanted) {
    GenreReal *state = calloc((size_t)net->n_state * B + 1, sizeof *state);
    const GenreRun run = {T, B, genre_math_choose(NULL), NULL};
    genre_net_reset(net, B, state);
    ck_assert_mem_eq(genre_net_forward(net, &run, x, state, tape), wanted,
                     (size_t)T * B * net->n_out * sizeof *wanted);
    free(state);
}

/* With no more work space than layers say that they need, whose end sanitizers see. */
static void check_work(const GenreNet *net, GenreTape *tape, const GenreReal *x,
                       const GenreReal *wanted) {
    GenreReal *const as_was = tape->work;
    int most = 0;
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        const int n = layer->tensors[0].rows8 ? layer->n_work8 : layer->n_work;
        most = !layer->done_before && n > most ? n : most;
    }
    tape->work = malloc((size_t)most * sizeof *tape->work);
    check_same(net, tape, x, wanted);
    free(tape->work);
    tape->work = as_was;
}

/* In training each layer does its own work, packed or not: normalisations see what they are to
 * track. */
static void check_training(GenreNet *net, GenreTape *tape, const GenreReal *x) {
    const size_t n = (size_t)T * B * net->n_out;
    GenreReal *state = calloc((size_t)net->n_state * B + 1, sizeof *state);
    GenreReal *apart = calloc(n, sizeof *apart);
    for (int packed = 1; packed >= 0; packed--) {
        GenreRng rng = genre_rng(1, 2);
        const GenreRun run = {T, B, genre_math_choose(NULL), &rng};
        if (!packed)
            genre_net_unpack(net);
        genre_net_reset(net, B, state);
        const GenreReal *y = genre_net_forward(net, &run, x, state, tape);
        if (packed)
            memcpy(apart, y, n * sizeof *y);
        else
            ck_assert_mem_eq(y, apart, n * sizeof *y);
    }
    free(state);
    free(apart);
}

START_TEST(joined_layers_do_the_same) {
    GenreNet *net = make_net(joined_networks[_i].layers, WIDTH, 2);
    const size_t n = (size_t)T * B * net->n_out;
    GenreReal *x = make_numbers((size_t)T * B * WIDTH, 3), *apart = calloc(n, sizeof *apart);
    GenreRng rng = genre_rng(1, 2);
    for (int i = 0; i < net->n_nodes; i++) /* normalisations that do something */
        for (int k = 0; k < net->nodes[i].layer.n_tensors; k++)
            for (size_t w = 0; strcmp(net->nodes[i].layer.kind->name, "batchnorm") == 0 &&
                               w < net->nodes[i].layer.tensors[k].n;
                 w++)
                net->weights[net->nodes[i].layer.tensors[k].offset + w] =
                    (GenreReal)genre_rng_between(&rng, 0.5, 2);
    ck_assert_int_eq(genre_net_round(net, net->n_nodes, NULL), GENRE_SUCCESS);
    GenreReal *state = calloc((size_t)net->n_state * B + 1, sizeof *state);
    GenreTape *before = genre_tape_new_forward(net, T, B), *all = genre_tape_new(net, T, B);
    run_in_steps(net, x, B, T, state, apart);
    free(state);
    ck_assert_int_eq(count_done_before(net), 0);
    ck_assert_int_eq(genre_net_pack(net, NULL), GENRE_SUCCESS);
    ck_assert_int_eq(count_done_before(net), joined_networks[_i].n_done_before);
    GenreTape *after = genre_tape_new_forward(net, T, B);
    check_same(net, all, x, apart);
    check_same(net, before, x, apart);
    check_same(net, after, x, apart);
    check_work(net, after, x, apart);
    check_training(net, all, x); /* which unpacks it */
    ck_assert_int_eq(count_done_before(net), 0);
    check_same(net, all, x, apart);
    /* As floats each layer does its own work, be the network packed or not. */
    ck_assert_int_eq(genre_net_pack(net, NULL), GENRE_SUCCESS);
    genre_net_drop_rows8(net);
    ck_assert_int_eq(count_done_before(net), 0);
    genre_net_free(net);
    genre_tape_free(before);
    genre_tape_free(after);
    genre_tape_free(all);
    free(x);
    free(apart);
}
END_TEST

/* Bands are few, so that many tiles would fit side by side, and kernels are as large as can be. */
START_TEST(large_kernels_take_bounded_work) {
    json_t *layers = json_pack("[{sssi}, {sssisisi}]", "kind", "conv2d", "channels", 64, "kind",
                               "conv2d", "channels", 1, "kernel_time", 1024, "kernel_bands", 256);
    GenreError error = {.text = ""};
    GenreNet *net = genre_net_new(layers, 1, &error);
    ck_assert_msg(net != NULL, "%s", error.text);
    ck_assert_int_gt(net->nodes[1].layer.n_work, 1 << 24);
    ck_assert_int_lt(net->nodes[1].layer.n_work, 1 << 26);
    ck_assert_int_lt(net->nodes[1].layer.n_work8, 1 << 26);
    genre_net_free(net);
    json_decref(layers);
}
END_TEST

/* In 8 bits a layer may remember more than as floats: not without bounds. */
START_TEST(state_is_bounded_in_eight_bits) {
    json_t *layers = json_array();
    for (int i = 0; i < 40; i++)
        json_array_append_new(layers, json_pack("{sssisisiss}", "kind", "conv2d", "channels", 1,
                                                "kernel_time", 1024, "kernel_bands", 1024,
                                                "padding", "causal"));
    GenreError error = {.text = ""};
    GenreNet *net = genre_net_new(layers, 16, &error);
    ck_assert_msg(net != NULL, "%s", error.text);
    ck_assert_int_ne(genre_net_round(net, net->n_nodes, &error), GENRE_SUCCESS);
    ck_assert_ptr_nonnull(strstr(error.text, "remembers too much"));
    genre_net_free(net);
    json_decref(layers);
}
END_TEST

/* A stream that goes on by a few steps must not carry the work space of hundreds. */
START_TEST(few_steps_take_little_work) {
    GenreNet *net = make_net("[{'kind': 'conv2d', 'channels': 32, 'kernel_time': 3,"
                             " 'kernel_bands': 3, 'padding': 'causal'}]",
                             8, 1);
    ck_assert_uint_lt(genre_tape_size(net, 1, 1), 700);
    ck_assert_uint_lt(genre_tape_size(net, 2, 2), 4 * 700);
    ck_assert_uint_gt(genre_tape_size(net, 100, 4), 400 * 32 * 8);
    const size_t of_floats = genre_tape_size_forward(net, 4, 1);
    ck_assert_int_eq(genre_net_round(net, 1, NULL), GENRE_SUCCESS);
    ck_assert_uint_lt(genre_tape_size_forward(net, 4, 1), of_floats * 9 / 10);
    genre_net_free(net);
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
        "[{'kind': 'stats', 'recent': -1}]",
        "[{'kind': 'stats', 'horizon': 5, 'recent': 5}]",
        "[{'kind': 'stats', 'prior': 1, 'recent': 5}]",
        "[{'kind': 'floor', 'range_db': 1e999}]",
        "[{'kind': 'dense', 'units': 4096}, {'kind': 'dct', 'coefficients': 4096}]",
        "[{'kind': 'conv2d'}]",
        "[{'kind': 'conv2d', 'channels': 0}]",
        "[{'kind': 'conv2d', 'channels': 4096}]",
        "[{'kind': 'conv2d', 'channels': 4097}]",
        "[{'kind': 'conv2d', 'channels': 2, 'kernel_time': 0}]",
        "[{'kind': 'conv2d', 'channels': 2, 'kernel_time': 1025}]",
        "[{'kind': 'conv2d', 'channels': 2, 'kernel_bands': 2.5}]",
        "[{'kind': 'conv2d', 'channels': 2, 'stride_time': 0}]",
        "[{'kind': 'conv2d', 'channels': 2, 'stride_bands': -1}]",
        "[{'kind': 'conv2d', 'channels': 2, 'stride': 1}]",
        "[{'kind': 'conv2d', 'channels': 2, 'padding': 'full'}]",
        "[{'kind': 'conv2d', 'channels': 2, 'padding': 1}]",
        "[{'kind': 'conv2d', 'channels': 2, 'padding': 'valid', 'kernel_bands': 20}]",
        "[{'kind': 'conv2d', 'channels': 1024, 'kernel_time': 1024, 'kernel_bands': 1024}]",
        "[{'kind': 'conv2d', 'channels': 3000}, {'kind': 'conv2d', 'channels': 3000,"
        " 'kernel_time': 1000, 'kernel_bands': 1000}]",
        "[{'kind': 'conv2d', 'channels': 3000}, {'kind': 'lstm', 'units': 2}]",
        "[{'kind': 'maxpool', 'kernel_bands': 20}]",
        "[{'kind': 'maxpool', 'kernel_time': 1e3}]",
        "[{'kind': 'avgpool', 'stride_time': 0}]",
        "[{'kind': 'avgpool', 'padding': 'same'}]",
        "[{'kind': 'batchnorm', 'momentum': 0}]",
        "[{'kind': 'batchnorm', 'momentum': 1.5}]",
        "[{'kind': 'batchnorm', 'epsilon': 1}]",
        "[{'kind': 'bilstm'}]",
        "[{'kind': 'bilstm', 'units': 1025}]",
        "[{'kind': 'elu', 'alpha': 0}]",
        "[{'kind': 'elu', 'alpha': 'one'}]",
        "[{'kind': 'tanh', 'alpha': 1}]",
        "[{'kind': 'noise'}]",
        "[{'kind': 'noise', 'deviation': -1}]",
        "[{'kind': 'pool_time', 'by': 'max'}]",
        "[{'kind': 'pool_time', 'by': ''}]",
        "[{'kind': 'pool_time', 'by': ['mean']}]",
        "[{'kind': 'activation'}]",
        "[{'kind': 'pool'}]",
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
    tcase_add_loop_test(tests, activations, 0, 4);
    tcase_add_loop_test(tests, conv2d, 0, N_SLIDES);
    tcase_add_loop_test(tests, pools, 0, 12);
    tcase_add_loop_test(tests, batchnorm, 0, 2);
    tcase_add_test(tests, bilstm);
    tcase_add_loop_test(tests, pool_time, 0, 4);
    tcase_add_test(tests, noise);
    tcase_add_test(tests, channels_are_joined);
    tcase_add_test(tests, steps_are_planned);
    tcase_add_loop_test(tests, norm, 0, N_MOMENTS);
    tcase_add_loop_test(tests, stats, 0, N_MOMENTS);
    tcase_add_test(tests, novelty_is_how_far_means_come_apart);
    tcase_add_test(tests, renewed_statistics_go_on_from_the_recent_ones);
    tcase_add_test(tests, without_recent_nothing_is_new);
    tcase_add_test(tests, dropout);
    tcase_add_test(tests, fitting_an_affine_layer_standardises);
    tcase_add_loop_test(tests, steps_equal_the_whole, 0, 2 * N_NETWORKS);
    tcase_add_loop_test(tests, streams_do_not_touch, 0, 2 * (N_NETWORKS + N_WINDOW_NETWORKS));
    tcase_add_test(tests, panels_change_rounding_alone);
    tcase_add_test(tests, packing_changes_no_normalisation);
    tcase_add_loop_test(tests, joined_layers_do_the_same, 0,
                        sizeof joined_networks / sizeof *joined_networks);
    tcase_add_loop_test(tests, eight_bits_are_near, 0, N_NETWORKS + N_WINDOW_NETWORKS);
    tcase_add_test(tests, large_kernels_take_bounded_work);
    tcase_add_test(tests, state_is_bounded_in_eight_bits);
    tcase_add_test(tests, few_steps_take_little_work);
    tcase_add_test(tests, bad_networks_are_refused);
}
