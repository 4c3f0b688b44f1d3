/* Charts as inline SVG. They are written as text, not drawn with cairo: letters stay letters that
 * can be searched and copied, and colours come from the page's style sheet (style.h), so
 * that one picture does for light, dark and paper. */
#ifndef GENRE_TRAIN_CHART_H
#define GENRE_TRAIN_CHART_H

#include <stddef.h>
#include <stdio.h>

#include "report/axis.h"

typedef struct {
    FILE *out;
    double width, height;            /* pixels, as all that follows */
    double left, top, right, bottom; /* of the area inside the axes */
    Axis x, y;
} Chart;

/* Begins a chart of this size that is described by `title`, with room for axes; an axis is drawn
 * with a grid line per tick. */
Chart chart_begin(FILE *out, double width, double height, const char *title, Axis x, Axis y);

/* The same without axes: the whole of it is for the caller. */
Chart chart_begin_bare(FILE *out, double width, double height, const char *title);
void chart_end(const Chart *chart);

double chart_x(const Chart *chart, double value);
double chart_y(const Chart *chart, double value);

/* Values that are NaN are left out. `class` is one of the style sheet's. */
void chart_line(const Chart *chart, const double *x, const double *y, size_t n, const char *class);
void chart_band(const Chart *chart, const double *x, const double *low, const double *high,
                size_t n, const char *class);
void chart_dot(const Chart *chart, double x, double y, double radius, const char *class);

/* Text at a place in pixels; `anchor` is "start", "middle" or "end". */
void chart_text(const Chart *chart, double x, double y, const char *anchor, const char *class,
                const char *text);

/* A legend along the top: pairs of class and name, ending with NULL. */
void chart_legend(const Chart *chart, const char *const *entries);

#endif
