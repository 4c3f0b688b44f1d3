/* The arithmetic that the networks rest on, as a table of functions: a kernel. Which one is fastest
 * depends on the processor, so each is compiled in and one is chosen when a program runs; the
 * trainer puts BLAS in the place of products. The layers stay the same code.
 *
 * Kernels agree to rounding, not to the last bit: only "portable" gives the same on all machines.
 * Within one kernel a row's result depends neither on the rows beside it nor on their number.
 *
 * To add one: write net/kernel/NAME.c (kernel/vector.h does most of it), add its name below and the
 * file to meson.build.
 */
#ifndef GENRE_NET_MATH_H
#define GENRE_NET_MATH_H

#include <stdbool.h>

#include "genrecast.h"
#include "net/panels.h"
#include "net/real.h"
#include "net/rows8.h"

/* All matrices are row-major and dense; what is called add_... adds to c. [real time] */
typedef struct {
    const char *name;
    bool (*runs_here)(void); /* whether this machine can; NULL: every one can */
    /* c (m, n) += a (m, k) . transposed b (n, k) */
    void (*add_nt)(int m, int n, int k, const GenreReal *a, const GenreReal *b, GenreReal *c);
    /* c (m, n) += a (m, k) . b (k, n) */
    void (*add_nn)(int m, int n, int k, const GenreReal *a, const GenreReal *b, GenreReal *c);
    /* c (m, n) += transposed a (k, m) . b (k, n) */
    void (*add_tn)(int m, int n, int k, const GenreReal *a, const GenreReal *b, GenreReal *c);
    /* The same where rows of b overlap: row l begins at b + at[l]. c (m, n) += a (m, k) . b (k, n)
     */
    void (*add_nn_at)(int m, int n, int k, const GenreReal *a, const GenreReal *b, const int *at,
                      GenreReal *c);
    /* c (m, n) += a (m, k) . transposed b (n, k), with the rows of b at b + at[j] */
    void (*add_nt_at)(int m, int n, int k, const GenreReal *a, const GenreReal *b, const int *at,
                      GenreReal *c);
    /* c (m, n) += a (m, columns) . transposed b, into the first columns of c, as many as b has rows
     */
    void (*add_panels)(int m, int n, const GenreReal *a, const GenrePanels *b, GenreReal *c);
    /* In place, n values. Bounded approximations in float (relative error under 1e-6, tested),
     * exact in double. */
    void (*sigmoid)(GenreReal *x, int n);
    void (*tanh)(GenreReal *x, int n);
    /* The n cells of an LSTM: makes what went into the gates (i | f | g | o, n each) the gates
     * themselves, moves c_state (n) on, and fills c, tanh_c and h (n each); see lstm.c. */
    void (*lstm_cells)(int n, GenreReal *gates, GenreReal *c_state, GenreReal *c, GenreReal *tanh_c,
                       GenreReal *h);
    /* c (m, rows) += a (m, columns) . transposed b (rows, columns) of 8 bits; see rows8.h. */
    void (*add_rows8)(int m, const GenreReal *a, const GenreRows8 *b, GenreReal *c);
    /* Rounds x (n) to bytes that stand for scale * (byte - zero) each, in this kernel's sense of
     * them; 0 is the byte `zero`. */
    GenreRound8 (*round8)(int n, const GenreReal *x, uint8_t *bytes);
    /* A step of a convolution at n positions, c (rows of b, n): the sums over the steps of the
     * input that its kernel b meets, `met` (n_met), finished. The g-th group of four columns meets,
     * at position k, the four bytes at bytes + at[g] + 4 k of each. It reads those of up to
     * GENRE_BEYOND8 positions more. */
    void (*make_step8)(int n, const int *at, int n_met, const GenreMet8 *met, const GenreRows8 *b,
                       const GenreFinish *finish, GenreReal *c);
} GenreMath;

/* Every kernel of this processor's kind, the fastest first. */
#if defined(GENRE_REAL_IS_DOUBLE)
#define GENRE_KERNELS(X) X(portable)
#elif defined(__x86_64__)
#define GENRE_KERNELS(X) X(vnni) X(avx512) X(avx2) X(portable)
#elif defined(__aarch64__)
#define GENRE_KERNELS(X) X(neon) X(portable)
#else
#define GENRE_KERNELS(X) X(portable)
#endif

#define GENRE_KERNEL_DECLARE(name) extern const GenreMath genre_math_##name;
GENRE_KERNELS(GENRE_KERNEL_DECLARE)
#undef GENRE_KERNEL_DECLARE

/* The index-th kernel that this machine can run, the fastest being 0; NULL beyond the last.
 * [set-up] */
const GenreMath *genre_math_at(int index);

/* The kernel to use: the fastest, or the one that the environment variable GENRECAST_KERNELS names.
 * NULL where there is none of that name here: `error` says which there are. [set-up] */
const GenreMath *genre_math_choose(GenreError *error);

#endif
