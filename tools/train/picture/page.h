/* What picture.c and draw.c share: the page and where its current panel lies. */
#ifndef GENRE_TRAIN_PICTURE_PAGE_H
#define GENRE_TRAIN_PICTURE_PAGE_H

#include <cairo.h>

#include "picture/colours.h"
#include "picture/picture.h"

struct Picture {
    char *path;
    bool is_svg;
    cairo_surface_t *surface;
    cairo_t *cairo;
    unsigned char *bytes; /* (n_bytes) of the file */
    size_t n_bytes, room;
    uint32_t map[N_COLOURS];

    int width, height; /* pixels, as all that follows */
    double em;         /* height of letters */
    int n_panels, n_begun;
    double length_s;
    double left, top, plot_width, plot_height; /* of the current panel */
    Axis y;
};

/* Where a time lies. */
static inline double picture_x(const Picture *picture, double time_s) {
    return picture->left + picture->plot_width * time_s / picture->length_s;
}

/* Writes text of `size` ems with its base line at y; x is its left end, middle or right end for an
 * `align` of 0, 0.5 or 1. Returns its width. */
double picture_text(Picture *picture, const char *text, double size, double x, double y,
                    double align, bool bold);

/* An upright axis along the current panel at x, its figures to the left (side -1) or right (1). */
void picture_axis_upright(Picture *picture, const Axis *y, double x, double side);

/* The current panel's frame and axes: on top of what is drawn in it. */
void picture_frame(Picture *picture);

#endif
