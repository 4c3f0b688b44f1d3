/* A recipe's training step by PyTorch, where a python3 has it: in a process of its own
 * (torch.py), so that nothing of it is linked or loaded here. */
#ifndef GENRE_TRAIN_BENCH_TORCH_H
#define GENRE_TRAIN_BENCH_TORCH_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "learn/learner.h"

typedef struct {
    pid_t process; /* 0: there is none */
    FILE *to, *from;
    char version[32];
    double loss, norm; /* of a step without dropout: the loss, and the gradient's length */
} BenchTorch;

/* Starts it with the weights and data that `learner` has now; its shards' data are the first one's
 * again. False: no python3 has PyTorch, or the script does not know one of the layers. Stop it even
 * then. */
bool bench_torch_start(BenchTorch *torch, const Learner *learner, int n_threads);
void bench_torch_stop(BenchTorch *torch);

/* Milliseconds that one of n_steps takes, on one thread of processor time; 0: it has failed. */
double bench_torch_steps(BenchTorch *torch, int n_steps);

#endif
