/* In place of osc.c where there is no liblo: says so when asked for OSC. */
#include "out/osc.h"

#include "status.h"

GenreOsc *genre_osc_new(const char *prefix, GenreError *error) {
    (void)prefix;
    genre_fail(error, GENRE_ERR_UNSUPPORTED, "this genrecast was built without OSC (liblo)");
    return NULL;
}

void genre_osc_free(GenreOsc *osc) {
    (void)osc;
}

GenreStatus genre_osc_target(GenreOsc *osc, const char *url, GenreError *error) {
    (void)osc, (void)url, (void)error;
    return GENRE_ERR_UNSUPPORTED;
}

GenreStatus genre_osc_listen(GenreOsc *osc, const char *where, GenreError *error) {
    (void)osc, (void)where, (void)error;
    return GENRE_ERR_UNSUPPORTED;
}

int genre_osc_port(const GenreOsc *osc) {
    (void)osc;
    return 0;
}

GenreStatus genre_osc_set_model(GenreOsc *osc, const GenreModel *model, GenreError *error) {
    (void)osc, (void)model, (void)error;
    return GENRE_ERR_UNSUPPORTED;
}

void genre_osc_estimate(GenreOsc *osc, const GenreEstimate *estimate) {
    (void)osc, (void)estimate;
}

void genre_osc_level(GenreOsc *osc, float level_db) {
    (void)osc, (void)level_db;
}

void genre_osc_alive(GenreOsc *osc) {
    (void)osc;
}

void genre_osc_status(GenreOsc *osc, const char *text) {
    (void)osc, (void)text;
}

bool genre_osc_service(GenreOsc *osc, GenreOscCommand *command) {
    (void)osc, (void)command;
    return false;
}

const char *genre_osc_warning(GenreOsc *osc) {
    (void)osc;
    return NULL;
}

int genre_osc_n_targets(const GenreOsc *osc) {
    (void)osc;
    return 0;
}

const char *genre_osc_target_name(const GenreOsc *osc, int index) {
    (void)osc, (void)index;
    return "";
}

bool genre_osc_target_up(const GenreOsc *osc, int index) {
    (void)osc, (void)index;
    return false;
}
