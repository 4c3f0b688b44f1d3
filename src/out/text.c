#include "out/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* Bytes of the character that `s` begins with, 0 where it is not valid UTF-8 (RFC 3629: no
 * overlong forms, no surrogates, nothing beyond U+10FFFF); *code is its number. */
static size_t decode(const unsigned char *s, unsigned *code) {
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t n = s[0] < 0x80             ? 1
                     : (s[0] & 0xe0) == 0xc0 ? 2
                     : (s[0] & 0xf0) == 0xe0 ? 3
                     : (s[0] & 0xf8) == 0xf0 ? 4
                                             : 0;
    *code = n == 1 ? s[0] : s[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) /* the terminating 0 among them */
            return 0;
        *code = *code << 6 | (s[i] & 0x3f);
    }
    const bool surrogate = *code >= 0xd800 && *code < 0xe000;
    return n && *code >= least[n] && !surrogate && *code <= 0x10ffff ? n : 0;
}

static bool is_control(unsigned code) {
    /* C0, DEL, C1, and the separators and direction overrides that rearrange a line. */
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

static char *copy(const char *text, bool printable) {
    const unsigned char *in = (const unsigned char *)text;
    char *const out = malloc(strlen(text) * (sizeof replacement - 1) + 1);
    char *end = out;
    while (out && *in) {
        unsigned code;
        const size_t n = decode(in, &code);
        if (n == 0 || (printable && is_control(code))) {
            memcpy(end, replacement, sizeof replacement - 1);
            end += sizeof replacement - 1;
        } else {
            memcpy(end, in, n);
            end += n;
        }
        in += n ? n : 1;
    }
    if (out)
        *end = 0;
    return out;
}

char *genre_text_utf8(const char *text) {
    return copy(text, false);
}

char *genre_text_printable(const char *text) {
    return copy(text, true);
}
