#include "learn/blas.h"

#include <cblas.h>
#include <stdlib.h>
#include <unistd.h>

static void add_nt(int m, int n, int k, const float *a, const float *b, float *c) {
    if (m > 0)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1, a, k, b, k, 1, c, n);
}

static void add_nn(int m, int n, int k, const float *a, const float *b, float *c) {
    if (m > 0)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, a, k, b, n, 1, c, n);
}

static void add_tn(int m, int n, int k, const float *a, const float *b, float *c) {
    if (k > 0)
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, m, n, k, 1, a, m, b, n, 1, c, n);
}

/* What is no product is the portable kernel's, so that it is the same on all machines. */
static void sigmoid_all(float *x, int n) {
    genre_math_portable.sigmoid(x, n);
}

static void tanh_all(float *x, int n) {
    genre_math_portable.tanh(x, n);
}

static void lstm_cells(int n, float *gates, float *c_state, float *c, float *tanh_c, float *h) {
    genre_math_portable.lstm_cells(n, gates, c_state, c, tanh_c, h);
}

/* BLAS has none of these. */
static void add_nn_at(int m, int n, int k, const float *a, const float *b, const int *at,
                      float *c) {
    genre_math_at(0)->add_nn_at(m, n, k, a, b, at, c);
}

static void add_nt_at(int m, int n, int k, const float *a, const float *b, const int *at,
                      float *c) {
    genre_math_at(0)->add_nt_at(m, n, k, a, b, at, c);
}

static void add_panels(int m, int n, const float *a, const GenrePanels *b, float *c) {
    genre_math_at(0)->add_panels(m, n, a, b, c);
}

static void add_rows8(int m, const float *a, const GenreRows8 *b, float *c) {
    genre_math_at(0)->add_rows8(m, a, b, c);
}

static GenreRound8 round8(int n, const float *x, uint8_t *bytes) {
    return genre_math_at(0)->round8(n, x, bytes);
}

static void make_step8(int n, const int *at, int n_met, const GenreMet8 *met, const GenreRows8 *b,
                       const GenreFinish *finish, GenreReal *c) {
    genre_math_at(0)->make_step8(n, at, n_met, met, b, finish, c);
}

const GenreMath blas_math = {
    .name = "blas",
    .add_nt = add_nt,
    .add_nn = add_nn,
    .add_tn = add_tn,
    .add_nn_at = add_nn_at,
    .add_nt_at = add_nt_at,
    .add_panels = add_panels,
    .sigmoid = sigmoid_all,
    .tanh = tanh_all,
    .lstm_cells = lstm_cells,
    .add_rows8 = add_rows8,
    .round8 = round8,
    .make_step8 = make_step8,
};

void blas_prepare(char **argv) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && !getenv("OPENBLAS_CORETYPE")) {
        setenv("OPENBLAS_CORETYPE", "SKYLAKEX", 1);
        execv("/proc/self/exe", argv); /* if that fails we are only slower */
    }
#else
    (void)argv;
#endif
    /* Our own threads share out whole batches, which beats splitting small products. */
    openblas_set_num_threads(1);
}

const char *blas_about(void) {
    return openblas_get_config();
}
