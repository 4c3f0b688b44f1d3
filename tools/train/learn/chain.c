#include "learn/chain.h"

#include "learn/ranks.h"

/* Weights that are sent at a time, so that the ranks of a long chain are at work together. */
enum { PART = 1 << 16 };

ChainLink chain_link(int n_shards) {
    const int n_ranks = ranks_count() < n_shards ? ranks_count() : n_shards;
    const int rank = ranks_index();
    if (rank >= n_ranks)
        return (ChainLink){.before = -1, .after = -1};
    /* Ranks stand in the order 1, 2, ..., 0. */
    const int place = rank == 0 ? n_ranks - 1 : rank - 1;
    return (ChainLink){.begin = (int)((int64_t)n_shards * place / n_ranks),
                       .end = (int)((int64_t)n_shards * (place + 1) / n_ranks),
                       .before = place == 0 ? -1 : place,
                       .after = rank == 0 ? -1 : (rank + 1) % n_ranks};
}

static void send_tracked(const GenreNet *net, int to) {
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        for (int k = 0; layer->kind->track && k < layer->n_tensors; k++)
            if (layer->tensors[k].fitted)
                ranks_send(to, net->weights + layer->tensors[k].offset,
                           layer->tensors[k].n * sizeof(float));
    }
}

static void receive_tracked(const GenreNet *net, int from) {
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        for (int k = 0; layer->kind->track && k < layer->n_tensors; k++)
            if (layer->tensors[k].fitted)
                ranks_receive(from, net->weights + layer->tensors[k].offset,
                              layer->tensors[k].n * sizeof(float));
    }
}

/* To a sum, what comes before or behind it: with two addends that is the same. */
static void add(float *sum, const float *addend, size_t n) {
    for (size_t i = 0; i < n; i++)
        sum[i] += addend[i];
}

/* Adds the gradients up in that of this rank's first shard. */
static void sum_gradients(const ChainLink *link, Shard *shards, size_t n_weights) {
    static float part[PART];
    float *sum = shards[link->begin].gradient;
    for (size_t at = 0; at < n_weights; at += PART) {
        const size_t n = n_weights - at < PART ? n_weights - at : PART;
        if (link->before >= 0) {
            ranks_receive(link->before, part, n * sizeof *part);
            add(sum + at, part, n);
        }
        for (int s = link->begin + 1; s < link->end; s++)
            add(sum + at, shards[s].gradient + at, n);
        if (link->after >= 0)
            ranks_send(link->after, sum + at, n * sizeof *sum);
    }
}

float *chain_sum(const ChainLink *link, Shard *shards, GenreNet *net, ChainTotals *totals) {
    if (link->begin == link->end)
        return NULL;
    if (link->before >= 0) {
        const bool stop = totals->stop;
        ranks_receive(link->before, totals, sizeof *totals);
        totals->stop |= stop;
        receive_tracked(net, link->before);
    }
    for (int s = link->begin; s < link->end; s++) {
        genre_net_track(net, shards[s].tape);
        totals->loss += shards[s].loss;
        totals->n_right += shards[s].n_right;
    }
    if (link->after >= 0) {
        ranks_send(link->after, totals, sizeof *totals);
        send_tracked(net, link->after);
    }
    sum_gradients(link, shards, net->n_weights);
    return link->after >= 0 ? NULL : shards[link->begin].gradient;
}
