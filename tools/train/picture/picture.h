/* A page of panels over one time axis, drawn with cairo into a PNG or SVG file. */
#ifndef GENRE_TRAIN_PICTURE_H
#define GENRE_TRAIN_PICTURE_H

#include "beat.h"
#include "genrecast.h"
#include "report/axis.h"

/* Pixels: what a page may measure, and how high it must be besides, for each panel and in all. */
enum {
    PICTURE_LEAST = 300,
    PICTURE_MOST = 16384,
    PICTURE_LEAST_PANEL = 90,
    PICTURE_LEAST_REST = 60
};

typedef struct Picture Picture;

/* Whether the name of a file ends as one that can be drawn: .png or .svg. */
bool picture_name_ok(const char *path);

/* An empty page for `n_panels` panels from the top down, all from 0 to length_s. */
Picture *picture_new(const char *path, int width, int height, const char *title, int n_panels,
                     double length_s, GenreError *error);

/* Writes the file and frees the page. */
GenreStatus picture_finish(Picture *picture, GenreError *error);

/* Frees the page without writing it. */
void picture_discard(Picture *picture);

/* Begins the next panel; what follows is drawn into it. */
void picture_panel(Picture *picture, const char *title, const Axis *y);

/* Frames (n, size) as an image, row 0 at the bottom, colours from `low` to `high`, with a colour
 * bar that is labelled `unit`. */
void picture_image(Picture *picture, const float *frames, int n, int size, GenreFrameTimes times,
                   double low, double high, const char *unit);

/* Samples as the area between the least and the largest of each pixel column. */
void picture_wave(Picture *picture, const float *samples, size_t n, double rate_hz);

/* Values over time as a line. */
void picture_line(Picture *picture, const float *values, int n, GenreFrameTimes times);

/* A vertical line at every `step`th time. */
void picture_marks(Picture *picture, const double *times_s, int n, int step);

/* The least step, a power of two, at which `n` marks spread over the page can be told apart. */
int picture_marks_step(const Picture *picture, int n);

#endif
