#include "learn/schedule.h"

#include <math.h>

#include "options.h"

/* Where a training stands. */
typedef struct {
    const Schedule *schedule;
    const ScheduleState *state;
    double turn;   /* share done of what follows the warm-up */
    double epochs; /* gone by */
} Place;

static double cosine(const Place *place) {
    return 0.01 + 0.99 * 0.5 * (1 + cos(3.141592654 * place->turn));
}

static double constant(const Place *place) {
    (void)place;
    return 1;
}

static double step(const Place *place) {
    return pow(place->schedule->factor, floor(place->epochs / place->schedule->every));
}

static double exponential(const Place *place) {
    return pow(place->schedule->factor, place->epochs / place->schedule->every);
}

static double plateau(const Place *place) {
    return pow(place->schedule->factor, (double)place->state->n_cuts);
}

/* Share of the peak rate, by name. */
enum { COSINE, CONSTANT, STEP, EXPONENTIAL, PLATEAU, N_KINDS };
static const char *const names[N_KINDS + 1] = {"cosine",      "constant", "step",
                                               "exponential", "plateau",  NULL};
static double (*const shares[N_KINDS])(const Place *) = {cosine, constant, step, exponential,
                                                         plateau};

GenreStatus schedule_read(Schedule *schedule, const json_t *train, GenreError *error) {
    GenreStatus status;
    if ((status = genre_option_choice(train, "schedule", names, COSINE, &schedule->kind, error)) ||
        (status = genre_option_real(train, "learning_rate", 1e-7, 1, 2e-3, &schedule->learning_rate,
                                    error)) ||
        (status = genre_option_real(train, "warmup", 0, 1, 0.05, &schedule->warmup, error)) ||
        (status =
             genre_option_real(train, "schedule_factor", 0.01, 1, 0.5, &schedule->factor, error)) ||
        (status =
             genre_option_int(train, "schedule_epochs", 1, 100000, 5, &schedule->every, error)))
        return status;
    return GENRE_SUCCESS;
}

double schedule_rate(const Schedule *schedule, const ScheduleState *state, int64_t step,
                     int64_t n_steps, int epochs) {
    const double done = (double)step / (double)n_steps;
    if (done < schedule->warmup)
        return schedule->learning_rate * done / schedule->warmup;
    const Place place = {.schedule = schedule,
                         .state = state,
                         .turn = (done - schedule->warmup) / (1 - schedule->warmup + 1e-9),
                         .epochs = (double)((step - 1) * epochs) / (double)n_steps};
    return schedule->learning_rate * shares[schedule->kind](&place);
}

bool schedule_needs_validation(const Schedule *schedule) {
    return schedule->kind == PLATEAU;
}

void schedule_note(const Schedule *schedule, ScheduleState *state, bool better) {
    state->n_waited = better ? 0 : state->n_waited + 1;
    if (state->n_waited < schedule->every)
        return;
    state->n_waited = 0;
    state->n_cuts++;
}
