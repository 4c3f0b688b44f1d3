/* What `genrecast bench` measures, one file per subject. Unlike the other commands it looks behind
 * the public header: that is what measuring the stages takes. */
#ifndef GENRE_APP_BENCH_H
#define GENRE_APP_BENCH_H

#include "genrecast.h"
#include "net/math.h"

typedef struct {
    double median_s, minimum_s; /* processor time of one run, of this thread alone */
} GenreTiming;

/* Calls run(context) for about `budget_s` seconds after a warm-up, in batches that are long against
 * the clock's resolution. */
GenreTiming genre_bench_time(void (*run)(void *context), void *context, double budget_s);

/* One step of one stream through an LSTM layer. False: out of memory. */
bool genre_bench_lstm(const GenreMath *math, int n_in, int n_units, bool in_8_bits, double budget_s,
                      GenreTiming *timing);

/* One step through the model's whole network. */
bool genre_bench_network(const GenreModel *model, const GenreMath *math, double budget_s,
                         GenreTiming *timing);

/* One spectrum with its share of the sliding window and its bands, from hop to hop. */
bool genre_bench_logmel(double rate_hz, int n_fft, int hop, int n_bands, double budget_s,
                        GenreTiming *timing);
bool genre_bench_model_feature(const GenreModel *model, double budget_s, GenreTiming *timing);

/* One real transform with KissFFT. */
bool genre_bench_fft(int n_fft, double budget_s, GenreTiming *timing);

/* The same log-mel spectrum by aubio, where its library is installed; false where not. */
bool genre_bench_aubio(double rate_hz, int n_fft, int hop, int n_bands, double budget_s,
                       GenreTiming *timing);

/* A second of sound (measured over two) through the whole pipe, or its resampler alone. */
bool genre_bench_pipe(const GenreModel *model, double rate_hz, int n_channels, double budget_s,
                      GenreTiming *timing);
bool genre_bench_resampler(const GenreModel *model, double rate_hz, int n_channels, double budget_s,
                           GenreTiming *timing);

/* Streams of mono sound at the model's rate. */
typedef struct {
    GenreTiming apart, together; /* for a second of one stream: with a classifier for each, and as a
                                  * group */
    size_t apart_bytes, together_bytes; /* heap for one of them; 0: see below */
} GenreStreamsTiming;

/* Both, one after the other. False: out of memory. */
bool genre_bench_streams(const GenreModel *model, int n_streams, double budget_s,
                         GenreStreamsTiming *timing);

/* Chords with noise (seconds * rate_hz, n_channels): neither silence, which would close the gate,
 * nor one frequency. free() it; NULL: out of memory. */
float *genre_bench_sound(double rate_hz, int n_channels, double seconds);

/* Heap in use, in bytes with the allocator's own; 0 where the C library does not tell. */
size_t genre_heap_bytes(void);

/* Heap that a classifier takes beside its model, in bytes with the allocator's own; 0 where the C
 * library does not tell. */
size_t genre_classifier_bytes(const GenreModel *model, double rate_hz, int n_channels);

#endif
