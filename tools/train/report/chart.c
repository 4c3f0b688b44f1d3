#include "report/chart.h"

#include <math.h>

#include "report/html.h"

Chart chart_begin_bare(FILE *out, double width, double height, const char *title) {
    const Chart chart = {
        .out = out, .width = width, .height = height, .right = width, .bottom = height};
    fprintf(out,
            "<svg viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" role=\"img\">\n<title>",
            width, height, width, height);
    html_text(out, title);
    fputs("</title>\n", out);
    return chart;
}

static void draw_line(const Chart *chart, double x0, double y0, double x1, double y1,
                      const char *class) {
    fprintf(chart->out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
            class, x0, y0, x1, y1);
}

Chart chart_begin(FILE *out, double width, double height, const char *title, Axis x, Axis y) {
    Chart chart = chart_begin_bare(out, width, height, title);
    chart.left = 56;
    chart.top = 30;
    chart.right = width - 16;
    chart.bottom = height - 44;
    chart.x = x;
    chart.y = y;
    for (int i = 0; i < x.n_ticks; i++) {
        const double at = chart_x(&chart, x.ticks[i].at);
        draw_line(&chart, at, chart.top, at, chart.bottom, "grid");
        chart_text(&chart, at, chart.bottom + 17, "middle", "tick", x.ticks[i].text);
    }
    for (int i = 0; i < y.n_ticks; i++) {
        const double at = chart_y(&chart, y.ticks[i].at);
        draw_line(&chart, chart.left, at, chart.right, at, "grid");
        chart_text(&chart, chart.left - 7, at + 4, "end", "tick", y.ticks[i].text);
    }
    draw_line(&chart, chart.left, chart.bottom, chart.right, chart.bottom, "axis");
    chart_text(&chart, (chart.left + chart.right) / 2, height - 8, "middle", "label", x.label);
    fprintf(out, "<g transform=\"translate(14 %.1f) rotate(-90)\">",
            (chart.top + chart.bottom) / 2);
    chart_text(&chart, 0, 0, "middle", "label", y.label);
    fputs("</g>\n", out);
    return chart;
}

void chart_end(const Chart *chart) {
    fputs("</svg>\n", chart->out);
}

double chart_x(const Chart *chart, double value) {
    return chart->left +
           (chart->right - chart->left) * (value - chart->x.low) / (chart->x.high - chart->x.low);
}

double chart_y(const Chart *chart, double value) {
    return chart->bottom -
           (chart->bottom - chart->top) * (value - chart->y.low) / (chart->y.high - chart->y.low);
}

static void put_points(const Chart *chart, const double *x, const double *y, size_t n,
                       int backwards) {
    for (size_t k = 0; k < n; k++) {
        const size_t i = backwards ? n - 1 - k : k;
        if (isfinite(x[i]) && isfinite(y[i]))
            fprintf(chart->out, "%.1f,%.1f ", chart_x(chart, x[i]), chart_y(chart, y[i]));
    }
}

void chart_line(const Chart *chart, const double *x, const double *y, size_t n, const char *class) {
    fprintf(chart->out, "<polyline class=\"line %s\" points=\"", class);
    put_points(chart, x, y, n, 0);
    fputs("\"/>\n", chart->out);
}

void chart_band(const Chart *chart, const double *x, const double *low, const double *high,
                size_t n, const char *class) {
    fprintf(chart->out, "<polygon class=\"band %s\" points=\"", class);
    put_points(chart, x, high, n, 0);
    put_points(chart, x, low, n, 1);
    fputs("\"/>\n", chart->out);
}

void chart_dot(const Chart *chart, double x, double y, double radius, const char *class) {
    if (isfinite(x) && isfinite(y))
        fprintf(chart->out, "<circle class=\"dot %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>\n",
                class, chart_x(chart, x), chart_y(chart, y), radius);
}

void chart_text(const Chart *chart, double x, double y, const char *anchor, const char *class,
                const char *text) {
    fprintf(chart->out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", class, x, y,
            anchor);
    html_text(chart->out, text);
    fputs("</text>\n", chart->out);
}

void chart_legend(const Chart *chart, const char *const *entries) {
    double x = chart->left;
    for (; entries[0]; entries += 2) {
        const int letters = snprintf(NULL, 0, "%s", entries[1]);
        fprintf(chart->out,
                "<line class=\"line %s\" x1=\"%.1f\" y1=\"14\" x2=\"%.1f\" y2=\"14\"/>\n",
                entries[0], x, x + 22);
        chart_text(chart, x + 28, 18, "start", "tick", entries[1]);
        x += 28 + 7.5 * letters + 18;
    }
}
