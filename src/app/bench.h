/* What `genrecast bench` measures, one file per subject. Unlike the other commands it looks behind
 * the public header: that is what measuring the stages takes. */
#ifndef GENRE_APP_BENCH_H
#define GENRE_APP_BENCH_H

#include "genrecast.h"
#include "net/math.h"
#include "net/net.h"

typedef struct {
    double median_s, minimum_s; /* processor time of one run, of this thread alone */
} GenreTiming;

/* Calls run(context) for about `budget_s` seconds after a warm-up, in batches that are long against
 * the clock's resolution. */
GenreTiming genre_bench_time(void (*run)(void *context), void *context, double budget_s);

/* -0.5 to 0.5. */
float genre_bench_noise(unsigned *state);

/* Seconds that reading `n_bytes` takes once they have been read before: from whichever cache they
 * fit in. 0: out of memory. */
double genre_bench_read(size_t n_bytes, double budget_s);

/* What a step reads of its weights, in floats or 8 bits. */
size_t genre_bench_weight_bytes(const GenreNet *net);

/* One step of one stream through an LSTM layer, and the bytes of its weights. False: out of memory.
 */
bool genre_bench_lstm(const GenreMath *math, int n_in, int n_units, bool in_8_bits, double budget_s,
                      GenreTiming *timing, size_t *n_bytes);

/* The same in floats by PyTorch, for shapes of {n_in, units}. False where no python3 has it. */
bool genre_bench_torch(const int (*shapes)[2], int n_shapes, double budget_s, GenreTiming *timings,
                       char version[32]);

/* One step through the model's whole network. */
bool genre_bench_network(const GenreModel *model, const GenreMath *math, double budget_s,
                         GenreTiming *timing);

/* One spectrum with its share of the sliding window and its bands, from hop to hop. */
bool genre_bench_logmel(double rate_hz, int n_fft, int hop, int n_bands, double budget_s,
                        GenreTiming *timing);
bool genre_bench_model_feature(const GenreModel *model, double budget_s, GenreTiming *timing);

/* From one of the model's frames to the next. */
double genre_bench_period_s(const GenreModel *model);

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

/* A model of one LSTM, 64 -> 64, after log-mel spectra of 64 bands (FFT 1024, hop 512): what the
 * pipe takes where the network is small. NULL: out of memory. Free with genre_model_free. */
GenreModel *genre_bench_lstm_model(void);

/* Seconds of 44.1 kHz stereo that `n_threads` hear per second on the clock, each by a classifier of
 * its own. 0: no memory or no thread. */
double genre_bench_cores(const GenreModel *model, int n_threads, double budget_s);

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

/* What a start costs. Measured before anything else, while the process is as small as one that only
 * classifies. */
typedef struct {
    double load_ms, create_ms;
    double resident_mb; /* 0: unknown, as the next */
    size_t instance_bytes;
} GenreBenchStart;

/* NULL after having complained. */
GenreModel *genre_bench_start(const char *model_path, GenreBenchStart *start);

/* This program from its being started to its end where it has nothing to do: all but a hair of it
 * is the loading of libraries. The median of several by the clock; 0: it does not start. */
double genre_bench_program_ms(void);

#endif
