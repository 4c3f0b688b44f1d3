/* What a user is shown while a clip plays: the state and genre of the product's own estimates,
 * hysteresis and all. How often that is right, and how steady it is. */
#ifndef GENRE_TRAIN_SHOWN_H
#define GENRE_TRAIN_SHOWN_H

#include <stddef.h>
#include <stdio.h>

#include "genrecast.h"

/* Before this, changes are the classifier making up its mind and do not count. */
enum { SHOWN_FROM_S = 5 };

/* Other music that is noticed later than this after it began has not been noticed in time. */
enum { SHOWN_NOTICED_S = 10 };

/* One clip so far. Starts as {0}. */
typedef struct {
    bool any;         /* there was an estimate */
    GenreState state; /* what is shown now, from the first estimate on */
    int genre;
    bool right;       /* it is one of the clip's labels ... */
    double right_s;   /* ... since then, without a break */
    size_t n_changes; /* of state or genre, after SHOWN_FROM_S */
    float heard_s;    /* that the scores rest on now ... */
    size_t n_anew;    /* ... times that this fell without silence: other music was noticed ... */
    double anew_s;    /* ... first then */
    double lasted_s;
} Showing;

/* The next estimate, `time_s` into a clip that has `labels`, a bit each. To be called for every
 * estimate that the classifier makes, and no matter how often for each. */
void showing_note(Showing *showing, const GenreEstimate *estimate, uint64_t labels, double time_s);

/* How many clips are shown as what at one time. */
typedef struct {
    size_t right, wrong; /* one of its genres; another genre */
    size_t unknown;      /* or nothing yet */
    size_t silence;
} Shown;

void shown_count(Shown *shown, const GenreEstimate *estimate, uint64_t labels);

/* A line of percent: right, wrong, unknown and silence of n clips after so many seconds. */
void shown_print(const Shown *shown, size_t n, int seconds, FILE *out);

/* Of all clips together. */
typedef struct {
    double minutes;   /* heard after SHOWN_FROM_S */
    size_t n_changes; /* in that time */
    double hours;     /* heard in all */
    size_t n_anew;    /* times that other music was noticed in that time */
    size_t n_noticed; /* clips within whose first SHOWN_NOTICED_S it was */
    size_t n_settled; /* clips that end with a right genre shown */
    double settled_s; /* the time from which on they show it without a break: the median */
} Steadiness;

/* A line of when clips settle, where there are any that do. */
void steadiness_print_settled(const Steadiness *steadiness, FILE *out);

/* NAN where no clip lasts that long. */
double steadiness_changes_per_minute(const Steadiness *steadiness);

/* How often other music is noticed; NAN where nothing was heard. */
double steadiness_anew_per_hour(const Steadiness *steadiness);

/* Clips of which nothing was heard may be among the showings (n). GENRE_ERR_NO_MEMORY. */
GenreStatus steadiness_of(Steadiness *steadiness, const Showing *showings, size_t n,
                          GenreError *error);

#endif
