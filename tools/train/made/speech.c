/* Speech, by the program espeak-ng: words that mean nothing together, as only their sound counts.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "made/sounds.h"
#include "status.h"

enum { SPEECH_RATE_HZ = 22050, WAV_HEADER = 44, MAX_WORDS = 24 };

typedef struct {
    const char *name; /* espeak-ng's */
    bool held_out;
    const char *words;
} Language;

static const Language languages[] = {
    {"en-us", false,
     "the water people about other which would there their first could after where most before "
     "between another thought country school against never under morning together"},
    {"en-gb", false,
     "well perhaps we should rather have listened because nobody wanted to say anything about "
     "yesterday afternoon although everyone knew exactly what had happened"},
    {"de", false,
     "und gestern haben wir nicht gewusst warum die Leute zwischen den Straßen stehen bleiben "
     "obwohl niemand etwas gesagt hatte wahrscheinlich Nachmittag schon wieder"},
    {"es", false,
     "entonces nosotros queremos saber cuando llegan las noticias porque siempre hablamos mucho "
     "de trabajo ciudad mañana también pero nadie escucha todavía"},
    {"it", false,
     "allora quando siamo arrivati nessuno sapeva dove andare perché la strada era chiusa ogni "
     "giorno qualcosa cambia sempre domani forse anche meglio"},
    {"pl", false,
     "dlaczego wczoraj wszyscy ludzie chcieli wiedzieć gdzie jest droga przez miasto jeszcze "
     "dzisiaj trzeba powiedzieć coś więcej o tym co było"},
    {"ru", false,
     "почему вчера никто не знал где находится дорога через город сегодня надо сказать что "
     "будет дальше потому что люди хотели понять"},
    {"fi", false,
     "eilen kukaan ei tiennyt missä tie kulkee kaupungin läpi tänään täytyy sanoa mitä "
     "seuraavaksi tapahtuu koska ihmiset haluavat ymmärtää"},
    {"tr", false,
     "dün hiç kimse şehirden geçen yolun nerede olduğunu bilmiyordu bugün insanlar anlamak "
     "istediği için sonra ne olacak söylemek gerekiyor"},
    {"cmn", false,
     "昨天 没有 人 知道 路 在 哪里 今天 我们 应该 说 以后 怎么 办 因为 大家 都 想 明白"},
    {"fr-fr", true,
     "hier personne ne savait où passait la route aujourd'hui il faut dire ce qui arrive ensuite "
     "parce que les gens voulaient comprendre toujours quelque chose"},
    {"nl", true,
     "gisteren wist niemand waar de weg door de stad liep vandaag moeten wij zeggen wat er verder "
     "gebeurt omdat mensen het graag willen begrijpen"},
    {"sv", true,
     "igår visste ingen var vägen genom staden gick idag måste vi säga vad som händer sedan "
     "eftersom människor ville förstå någonting mera"},
    {"pt-br", true,
     "ontem ninguém sabia onde ficava a estrada pela cidade hoje precisamos dizer o que vai "
     "acontecer depois porque as pessoas queriam entender"},
    {"hi", true,
     "कल किसी को नहीं पता था कि सड़क कहाँ है आज हमें कहना है कि आगे क्या होगा क्योंकि लोग समझना चाहते थे"},
    {"en-gb-scotland", true,
     "nobody ever told us which way the river runs when winter comes early and the old bridge is "
     "closed again until somebody finds money for stone"},
};

static const struct {
    const char *name;
    bool held_out;
} variants[] = {
    {"m1", false},     {"m2", false},    {"m3", false},    {"m4", false},    {"f1", false},
    {"f2", false},     {"f3", false},    {"klatt", false}, {"croak", false}, {"Andrea", false},
    {"Alex", false},   {"Marco", false}, {"linda", false}, {"Gene", false},  {"m5", true},
    {"m6", true},      {"m7", true},     {"f4", true},     {"f5", true},     {"klatt4", true},
    {"belinda", true}, {"Diogo", true},  {"steph", true},  {"john", true},
};

enum {
    N_LANGUAGES = sizeof languages / sizeof *languages,
    N_VARIANTS = sizeof variants / sizeof *variants
};

/* Who speaks, and how. */
typedef struct {
    const Language *language;
    const char *variant;
    int speed, pitch, gap;
} Speaker;

static Speaker draw_speaker(bool held_out, GenreRng *rng) {
    Speaker speaker;
    size_t variant;
    do
        speaker.language = &languages[genre_rng_below(rng, N_LANGUAGES)];
    while (speaker.language->held_out != held_out);
    do
        variant = genre_rng_below(rng, N_VARIANTS);
    while (variants[variant].held_out != held_out);
    speaker.variant = variants[variant].name;
    speaker.speed = 110 + (int)genre_rng_below(rng, 140);
    speaker.pitch = 10 + (int)genre_rng_below(rng, 80);
    speaker.gap = (int)genre_rng_below(rng, 4) * 3;
    return speaker;
}

/* The n-th word of a list. */
static const char *word_at(const char *words, uint32_t n, size_t *length) {
    for (; n > 0; n--)
        words += strcspn(words, " ") + 1;
    *length = strcspn(words, " ");
    return words;
}

/* A sentence of words at random, with a comma now and then. No word has a quote that would end the
 * shell's. */
static void compose(const Language *language, char *text, size_t room, GenreRng *rng) {
    uint32_t n_words = 1;
    size_t n = 0;
    for (const char *at = language->words; (at = strchr(at, ' ')); at++)
        n_words++;
    for (int left = 4 + (int)genre_rng_below(rng, MAX_WORDS - 4); left > 0; left--) {
        size_t length;
        const char *word = word_at(language->words, genre_rng_below(rng, n_words), &length);
        const char *after = left == 1                 ? (genre_rng_below(rng, 4) ? "." : "?")
                            : genre_rng_below(rng, 6) ? " "
                                                      : ", ";
        n += (size_t)snprintf(text + n, room - n, "%.*s%s", (int)length, word, after);
    }
}

const char speech_is_missing[] =
    "the program espeak-ng is not there: install it, or take --no-speech";

bool speech_is_there(void) {
    return system("command -v espeak-ng >/dev/null 2>&1") == 0;
}

/* Adds a sentence from sample `*at` on and moves that behind it. */
static GenreStatus say(const Speaker *speaker, Mono *mono, size_t *at, double gain, GenreRng *rng,
                       GenreError *error) {
    char text[MAX_WORDS * 48], command[sizeof text + 200];
    int16_t block[1024];
    size_t n, before = *at;
    compose(speaker->language, text, sizeof text, rng);
    snprintf(command, sizeof command,
             "espeak-ng --stdout -v %s+%s -s %d -p %d -g %d \"%s\" 2>/dev/null",
             speaker->language->name, speaker->variant, speaker->speed, speaker->pitch,
             speaker->gap, text);
    FILE *pipe = popen(command, "r");
    if (!pipe)
        return genre_fail(error, GENRE_ERR_OPEN, "espeak-ng cannot be run");
    bool ok = fread(block, 1, WAV_HEADER, pipe) == WAV_HEADER;
    while (ok && (n = fread(block, sizeof *block, 1024, pipe)) > 0)
        for (size_t i = 0; i < n; i++, ++*at)
            if (*at < mono->n)
                mono->samples[*at] += (float)(gain * block[i] / 32768);
    ok = pclose(pipe) == 0 && ok && *at > before;
    return ok ? GENRE_SUCCESS
              : genre_fail(error, GENRE_ERR_FORMAT, "espeak-ng cannot speak %s",
                           speaker->language->name);
}

/* Sentence after sentence with pauses in between, to the end. */
static GenreStatus talk(const Speaker *speaker, Mono *mono, double gain, double longest_pause_s,
                        GenreRng *rng, GenreError *error) {
    for (size_t at = (size_t)(genre_rng_between(rng, 0, 1) * mono->rate_hz); at < mono->n;) {
        const GenreStatus status = say(speaker, mono, &at, gain, rng, error);
        if (status)
            return status;
        at += (size_t)(genre_rng_between(rng, 0.1, longest_pause_s) * mono->rate_hz);
    }
    return GENRE_SUCCESS;
}

GenreStatus speech_make(bool held_out, Mono *mono, GenreRng *rng, char voice[40],
                        GenreError *error) {
    const Speaker one = draw_speaker(held_out, rng), other = draw_speaker(held_out, rng);
    const bool two = genre_rng_below(rng, 4) == 0;
    const double pause_s = genre_rng_between(rng, 0.3, two ? 6 : 2);
    if (mono->rate_hz != SPEECH_RATE_HZ)
        return genre_fail(error, GENRE_ERR_BAD_ARG, "speech is made at %d Hz", SPEECH_RATE_HZ);
    snprintf(voice, 40, "%s %s", one.language->name, one.variant);
    GenreStatus status = talk(&one, mono, 1, pause_s, rng, error);
    if (!status && two)
        status = talk(&other, mono, genre_rng_between(rng, 0.3, 1), 6, rng, error);
    return status;
}

GenreStatus speech_add(Mono *mono, double gain, GenreRng *rng, GenreError *error) {
    Speaker speaker = draw_speaker(false, rng);
    if (mono->rate_hz != SPEECH_RATE_HZ)
        return genre_fail(error, GENRE_ERR_BAD_ARG, "speech is made at %d Hz", SPEECH_RATE_HZ);
    speaker.speed = 180 + (int)genre_rng_below(rng, 80);
    speaker.gap = 0;
    return talk(&speaker, mono, gain, 0.4, rng, error);
}
