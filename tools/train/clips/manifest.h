/* Lists of labelled clips: a CSV manifest, a folder per genre, or FMA's folders.
 *
 * A manifest has a header line and at least the columns "genre" and one of "audio" and "mel_row";
 * "id", "dataset", "artist", "split" and "tags" are used where they are there. Paths are relative
 * to the manifest. Genres become labels. A mel_row is a clip's index in the tensor "mel" of
 * mel/<dataset>.safetensors; without "id" and "audio" it stands for the clip.
 */
#ifndef GENRE_TRAIN_MANIFEST_H
#define GENRE_TRAIN_MANIFEST_H

#include "genrecast.h"

typedef struct {
    char *id, *dataset, *genre, *artist, *split; /* "" where not known */
    char *tags;  /* all that is said of an open clip, as "a;b" (tags.h); "" of one with a genre */
    char *audio; /* path, "" = none */
    int mel_row; /* -1 = none */
    int record;  /* which one of the manifest it is, 1 being the header; 0: there is none */
} Clip;

/* What counts as a clip: one with a genre; one with tags, all of which are its genre; or one with a
 * genre or, else, tags, which leave its genre open. */
typedef enum { MANIFEST_GENRES, MANIFEST_TAGS, MANIFEST_OPEN } ManifestOf;

typedef struct {
    char *folder; /* that paths are relative to */
    ManifestOf of;
    size_t n;
    Clip *clips;
} Manifest;

/* A genre's name as a label: "Rock 'n' Roll" is rock-n-roll, "Soul; Funk" soul-funk. What is not
 * ASCII is left for the model to refuse by name, as two genres might become one. free() it; NULL
 * where memory is out. */
char *manifest_label(const char *genre);

/* Reads `path`, a CSV file, FMA (fma.h) or a folder with a folder per genre. What is no clip by
 * `of` is left out; the genre where there are no tags is a tag. Where no split is given, every
 * fifth artist (file, where the artist is not known) is "valid" and the rest "train", chosen by a
 * hash of its name. */
GenreStatus manifest_read(Manifest *manifest, const char *path, ManifestOf of, GenreError *error);
void manifest_clear(Manifest *manifest);

/* Adds a copy of `clip`, its genre as a label and its split found where it has none. For those who
 * read lists of other kinds. */
GenreStatus manifest_add(Manifest *manifest, const Clip *clip, GenreError *error);

/* Fails where two records have one id or one file: a clip that is there twice would be on two sides
 * of a split. */
GenreStatus manifest_check_once(const Manifest *manifest, GenreError *error);

#endif
