/* Colours are taken along a path through Oklab (B. Ottosson, A perceptual color space for image
 * processing, 2020), in which equal steps look equally far apart: lightness rises in a straight
 * line while the hue turns from violet to yellow the short way round, past blue and green. */
#include "picture/colours.h"

#include <math.h>

/* Linear light to an sRGB byte (IEC 61966-2-1). */
static uint32_t encode(double light) {
    light = fmin(1, fmax(0, light));
    const double value = light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055;
    return (uint32_t)(value * 255 + 0.5);
}

static uint32_t from_oklab(double lightness, double a, double b) {
    const double l = pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
    const double m = pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
    const double s = pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3);
    return 0xff000000u | encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s) << 16 |
           encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s) << 8 |
           encode(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s);
}

void colours_fill(uint32_t map[N_COLOURS]) {
    static const double radians = 3.14159265358979323846 / 180;
    for (int i = 0; i < N_COLOURS; i++) {
        const double t = i / (N_COLOURS - 1.0);
        const double lightness = 0.2 + 0.73 * t;
        const double hue = (310 - 205 * t) * radians;
        /* Strong where the screen can show it: less in the blue-greens, more at the ends. */
        const double strength = 0.10 + 0.07 * (2 * t - 1) * (2 * t - 1);
        map[i] = from_oklab(lightness, strength * cos(hue), strength * sin(hue));
    }
}
