#include "report/axis.h"

#include <math.h>
#include <stdio.h>

void axis_tick(Axis *axis, double at, const char *text) {
    const double slack = 1e-6 * (axis->high - axis->low);
    if (axis->n_ticks == 16 || at < axis->low - slack || at > axis->high + slack)
        return;
    axis->ticks[axis->n_ticks].at = at;
    snprintf(axis->ticks[axis->n_ticks++].text, sizeof axis->ticks->text, "%s", text);
}

Axis axis_linear(double low, double high, const char *label, int n_wanted) {
    static const double steps[] = {1, 2, 5, 10};
    Axis axis = {.low = low, .high = high > low ? high : low + 1, .label = label};
    const double rough = (axis.high - low) / n_wanted, ten = pow(10, floor(log10(rough)));
    double step = ten;
    for (int i = 0; i < 4 && step < rough; i++)
        step = steps[i] * ten;
    const int n_decimals = (int)fmax(0, -floor(log10(step) + 1e-9));
    /* Counted besides: of numbers that are too large one more makes no difference. */
    const double first = ceil(low / step - 1e-6);
    for (int i = 0; i <= 2 * n_wanted && (first + i) * step <= axis.high + 1e-6 * step; i++) {
        const double at = first + i == 0 ? 0 : (first + i) * step;
        char text[16];
        snprintf(text, sizeof text, "%.*f", n_decimals, at);
        axis_tick(&axis, at, text);
    }
    return axis;
}
