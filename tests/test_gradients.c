/* Every layer's backward pass against central differences.
 *
 * The networks' sources are compiled once more for this, in double: in float the differences drown
 * in rounding. The loss is the outputs' sum with random factors, so that every output counts. */
#include <math.h>
#include <string.h>

#include "net_helpers.h"

typedef struct {
    const char *layers;
    int n_in, n_steps, n_streams;
    bool dropout; /* run as in training, with the same mask each time */
} Case;

/* First each kind alone, where the gradient of its input is checked too, then networks. floor and
 * beats have no backward pass: they may only stand where no layer before them has weights. */
static const Case cases[] = {
    {"[{'kind': 'affine'}]", 5, 4, 3, false},
    {"[{'kind': 'avgpool', 'kernel_time': 2, 'kernel_bands': 3}]", 7, 5, 2, false},
    {"[{'kind': 'avgpool', 'kernel_bands': 3, 'stride_bands': 1}]", 5, 3, 2, false},
    {"[{'kind': 'batchnorm'}]", 1, 6, 3, true},
    {"[{'kind': 'batchnorm'}]", 4, 3, 2, true},
    {"[{'kind': 'batchnorm'}]", 4, 3, 2, false},
    {"[{'kind': 'bilstm', 'units': 1}]", 1, 1, 1, false},
    {"[{'kind': 'bilstm', 'units': 4}]", 3, 6, 3, false},
    {"[{'kind': 'conv2d', 'channels': 1}]", 1, 1, 1, false},
    {"[{'kind': 'conv2d', 'channels': 3, 'kernel_time': 3, 'kernel_bands': 3}]", 5, 4, 2, false},
    {"[{'kind': 'conv2d', 'channels': 2, 'kernel_time': 4, 'kernel_bands': 2, 'stride_time': 3,"
     " 'stride_bands': 2}]",
     6, 7, 2, false},
    {"[{'kind': 'conv2d', 'channels': 2, 'kernel_time': 3, 'kernel_bands': 4, 'padding': 'valid',"
     " 'stride_bands': 2}]",
     7, 5, 2, false},
    {"[{'kind': 'conv2d', 'channels': 2, 'kernel_time': 4, 'kernel_bands': 3,"
     " 'padding': 'causal'}]",
     4, 6, 2, false},
    {"[{'kind': 'conv2d', 'channels': 2, 'kernel_time': 9, 'kernel_bands': 7}]", 3, 2, 2, false},
    {"[{'kind': 'elu'}]", 5, 4, 3, false},
    {"[{'kind': 'elu', 'alpha': 0.3}]", 5, 4, 3, false},
    {"[{'kind': 'maxpool', 'kernel_time': 2, 'kernel_bands': 2}]", 6, 5, 2, false},
    {"[{'kind': 'maxpool', 'kernel_time': 3, 'stride_time': 1}]", 4, 6, 2, false},
    {"[{'kind': 'noise', 'deviation': 0.5}]", 6, 5, 2, true},
    {"[{'kind': 'noise', 'deviation': 0.5}]", 6, 5, 2, false},
    {"[{'kind': 'pool_time'}]", 4, 6, 3, false},
    {"[{'kind': 'pool_time', 'by': 'deviation'}]", 4, 6, 3, false},
    {"[{'kind': 'pool_time', 'by': 'last'}]", 4, 6, 3, false},
    {"[{'kind': 'pool_time', 'by': 'attention'}]", 4, 6, 3, false},
    {"[{'kind': 'pool_time', 'by': 'attention'}]", 2, 1, 1, false},
    {"[{'kind': 'sigmoid'}]", 5, 4, 3, false},
    {"[{'kind': 'tanh'}]", 5, 4, 3, false},
    {"[{'kind': 'bands'}]", 5, 4, 3, false},
    {"[{'kind': 'bands', 'first': 1, 'count': 6, 'width': 3}]", 9, 4, 3, false},
    {"[{'kind': 'dct', 'coefficients': 1}]", 7, 2, 2, false},
    {"[{'kind': 'dct', 'coefficients': 4}]", 7, 3, 2, false},
    {"[{'kind': 'dct', 'coefficients': 7}]", 7, 1, 1, false},
    {"[{'kind': 'delta'}]", 3, 9, 2, false},
    {"[{'kind': 'delta', 'reach': 1}]", 3, 1, 2, false},
    {"[{'kind': 'delta', 'reach': 4}]", 2, 6, 3, false},
    {"[{'kind': 'dense', 'units': 1}]", 1, 1, 1, false},
    {"[{'kind': 'dense', 'units': 6}]", 5, 4, 3, false},
    {"[{'kind': 'dropout', 'rate': 0.5}]", 6, 5, 2, true},
    {"[{'kind': 'dropout', 'rate': 0.5}]", 6, 5, 2, false},
    {"[{'kind': 'lstm', 'units': 1}]", 1, 1, 1, false},
    {"[{'kind': 'lstm', 'units': 5}]", 4, 1, 3, false},
    {"[{'kind': 'lstm', 'units': 5}]", 4, 9, 1, false},
    {"[{'kind': 'lstm', 'units': 4}]", 6, 7, 3, false},
    {"[{'kind': 'norm'}]", 4, 9, 3, false},
    {"[{'kind': 'norm', 'prior': 3}]", 4, 9, 3, false},
    {"[{'kind': 'norm', 'horizon': 4}]", 4, 12, 2, false},
    {"[{'kind': 'norm', 'horizon': 1}]", 2, 3, 2, false},
    {"[{'kind': 'norm', 'horizon': 5, 'prior': 9}]", 4, 8, 2, false},
    {"[{'kind': 'relu'}]", 5, 4, 3, false},
    {"[{'kind': 'stats'}]", 3, 9, 3, false},
    {"[{'kind': 'stats', 'horizon': 4, 'prior': 2}]", 3, 12, 2, false},
    {"[{'kind': 'stats', 'horizon': 7, 'recent': 3}]", 3, 12, 2, false},
    /* weights behind weights, through every kind that can carry a gradient */
    {"[{'kind': 'dense', 'units': 5}, {'kind': 'affine'}, {'kind': 'dct', 'coefficients': 4},"
     " {'kind': 'delta'}, {'kind': 'norm', 'horizon': 4}, {'kind': 'lstm', 'units': 4},"
     " {'kind': 'relu'}, {'kind': 'dropout', 'rate': 0.3}, {'kind': 'stats', 'horizon': 5},"
     " {'kind': 'dense', 'units': 3}]",
     4, 7, 3, true},
    /* a layer that feeds two, joined inputs, the network's own input among them */
    {"[{'kind': 'lstm', 'units': 3, 'name': 'a'},"
     " {'kind': 'lstm', 'units': 2, 'input': 'a', 'name': 'b'},"
     " {'kind': 'dense', 'units': 3, 'input': 'a', 'name': 'c'},"
     " {'kind': 'stats', 'input': ['b', 'input', 'c', 'a']}, {'kind': 'dense', 'units': 2}]",
     3, 6, 2, false},
    /* a part without weights beside one with */
    {"[{'kind': 'floor', 'range_db': 1}, {'kind': 'delta', 'name': 'd'},"
     " {'kind': 'dense', 'units': 3, 'name': 'e'}, {'kind': 'norm', 'input': ['d', 'e']},"
     " {'kind': 'dense', 'units': 2}]",
     3, 6, 2, false},
    /* weights behind beats, which have no backward pass either */
    {"[{'kind': 'beats', 'count': 4, 'period_s': 0.05}, {'kind': 'bilstm', 'units': 2},"
     " {'kind': 'pool_time'}]",
     3, 50, 2, false},
    /* channels through convolutions, normed per channel, two branches that join by channels */
    {"[{'kind': 'conv2d', 'channels': 2, 'kernel_time': 3, 'kernel_bands': 3, 'name': 'a'},"
     " {'kind': 'batchnorm'}, {'kind': 'elu', 'name': 'b'},"
     " {'kind': 'conv2d', 'channels': 2, 'kernel_time': 1, 'kernel_bands': 5, 'input': 'a'},"
     " {'kind': 'tanh', 'name': 'c'},"
     " {'kind': 'maxpool', 'kernel_time': 2, 'kernel_bands': 2, 'input': ['b', 'c', 'input']},"
     " {'kind': 'conv2d', 'channels': 3, 'kernel_time': 2, 'kernel_bands': 2, 'padding': 'valid'},"
     " {'kind': 'sigmoid'}, {'kind': 'avgpool', 'kernel_bands': 2}, {'kind': 'pool_time'},"
     " {'kind': 'dense', 'units': 3}]",
     6, 8, 3, true},
    /* all that is done in place where it may be, by itself and in a row */
    {"[{'kind': 'conv2d', 'channels': 3, 'kernel_time': 3, 'kernel_bands': 3},"
     " {'kind': 'batchnorm'}, {'kind': 'relu'}, {'kind': 'dropout', 'rate': 0.3},"
     " {'kind': 'dense', 'units': 4}, {'kind': 'elu'}, {'kind': 'affine'},"
     " {'kind': 'dense', 'units': 4}, {'kind': 'dropout', 'rate': 0.3},"
     " {'kind': 'noise', 'deviation': 0.1}, {'kind': 'sigmoid'}, {'kind': 'noise', "
     "'deviation': 0.1}, {'kind': 'dense', 'units': 4}, {'kind': 'tanh'}]",
     5, 4, 2, true},
    /* every way to pool time, side by side */
    {"[{'kind': 'bilstm', 'units': 3, 'name': 'b'}, {'kind': 'noise', 'deviation': 0.1},"
     " {'kind': 'bilstm', 'units': 2, 'name': 'c'}, {'kind': 'pool_time', 'name': 'p'},"
     " {'kind': 'pool_time', 'by': 'deviation', 'input': 'c', 'name': 'q'},"
     " {'kind': 'pool_time', 'by': 'last', 'input': 'c', 'name': 'r'},"
     " {'kind': 'pool_time', 'by': 'attention', 'input': 'b', 'name': 's'},"
     " {'kind': 'batchnorm', 'input': ['p', 'q', 'r', 's']}, {'kind': 'dense', 'units': 3}]",
     4, 5, 3, true},
    /* a causal one: convolutions before an LSTM */
    {"[{'kind': 'conv2d', 'channels': 2, 'kernel_time': 3, 'kernel_bands': 3,"
     " 'padding': 'causal'},"
     " {'kind': 'maxpool', 'kernel_bands': 2}, {'kind': 'stats'}, {'kind': 'batchnorm'},"
     " {'kind': 'lstm', 'units': 3}, {'kind': 'dense', 'units': 2}]",
     5, 6, 2, false},
    /* the shape of the models that ship, small */
    {"[{'kind': 'floor'}, {'kind': 'dct', 'coefficients': 4}, {'kind': 'affine'},"
     " {'kind': 'delta', 'name': 'd'}, {'kind': 'lstm', 'units': 5, 'name': 'l'},"
     " {'kind': 'stats', 'input': ['d', 'l']}, {'kind': 'dropout', 'rate': 0.2},"
     " {'kind': 'dense', 'units': 4}]",
     8, 8, 3, true},
};
enum { N_CASES = sizeof cases / sizeof *cases };

typedef struct {
    const Case *c;
    GenreNet *net;
    GenreTape *tape;
    GenreReal *x, *factors, *state;
    int n_steps_out;
    GenreRng rng;
    GenreRun run;
} Setup;

static size_t n_rows(const Setup *s) {
    return (size_t)s->run.n_steps * (size_t)s->run.n_streams;
}

/* Values that come out. */
static size_t n_values(const Setup *s) {
    return (size_t)s->n_steps_out * (size_t)s->run.n_streams * (size_t)s->net->n_out;
}

static void set_up(Setup *s, const Case *c) {
    memset(s, 0, sizeof *s);
    s->c = c;
    s->net = make_net(c->layers, c->n_in, 5);
    s->tape = genre_tape_new(s->net, c->n_steps, c->n_streams);
    int steps[GENRE_MAX_LAYERS];
    GenreError error = {.text = ""};
    s->n_steps_out = genre_net_plan(s->net, c->n_steps, steps, &error);
    ck_assert_msg(s->n_steps_out > 0, "%s: %s", c->layers, error.text);
    s->run = (GenreRun){c->n_steps, c->n_streams, &genre_math_portable, c->dropout ? &s->rng : NULL,
                        s->tape->work};
    s->x = make_numbers(n_rows(s) * (size_t)c->n_in, 6);
    s->factors = make_numbers(n_values(s), 7);
    s->state = calloc((size_t)(s->net->n_state * c->n_streams + 1), sizeof *s->state);
}

static void tear_down(Setup *s) {
    genre_net_free(s->net);
    genre_tape_free(s->tape);
    free(s->x);
    free(s->factors);
    free(s->state);
}

static double loss(Setup *s) {
    s->rng = genre_rng(8, 9);
    genre_net_reset(s->net, s->run.n_streams, s->state);
    const GenreReal *y = genre_net_forward(s->net, &s->run, s->x, s->state, s->tape);
    double sum = 0;
    for (size_t i = 0; i < n_values(s); i++)
        sum += s->factors[i] * y[i];
    return sum;
}

/* Compares `found` with the loss's central differences over `numbers` (n), leaving out those that
 * `skip` (may be NULL) names. Numbers far under the largest gradient are held to that one's scale:
 * of them the difference itself keeps no more digits. */
static void compare(Setup *s, const char *what, GenreReal *numbers, const GenreReal *found,
                    const bool *skip, size_t n) {
    const double step = 1e-5;
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(found[i]));
    for (size_t i = 0; i < n; i++) {
        if (skip && skip[i])
            continue;
        const GenreReal before = numbers[i];
        numbers[i] = before + step;
        const double above = loss(s);
        numbers[i] = before - step;
        const double below = loss(s);
        numbers[i] = before;
        const double right = (above - below) / (2 * step);
        const double scale = fmax(fmax(fabs(right), 1e-3 * largest), 1e-4);
        REQUIRE(fabs(found[i] - right) <= 1e-5 * scale, "%s: d%s[%zu] is %.10g instead of %.10g",
                s->c->layers, what, i, found[i], right);
    }
}

START_TEST(weights_gradient) {
    Setup s;
    set_up(&s, &cases[_i]);
    GenreTape *work = genre_tape_new_back(s.net, s.run.n_steps, s.run.n_streams);
    GenreReal *gradient = calloc(s.net->n_weights + 1, sizeof *gradient);
    bool *fitted = calloc(s.net->n_weights + 1, sizeof *fitted);
    for (int i = 0; i < s.net->n_nodes; i++) {
        const GenreLayer *layer = &s.net->nodes[i].layer;
        for (int k = 0; k < layer->n_tensors; k++)
            for (size_t w = 0; w < layer->tensors[k].n; w++)
                fitted[layer->tensors[k].offset + w] = layer->tensors[k].fitted;
    }
    loss(&s);
    genre_net_backward(s.net, &s.run, s.x, s.tape, s.factors, gradient, work);
    compare(&s, "w", s.net->weights, gradient, fitted, s.net->n_weights);
    for (size_t w = 0; w < s.net->n_weights; w++)
        REQUIRE(!fitted[w] || gradient[w] == 0, "a fitted weight has a gradient");
    genre_tape_free(work);
    free(gradient);
    free(fitted);
    tear_down(&s);
}
END_TEST

START_TEST(input_gradient) {
    Setup s;
    set_up(&s, &cases[_i]);
    const GenreLayer *layer = &s.net->nodes[0].layer;
    if (s.net->n_nodes == 1) {
        const size_t n = n_rows(&s) * (size_t)layer->n_in;
        GenreReal *dx = calloc(n, sizeof *dx), *dy = s.factors;
        GenreReal *gradient = calloc(s.net->n_weights + 1, sizeof *gradient);
        GenreTape *work = genre_tape_new_back(s.net, s.run.n_steps, s.run.n_streams);
        GenreRun run = s.run;
        loss(&s);
        for (size_t i = 0; i < n; i++)
            dx[i] = 3; /* what is there is not to matter */
        run.work = work->work;
        layer->kind->backward(layer, &run, s.x, s.tape->y[0], dy, dx, gradient, s.tape->cache[0]);
        compare(&s, "x", s.x, dx, NULL, n);
        genre_tape_free(work);
        free(dx);
        free(gradient);
    }
    tear_down(&s);
}
END_TEST

START_TEST(gradients_add_up) {
    Setup s;
    set_up(&s, &cases[_i]);
    GenreTape *work = genre_tape_new_back(s.net, s.run.n_steps, s.run.n_streams);
    GenreReal *once = calloc(s.net->n_weights + 1, sizeof *once);
    GenreReal *twice = calloc(s.net->n_weights + 1, sizeof *twice);
    loss(&s);
    genre_net_backward(s.net, &s.run, s.x, s.tape, s.factors, once, work);
    for (int i = 0; i < 2; i++) {
        loss(&s);
        genre_net_backward(s.net, &s.run, s.x, s.tape, s.factors, twice, work);
    }
    for (size_t w = 0; w < s.net->n_weights; w++)
        REQUIRE(fabs(twice[w] - 2 * once[w]) <= 1e-12 * (1 + fabs(once[w])), "weight %zu", w);
    genre_tape_free(work);
    free(once);
    free(twice);
    tear_down(&s);
}
END_TEST

START_TEST(floor_after_weights_is_refused) {
    GenreError error;
    json_t *json =
        json_loads("[{\"kind\": \"dense\", \"units\": 3}, {\"kind\": \"floor\"}]", 0, NULL);
    ck_assert_ptr_null(genre_net_new(json, 3, &error));
    ck_assert_int_eq(error.status, GENRE_ERR_FORMAT);
    json_decref(json);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_loop_test(tests, weights_gradient, 0, N_CASES);
    tcase_add_loop_test(tests, input_gradient, 0, N_CASES);
    tcase_add_loop_test(tests, gradients_add_up, 0, N_CASES);
    tcase_add_test(tests, floor_after_weights_is_refused);
}
