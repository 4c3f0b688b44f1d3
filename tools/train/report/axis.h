/* An axis of a picture or chart: its range and its ticks. */
#ifndef GENRE_TRAIN_AXIS_H
#define GENRE_TRAIN_AXIS_H

typedef struct {
    double low, high;
    const char *label; /* with its unit; the string must live on */
    int n_ticks;
    struct {
        double at;
        char text[16];
    } ticks[16];
} Axis;

/* An axis with ticks at round numbers, about n_wanted (at most 12) of them. */
Axis axis_linear(double low, double high, const char *label, int n_wanted);

/* Adds a tick; nothing where it lies outside the axis or there are 16. */
void axis_tick(Axis *axis, double at, const char *text);

#endif
