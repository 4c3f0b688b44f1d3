#include "out/screen.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "out/bigtext.h"
#include "out/text.h"

enum { PLAIN, GOOD, WARM, HOT, BIG };

static const float lowest_db = -60; /* the meter's left end */
static const double peak_hold_s = 1.5;
static const float peak_fall_db_per_s = 20;

struct GenreScreen {
    SCREEN *terminal;
    bool utf8, keys;
    float peak_db;
    double peak_at_s, drawn_at_s;
};

GenreScreen *genre_screen_new(void) {
    const char *type = getenv("TERM");
    if (!isatty(STDOUT_FILENO) || !type || strcmp(type, "dumb") == 0)
        return NULL;
    GenreScreen *screen = calloc(1, sizeof *screen);
    if (!screen)
        return NULL;
    /* Not LC_ALL: numbers keep their decimal point. */
    setlocale(LC_CTYPE, "");
    screen->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    screen->keys = isatty(STDIN_FILENO);
    screen->peak_db = -120;
    screen->terminal = newterm(NULL, stdout, stdin);
    if (!screen->terminal) { /* a terminal of unknown type */
        free(screen);
        return NULL;
    }
    cbreak();
    noecho();
    curs_set(0);
    nodelay(stdscr, TRUE);
    keypad(stdscr, TRUE);
    set_escdelay(25);
    if (has_colors()) {
        start_color();
        use_default_colors();
        init_pair(GOOD, COLOR_GREEN, -1);
        init_pair(WARM, COLOR_YELLOW, -1);
        init_pair(HOT, COLOR_RED, -1);
        init_pair(BIG, COLOR_CYAN, -1);
    }
    return screen;
}

void genre_screen_free(GenreScreen *screen) {
    if (!screen)
        return;
    endwin();
    delscreen(screen->terminal);
    free(screen);
}

int genre_screen_key(GenreScreen *screen) {
    const int key = screen->keys ? getch() : ERR;
    return key == ERR ? 0 : key;
}

/* ---- Drawing ------------------------------------------------------------------------------- */

/* Text at `row`, from `column` to before `end`. `text` may come from anywhere. */
static void put_within(int row, int column, int end, const char *text) {
    enum { MOST = 512 };
    wchar_t wide[MOST];
    if (row < 0 || row >= LINES || column < 0 || column >= end)
        return;
    char *safe = genre_text_printable(text);
    size_t n = safe ? mbstowcs(wide, safe, MOST) : 0;
    free(safe);
    if (n == (size_t)-1) /* not to be had in this locale */
        return;
    if (n == MOST)
        n--;
    wide[n] = L'\0';
    while (n > 0 && wcswidth(wide, n) > end - column)
        wide[--n] = L'\0';
    mvaddwstr(row, column, wide);
}

static void put(int row, int column, const char *text) {
    put_within(row, column, COLS, text);
}

static void put_right(int row, const char *text) {
    const int column = COLS - (int)strlen(text) - 1;
    put(row, column > 0 ? column : 0, text);
}

/* A bar of `share` (0 to 1) of `width` columns. */
static void put_bar(const GenreScreen *screen, int row, int column, int width, double share) {
    static const char *const eighths[] = {"",       "\u258f", "\u258e", "\u258d",
                                          "\u258c", "\u258b", "\u258a", "\u2589"};
    const double length = share < 0 ? 0 : share > 1 ? width : share * width;
    const int whole = (int)length;
    if (width < 1 || row >= LINES || column + width > COLS)
        return;
    move(row, column);
    for (int i = 0; i < whole; i++)
        addstr(screen->utf8 ? "\u2588" : "#");
    if (screen->utf8 && whole < width)
        addstr(eighths[(int)((length - whole) * 8)]);
}

static void put_clock(char *text, size_t size, double seconds) {
    const long s = seconds > 0 ? (long)seconds : 0;
    if (s >= 3600)
        snprintf(text, size, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(text, size, "%ld:%02ld", s / 60, s % 60);
}

static void draw_head(const GenreScreenView *v) {
    char clock[32];
    put_clock(clock, sizeof clock, v->time_s);
    attron(A_BOLD);
    put(0, 1, "genrecast");
    attroff(A_BOLD);
    put_within(0, 12, COLS - (int)strlen(clock) - 2, v->input);
    put_right(0, clock);
}

/* The genre, in big letters where they fit; returns the row after it. */
static int draw_answer(const GenreScreen *screen, const GenreScreenView *v, int row, bool roomy) {
    const GenreEstimate *e = v->estimate;
    const bool none = v->lost || e->sequence == 0;
    const char *label = e->genre >= 0 ? genre_model_label(v->model, e->genre) : NULL;
    const char *name = v->lost            ? "no sound"
                       : e->sequence == 0 ? "listening"
                       : label            ? label
                                          : genre_state_name(e->state);
    const int width = genre_bigtext_width(name);
    const attr_t look = none || !label ? (attr_t)A_DIM : A_BOLD | COLOR_PAIR(BIG);
    attron(look);
    if (screen->utf8 && roomy && width > 0 && width + 2 < COLS) {
        for (int i = 0; i < GENRE_BIGTEXT_LINES; i++) {
            char line[600];
            genre_bigtext_line(name, i, line, sizeof line);
            put(row++, 2, line);
        }
    } else {
        put(row++, 2, name);
    }
    attroff(look);
    if (!none) {
        char clock[32], text[100];
        put_clock(clock, sizeof clock, v->held_s);
        if (label)
            snprintf(text, sizeof text, "%.0f %% sure, for %s", (double)e->confidence * 100, clock);
        else
            snprintf(text, sizeof text, "for %s", clock);
        put(row, 2, text);
    }
    return row + 1;
}

static void draw_level(GenreScreen *screen, const GenreScreenView *v, int row) {
    const double passed_s = v->time_s - screen->drawn_at_s;
    screen->drawn_at_s = v->time_s;
    if (v->time_s > screen->peak_at_s + peak_hold_s && passed_s > 0)
        screen->peak_db -= peak_fall_db_per_s * (float)passed_s;
    if (v->level_db >= screen->peak_db || passed_s < 0) {
        screen->peak_db = v->level_db;
        screen->peak_at_s = v->time_s;
    }
    const int left = 14, width = COLS - left - 12;
    char text[32];
    snprintf(text, sizeof text, "%6.1f dB", (double)v->level_db);
    put(row, 2, "level");
    const short colour = v->level_db > -1 ? HOT : v->level_db > -6 ? WARM : GOOD;
    attron(COLOR_PAIR(colour));
    put_bar(screen, row, left, width, (double)(1 - v->level_db / lowest_db));
    if (screen->peak_db > lowest_db && width > 1) {
        const int at = (int)((1 - screen->peak_db / lowest_db) * (float)(width - 1));
        put(row, left + (at < width ? at : width - 1), screen->utf8 ? "\u2502" : "|");
    }
    attroff(COLOR_PAIR(colour));
    put_right(row, text);
}

/* How many scores are larger than label `i`'s, ties going to the first. */
static int rank(const GenreEstimate *e, int i) {
    int n = 0;
    for (int k = 0; k < e->n_labels; k++)
        n += e->scores[k] > e->scores[i] || (e->scores[k] == e->scores[i] && k < i);
    return n;
}

/* One bar per label from `row` to before `end`, in the labels' order; where not all fit, those with
 * the highest scores. */
static void draw_scores(const GenreScreen *screen, const GenreScreenView *v, int row, int end) {
    const GenreEstimate *e = v->estimate;
    const int n = genre_model_n_labels(v->model);
    const bool known = !v->lost && e->sequence > 0 && e->n_labels == n;
    const int room = end - row;
    for (int i = 0; i < n && row < end; i++) {
        const int place = known ? rank(e, i) : i;
        if (place >= room)
            continue;
        const bool leads = known && place == 0 && e->state != GENRE_STATE_SILENCE;
        const double score = known && e->state != GENRE_STATE_SILENCE ? (double)e->scores[i] : 0;
        char name[64], percent[16];
        snprintf(name, sizeof name, "%.11s", genre_model_label(v->model, i));
        snprintf(percent, sizeof percent, "%3.0f %%", score * 100);
        const attr_t look = leads ? A_BOLD | COLOR_PAIR(BIG) : A_NORMAL;
        attron(look);
        put(row, 2, name);
        put_bar(screen, row, 14, COLS - 14 - 12, score);
        if (known)
            put_right(row, percent);
        attroff(look);
        row++;
    }
}

static void draw_foot(const GenreScreenView *v, int row) {
    char text[600];
    if (*v->osc) {
        snprintf(text, sizeof text, "OSC  %s", v->osc);
        put(row, 2, text);
    }
    const int n =
        snprintf(text, sizeof text, "%llu frames dropped", (unsigned long long)v->dropped);
    if (v->n_overflows)
        snprintf(text + n, sizeof text - (size_t)n, ", %llu losses in the sound system",
                 (unsigned long long)v->n_overflows);
    static const char keys[] = "q quit   r reset";
    put_right(row + 1, keys);
    put_within(row + 1, 2, COLS - (int)sizeof keys - 1, text);
    const attr_t look = v->lost && v->input[0] ? A_BOLD | COLOR_PAIR(HOT) : (attr_t)A_DIM;
    attron(look);
    put(row + 2, 2, v->status);
    attroff(look);
}

void genre_screen_draw(GenreScreen *screen, const GenreScreenView *view) {
    enum { FOOT = 3 };
    const int n_labels = genre_model_n_labels(view->model);
    const bool roomy = LINES >= n_labels + FOOT + 10;
    const int gap = roomy ? 1 : 0;
    erase();
    draw_head(view);
    int row = draw_answer(screen, view, 1 + gap, roomy) + gap;
    draw_level(screen, view, row++);
    row += gap;
    /* On a small terminal the scores give way first, then the foot. */
    const int end = LINES - FOOT;
    draw_scores(screen, view, row, end);
    if (end >= row)
        draw_foot(view, row + n_labels + gap + FOOT <= LINES ? row + n_labels + gap : end);
    refresh();
}
