/* The page: its file, its layout, its axes. What goes into a panel is in draw.c. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cairo-svg.h>

#include "picture/page.h"
#include "status.h"

static const double ink[3] = {0.13, 0.13, 0.16};

bool picture_name_ok(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot && (strcmp(dot, ".png") == 0 || strcmp(dot, ".svg") == 0);
}

static cairo_status_t collect(void *context, const unsigned char *data, unsigned n) {
    Picture *picture = context;
    if (picture->n_bytes + n > picture->room) {
        const size_t room = 2 * picture->room + n;
        unsigned char *larger = realloc(picture->bytes, room);
        if (!larger)
            return CAIRO_STATUS_NO_MEMORY;
        picture->bytes = larger;
        picture->room = room;
    }
    memcpy(picture->bytes + picture->n_bytes, data, n);
    picture->n_bytes += n;
    return CAIRO_STATUS_SUCCESS;
}

void picture_discard(Picture *picture) {
    cairo_destroy(picture->cairo);
    cairo_surface_destroy(picture->surface);
    free(picture->bytes);
    free(picture->path);
    free(picture);
}

Picture *picture_new(const char *path, int width, int height, const char *title, int n_panels,
                     double length_s, GenreError *error) {
    Picture *picture = calloc(1, sizeof *picture);
    char *copy = strdup(path);
    if (!picture || !copy) {
        free(picture);
        free(copy);
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    picture->path = copy;
    picture->is_svg = strcmp(strrchr(path, '.'), ".svg") == 0;
    picture->n_panels = n_panels;
    picture->length_s = length_s;
    picture->width = width;
    picture->height = height;
    /* Letters grow and shrink with the page, within what can be read. */
    picture->em = fmin(28, fmax(9, fmin(width / 92.0, (double)height / n_panels / 14)));
    picture->left = 6.5 * picture->em;
    picture->plot_width = floor(width - picture->left - 7.5 * picture->em);
    colours_fill(picture->map);
    if (picture->is_svg) {
        picture->surface = cairo_svg_surface_create_for_stream(collect, picture, width, height);
        cairo_svg_surface_set_document_unit(picture->surface, CAIRO_SVG_UNIT_PX);
    } else {
        picture->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    }
    cairo_t *cairo = picture->cairo = cairo_create(picture->surface);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    picture_text(picture, title, 1.25, width / 2.0, 1.6 * picture->em, 0.5, true);
    return picture;
}

GenreStatus picture_finish(Picture *picture, GenreError *error) {
    GenreStatus status = GENRE_SUCCESS;
    cairo_status_t drawn = cairo_status(picture->cairo);
    if (!drawn && !picture->is_svg)
        drawn = cairo_surface_write_to_png_stream(picture->surface, collect, picture);
    cairo_surface_finish(picture->surface);
    if (!drawn)
        drawn = cairo_surface_status(picture->surface);
    if (drawn) {
        status = genre_fail(error, GENRE_ERR_NO_MEMORY, "%s: cannot be drawn: %s", picture->path,
                            cairo_status_to_string(drawn));
    } else {
        FILE *file = fopen(picture->path, "wb");
        bool ok = file && fwrite(picture->bytes, 1, picture->n_bytes, file) == picture->n_bytes;
        int reason = errno;
        if (file && fclose(file) != 0) {
            reason = ok ? errno : reason;
            ok = false;
        }
        if (!ok) {
            status = genre_fail(error, GENRE_ERR_OPEN, "%s: cannot be written: %s", picture->path,
                                strerror(reason));
            if (file)
                remove(picture->path); /* half a picture is none */
        }
    }
    picture_discard(picture);
    return status;
}

double picture_text(Picture *picture, const char *text, double size, double x, double y,
                    double align, bool bold) {
    cairo_t *cairo = picture->cairo;
    cairo_text_extents_t extents;
    cairo_select_font_face(cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo, size * picture->em);
    cairo_text_extents(cairo, text, &extents);
    cairo_set_source_rgb(cairo, ink[0], ink[1], ink[2]);
    cairo_move_to(cairo, x - align * extents.x_advance, y);
    cairo_show_text(cairo, text);
    return extents.x_advance;
}

/* Upright, reading from below, its middle at (x, y). */
static void text_upright(Picture *picture, const char *text, double x, double y) {
    cairo_save(picture->cairo);
    cairo_translate(picture->cairo, x, y);
    cairo_rotate(picture->cairo, -1.57079632679489661923);
    picture_text(picture, text, 1, 0, 0, 0.5, false);
    cairo_restore(picture->cairo);
}

/* A short line; x and y in the middle of a pixel are sharp. */
static void stroke(cairo_t *cairo, double x0, double y0, double x1, double y1) {
    cairo_move_to(cairo, floor(x0) + 0.5, floor(y0) + 0.5);
    cairo_line_to(cairo, floor(x1) + 0.5, floor(y1) + 0.5);
    cairo_set_line_width(cairo, 1);
    cairo_set_source_rgb(cairo, ink[0], ink[1], ink[2]);
    cairo_stroke(cairo);
}

void picture_axis_upright(Picture *picture, const Axis *y, double x, double side) {
    const double em = picture->em;
    double last = INFINITY, widest = 0;
    for (int i = 0; i < y->n_ticks; i++) {
        const double at =
            picture->top + picture->plot_height * (y->high - y->ticks[i].at) / (y->high - y->low);
        stroke(picture->cairo, x, at, x + side * 0.4 * em, at);
        if (last - at < 1.15 * em)
            continue; /* no room */
        last = at;
        widest = fmax(widest, picture_text(picture, y->ticks[i].text, 1, x + side * 0.7 * em,
                                           at + 0.36 * em, side < 0, false));
    }
    const double label_x = x + side * (0.7 * em + widest + (side < 0 ? 0.7 : 1.5) * em);
    text_upright(picture, y->label, label_x, picture->top + picture->plot_height / 2);
}

/* The time axis; figures only under the last panel. */
static void draw_time_axis(Picture *picture) {
    const bool is_last = picture->n_begun == picture->n_panels;
    const double em = picture->em, y = picture->top + picture->plot_height;
    const Axis x = axis_linear(0, picture->length_s, "Time (s)",
                               (int)fmax(2, fmin(12, picture->plot_width / (5 * em))));
    double end = -INFINITY;
    for (int i = 0; i < x.n_ticks; i++) {
        const double at = picture_x(picture, x.ticks[i].at);
        stroke(picture->cairo, at, y, at, y + 0.4 * em);
        if (!is_last || at - 1.5 * em < end)
            continue;
        end = at + 0.5 * picture_text(picture, x.ticks[i].text, 1, at, y + 1.5 * em, 0.5, false);
    }
    if (is_last)
        picture_text(picture, x.label, 1, picture->left + picture->plot_width / 2, y + 3 * em, 0.5,
                     false);
}

void picture_panel(Picture *picture, const char *title, const Axis *y) {
    const double em = picture->em, head = 2.4 * em, foot = 3.6 * em, gap = 3 * em;
    const double each = (picture->height - head - foot) / picture->n_panels;
    picture->top = floor(head + picture->n_begun++ * each + 0.8 * gap);
    picture->plot_height = floor(each - gap);
    picture->y = *y;
    picture_text(picture, title, 1.05, picture->left, picture->top - 0.6 * em, 0, true);
}

void picture_frame(Picture *picture) {
    cairo_rectangle(picture->cairo, picture->left - 0.5, picture->top - 0.5,
                    picture->plot_width + 1, picture->plot_height + 1);
    cairo_set_line_width(picture->cairo, 1);
    cairo_set_source_rgb(picture->cairo, ink[0], ink[1], ink[2]);
    cairo_stroke(picture->cairo);
    picture_axis_upright(picture, &picture->y, picture->left - 1, -1);
    draw_time_axis(picture);
}
