/* aubio's log-mel spectrum, measured beside ours. Its library is looked for at run time: it is a
 * yardstick, not a part. Declarations after aubio 0.4.9, https://aubio.org/doc/latest/. */
#include <dlfcn.h>

#include "app/bench.h"

typedef struct {
    unsigned length;
    float *data;
} Vector;

typedef struct {
    unsigned length;
    float *norm, *phas;
} Spectrum;

typedef struct {
    Vector *(*new_fvec)(unsigned length);
    void (*del_fvec)(Vector *vector);
    void (*fvec_log10)(Vector *vector);
    Spectrum *(*new_cvec)(unsigned length);
    void (*del_cvec)(Spectrum *spectrum);
    void *(*new_aubio_pvoc)(unsigned n_fft, unsigned hop);
    void (*del_aubio_pvoc)(void *pvoc);
    void (*aubio_pvoc_do)(void *pvoc, const Vector *in, Spectrum *out);
    void *(*new_aubio_filterbank)(unsigned n_bands, unsigned n_fft);
    void (*del_aubio_filterbank)(void *bank);
    unsigned (*aubio_filterbank_set_mel_coeffs)(void *bank, float rate_hz, float low_hz,
                                                float high_hz);
    void (*aubio_filterbank_do)(void *bank, const Spectrum *in, Vector *out);
} Aubio;

static bool load(Aubio *aubio, void *library) {
#define FIND(name) (*(void **)&aubio->name = dlsym(library, #name))
    return FIND(new_fvec) && FIND(del_fvec) && FIND(fvec_log10) && FIND(new_cvec) &&
           FIND(del_cvec) && FIND(new_aubio_pvoc) && FIND(del_aubio_pvoc) && FIND(aubio_pvoc_do) &&
           FIND(new_aubio_filterbank) && FIND(del_aubio_filterbank) &&
           FIND(aubio_filterbank_set_mel_coeffs) && FIND(aubio_filterbank_do);
#undef FIND
}

typedef struct {
    Aubio aubio;
    Vector *in, *bands;
    Spectrum *spectrum;
    void *pvoc, *bank;
} Bench;

static void run(void *context) {
    Bench *bench = context;
    bench->aubio.aubio_pvoc_do(bench->pvoc, bench->in, bench->spectrum);
    bench->aubio.aubio_filterbank_do(bench->bank, bench->spectrum, bench->bands);
    bench->aubio.fvec_log10(bench->bands);
}

bool genre_bench_aubio(double rate_hz, int n_fft, int hop, int n_bands, double budget_s,
                       GenreTiming *timing) {
    Bench bench;
    void *library = dlopen("libaubio.so.5", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return false;
    bool ok = load(&bench.aubio, library);
    if (ok) {
        const Aubio *const a = &bench.aubio;
        bench.in = a->new_fvec((unsigned)hop);
        bench.bands = a->new_fvec((unsigned)n_bands);
        bench.spectrum = a->new_cvec((unsigned)n_fft);
        bench.pvoc = a->new_aubio_pvoc((unsigned)n_fft, (unsigned)hop);
        bench.bank = a->new_aubio_filterbank((unsigned)n_bands, (unsigned)n_fft);
        ok = bench.in && bench.bands && bench.spectrum && bench.pvoc && bench.bank &&
             a->aubio_filterbank_set_mel_coeffs(bench.bank, (float)rate_hz, 0,
                                                (float)rate_hz / 2) == 0;
        unsigned seed = 1;
        for (int i = 0; ok && i < hop; i++) {
            seed = seed * 1664525u + 1013904223u;
            bench.in->data[i] = (float)(int)seed * 0x1p-32f;
        }
        if (ok)
            *timing = genre_bench_time(run, &bench, budget_s);
        if (bench.bank)
            a->del_aubio_filterbank(bench.bank);
        if (bench.pvoc)
            a->del_aubio_pvoc(bench.pvoc);
        if (bench.spectrum)
            a->del_cvec(bench.spectrum);
        if (bench.bands)
            a->del_fvec(bench.bands);
        if (bench.in)
            a->del_fvec(bench.in);
    }
    /* It stays loaded, as what it links keeps plans for good. */
    return ok;
}
