/* Networks for tests, from text. */
#ifndef GENRE_TESTS_NET_HELPERS_H
#define GENRE_TESTS_NET_HELPERS_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/net.h"
#include "run.h"

/* The network of a description in JSON (single quotes will do), its weights drawn at random. */
static inline GenreNet *make_net(const char *layers, int n_in, uint64_t seed) {
    GenreError error = {.text = ""};
    GenreRng rng = genre_rng(seed, 1);
    char text[1024];
    size_t n = 0;
    for (; layers[n]; n++)
        text[n] = layers[n] == '\'' ? '"' : layers[n];
    text[n] = 0;
    json_t *json = json_loads(text, 0, NULL);
    ck_assert_msg(json != NULL, "%s", layers);
    GenreNet *net = genre_net_new(json, n_in, &error);
    ck_assert_msg(net != NULL, "%s: %s", layers, error.text);
    json_decref(json);
    genre_net_init(net, &rng);
    /* A scale or an offset is made to differ from dimension to dimension, too. */
    for (size_t w = 0; w < net->n_weights; w++)
        net->weights[w] += (GenreReal)genre_rng_between(&rng, -0.2, 0.2);
    return net;
}

/* n numbers from -1 to 1, none of them within 0.02 of 0, where a rectifier has its kink. */
static inline GenreReal *make_numbers(size_t n, uint64_t seed) {
    GenreReal *x = calloc(n + 1, sizeof *x);
    GenreRng rng = genre_rng(seed, 2);
    ck_assert_ptr_nonnull(x);
    for (size_t i = 0; i < n; i++) {
        const double size = genre_rng_between(&rng, 0.02, 1);
        x[i] = (GenreReal)(genre_rng_u32(&rng) & 1 ? size : -size);
    }
    return x;
}

#endif
