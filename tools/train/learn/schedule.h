/* How the rate of learning changes over a training. */
#ifndef GENRE_TRAIN_SCHEDULE_H
#define GENRE_TRAIN_SCHEDULE_H

#include <jansson.h>

#include "genrecast.h"

typedef struct {
    int kind; /* index in the table of schedule.c */
    double learning_rate;
    double warmup; /* share of all steps in which the rate rises linearly */
    double factor; /* what "step", "exponential" and "plateau" multiply the rate by ... */
    int every;     /* ... after so many epochs; for "plateau", such without a better loss */
} Schedule;

/* What "plateau" remembers of the epochs so far. */
typedef struct {
    int64_t n_cuts;   /* how often the rate was cut */
    int64_t n_waited; /* epochs since the loss was last better, or the rate cut */
} ScheduleState;

/* Reads "schedule", "schedule_epochs", "schedule_factor", "learning_rate" and "warmup" of a
 * recipe's "train". */
GenreStatus schedule_read(Schedule *schedule, const json_t *train, GenreError *error);

/* The rate at step `step` (from 1) of at most n_steps, `epochs` of which make the training. */
double schedule_rate(const Schedule *schedule, const ScheduleState *state, int64_t step,
                     int64_t n_steps, int epochs);

/* Whether schedule_note has a say in the rate. */
bool schedule_needs_validation(const Schedule *schedule);

/* After an epoch: whether its validation loss was the least so far. */
void schedule_note(const Schedule *schedule, ScheduleState *state, bool better);

#endif
