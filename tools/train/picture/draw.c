/* What goes into a panel: images, waves, lines, marks. */
#include <math.h>
#include <stdlib.h>

#include "picture/page.h"

/* Paints `pixels` (h, w) of the panel's size, or w by h stretched over the rectangle. */
static void paint(Picture *picture, uint32_t *pixels, int w, int h, double x, double y,
                  double width, double height) {
    cairo_t *cairo = picture->cairo;
    cairo_surface_t *image = cairo_image_surface_create_for_data(
        (unsigned char *)pixels, CAIRO_FORMAT_RGB24, w, h, w * (int)sizeof *pixels);
    cairo_save(cairo);
    cairo_translate(cairo, x, y);
    cairo_scale(cairo, width / w, height / h);
    cairo_set_source_surface(cairo, image, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_NEAREST);
    cairo_rectangle(cairo, 0, 0, w, h);
    cairo_fill(cairo);
    cairo_restore(cairo);
    cairo_surface_destroy(image); /* an SVG keeps a copy until it is written */
}

static void draw_colour_bar(Picture *picture, double low, double high, const char *unit) {
    uint32_t column[N_COLOURS];
    const double x = picture->left + picture->plot_width + 1.2 * picture->em;
    const double width = picture->em;
    const Axis axis =
        axis_linear(low, high, unit, (int)fmax(2, fmin(6, picture->plot_height / picture->em / 2)));
    for (int i = 0; i < N_COLOURS; i++)
        column[i] = picture->map[N_COLOURS - 1 - i];
    paint(picture, column, 1, N_COLOURS, x, picture->top, width, picture->plot_height);
    picture_axis_upright(picture, &axis, x + width, 1);
}

/* The columns or rows of `n` that pixel `i` of n_pixels shows: at least one. */
static void range(int i, int n_pixels, double from, double to, int n, int *first, int *end) {
    const double step = (to - from) / n_pixels;
    *first = (int)fmin(n - 1, fmax(0, ceil(from + i * step - 0.5)));
    *end = (int)fmin(n, fmax(0, ceil(from + (i + 1) * step - 0.5)));
    if (*end <= *first) { /* pixels are finer: the nearest */
        *first = (int)fmin(n - 1, fmax(0, rint(from + (i + 0.5) * step - 0.5)));
        *end = *first + 1;
    }
}

void picture_image(Picture *picture, const float *frames, int n, int size, GenreFrameTimes times,
                   double low, double high, const char *unit) {
    const int w = (int)fmax(1, picture->plot_width), h = (int)fmax(1, picture->plot_height);
    uint32_t *pixels = calloc((size_t)w * h, sizeof *pixels); /* (h, w) */
    float *column = calloc((size_t)size, sizeof *column);
    /* Frame numbers at the left and right edge; frame f reaches from f to f + 1. */
    const double from = -times.first_s / times.period_s + 0.5;
    const double to = from + picture->length_s / times.period_s;
    for (int x = 0; pixels && column && x < w; x++) {
        int first, end, first_row, end_row;
        range(x, w, from, to, n, &first, &end);
        for (int k = 0; k < size; k++) {
            column[k] = 0;
            for (int f = first; f < end; f++)
                column[k] += frames[(size_t)f * size + k] / (float)(end - first);
        }
        for (int y = 0; y < h; y++) {
            range(y, h, 0, size, size, &first_row, &end_row);
            double value = -INFINITY; /* the largest: a partial must not vanish between others */
            for (int k = first_row; k < end_row; k++)
                value = fmax(value, column[k]);
            const double share = (value - low) / (high - low);
            const int colour = (int)(fmin(1, fmax(0, share)) * (N_COLOURS - 1) + 0.5);
            pixels[(size_t)(h - 1 - y) * w + x] = picture->map[colour];
        }
    }
    if (pixels && column)
        paint(picture, pixels, w, h, picture->left, picture->top, w, h);
    free(pixels);
    free(column);
    draw_colour_bar(picture, low, high, unit);
    picture_frame(picture);
}

static double y_of(const Picture *picture, double value) {
    const Axis *y = &picture->y;
    value = fmin(y->high, fmax(y->low, value));
    return picture->top + picture->plot_height * (y->high - value) / (y->high - y->low);
}

/* A colour of the map, so that all panels go together. */
static void set_colour(Picture *picture, double share) {
    const uint32_t colour = picture->map[(int)(share * (N_COLOURS - 1))];
    cairo_set_source_rgb(picture->cairo, (colour >> 16 & 255) / 255.0, (colour >> 8 & 255) / 255.0,
                         (colour & 255) / 255.0);
}

void picture_wave(Picture *picture, const float *samples, size_t n, double rate_hz) {
    const int w = (int)picture->plot_width;
    const double per_pixel = picture->length_s * rate_hz / w;
    for (int x = 0; x < w; x++) {
        const size_t first = (size_t)(x * per_pixel);
        const size_t end = (size_t)fmin((double)n, (x + 1) * per_pixel + 1);
        double least = INFINITY, largest = -INFINITY;
        for (size_t i = first; i < end; i++) {
            least = fmin(least, samples[i]);
            largest = fmax(largest, samples[i]);
        }
        if (first >= end)
            continue;
        const double top = y_of(picture, largest), bottom = y_of(picture, least);
        cairo_rectangle(picture->cairo, picture->left + x, top, 1, fmax(1, bottom - top));
    }
    set_colour(picture, 0.4);
    cairo_fill(picture->cairo);
    picture_frame(picture);
}

void picture_line(Picture *picture, const float *values, int n, GenreFrameTimes times) {
    for (int i = 0; i < n; i++)
        cairo_line_to(picture->cairo, picture_x(picture, times.first_s + i * times.period_s),
                      y_of(picture, values[i]));
    set_colour(picture, 0.4);
    cairo_set_line_width(picture->cairo, fmax(1, picture->em / 12));
    cairo_set_line_join(picture->cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_stroke(picture->cairo);
    picture_frame(picture);
}

int picture_marks_step(const Picture *picture, int n) {
    const double apart_pixels = 5;
    int step = 1;
    while (n / step > picture->plot_width / apart_pixels)
        step *= 2;
    return step;
}

void picture_marks(Picture *picture, const double *times_s, int n, int step) {
    for (int i = 0; i < n; i += step) {
        const double x = picture_x(picture, times_s[i]);
        if (x < picture->left || x > picture->left + picture->plot_width)
            continue;
        cairo_move_to(picture->cairo, x, picture->top);
        cairo_line_to(picture->cairo, x, picture->top + picture->plot_height);
    }
    /* Orange: apart from the map's colours in hue, and from the line's in lightness. */
    cairo_set_source_rgb(picture->cairo, 0.90, 0.55, 0.05);
    cairo_set_line_width(picture->cairo, fmax(1, picture->em / 10));
    cairo_stroke(picture->cairo);
}
