#include "made/make.h"

#include <stdlib.h>

#include "app/progress.h"
#include "base/pool.h"
#include "made/sounds.h"
#include "status.h"
#include "waveform/waveform.h"

/* One of those that are made at a time. */
typedef struct {
    MadeClip clip;
    Mono mono;
    GenreStatus status;
    GenreError error;
} Seat;

typedef struct {
    const MadeCommand *command;
    const MadeArguments *arguments;
    Waveform waveform;
    Player *player; /* NULL: nothing is played */
    int n_seats;
    Seat *seats; /* (n_seats) */
    long first;  /* the number of the clip in the first seat */
} Workshop;

GenreStatus made_silence(Mono *mono, double seconds, GenreError *error) {
    *mono = (Mono){.rate_hz = MADE_RATE_HZ, .n = (size_t)(seconds * MADE_RATE_HZ)};
    mono->samples = calloc(mono->n, sizeof *mono->samples);
    return mono->samples ? GENRE_SUCCESS : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
}

static void make_clip(void *context, int i) {
    const Workshop *shop = context;
    const MadeArguments *arguments = shop->arguments;
    Seat *seat = &shop->seats[i];
    const long n = shop->first + i;
    GenreRng rng = genre_rng((uint64_t)arguments->seed, (uint64_t)n);
    seat->clip = (MadeClip){0};
    seat->mono = (Mono){0};
    seat->status = shop->command->make(arguments, shop->player, n, &rng, &seat->clip, &seat->mono,
                                       &seat->error);
    if (!seat->status)
        seat->status =
            waveform_apply(&shop->waveform, seat->clip.id, 1, &seat->mono, NULL, &seat->error);
    if (!seat->status)
        made_draw_level(&seat->mono, &rng);
}

/* As many at once as there are seats, which then go into the folder in their order. */
static GenreStatus make_all(Workshop *shop, Pool *pool, MadeFolder *folder, GenreError *error) {
    const long n = shop->arguments->n;
    GenreStatus status = GENRE_SUCCESS;
    GenreProgress progress = genre_progress_start(shop->command->doing);
    for (shop->first = 0; shop->first < n && !status; shop->first += shop->n_seats) {
        const int n_here = n - shop->first < shop->n_seats ? (int)(n - shop->first) : shop->n_seats;
        pool_run(pool, n_here, make_clip, shop);
        for (int i = 0; i < n_here; i++) {
            Seat *seat = &shop->seats[i];
            if (!status && seat->status) {
                status = seat->status;
                *error = seat->error;
            }
            if (!status)
                status = made_folder_add(folder, &seat->clip, &seat->mono, error);
            free(seat->mono.samples);
            genre_progress_show(&progress, (double)(shop->first + i + 1) / (double)n,
                                seat->clip.id);
        }
    }
    genre_progress_clear();
    return status;
}

static GenreStatus open_workshop(Workshop *shop, GenreError *error) {
    const MadeArguments *arguments = shop->arguments;
    json_t *changes = json_loads(shop->command->changes, 0, NULL);
    json_object_set_new(changes, "seed", json_integer(arguments->seed));
    GenreStatus status = waveform_read(&shop->waveform, changes, error);
    json_decref(changes);
    if (!status && !arguments->no_speech && !speech_is_there())
        return genre_fail(error, GENRE_ERR_OPEN, "%s", speech_is_missing);
    shop->n_seats = (int)(arguments->jobs < arguments->n ? arguments->jobs : arguments->n);
    shop->seats = calloc((size_t)shop->n_seats, sizeof *shop->seats);
    if (!status && !shop->seats)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    if (!status && shop->command->plays)
        status =
            player_open(&shop->player, arguments->fonts, arguments->n_fonts, MADE_RATE_HZ, error);
    return status;
}

GenreStatus made_make(const MadeCommand *command, const MadeArguments *arguments,
                      GenreError *error) {
    Workshop shop = {.command = command, .arguments = arguments};
    MadeFolder folder = {0};
    GenreStatus status = open_workshop(&shop, error);
    if (!status)
        status = made_folder_open(&folder, arguments->folder, error);
    if (!status) {
        Pool *pool = pool_new(shop.n_seats);
        status = make_all(&shop, pool, &folder, error);
        pool_free(pool);
    }
    status = made_folder_close(&folder, status, error);
    player_close(shop.player);
    free(shop.seats);
    return status;
}
