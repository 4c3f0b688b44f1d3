/* Lists of labelled clips: a CSV manifest, a folder per genre, or FMA's folders.
 *
 * A manifest has a header line and at least the columns "genre" and one of "audio" and "mel_row";
 * "id", "dataset", "artist" and "split" are used where they are there. Paths are relative to the
 * manifest. Genres become labels. A mel_row is a clip's index in the tensor "mel" of
 * mel/<dataset>.safetensors; without "id" and "audio" it stands for the clip.
 */
#ifndef GENRE_TRAIN_MANIFEST_H
#define GENRE_TRAIN_MANIFEST_H

#include "genrecast.h"

typedef struct {
    char *id, *dataset, *genre, *artist, *split; /* "" where not known */
    char *audio;                                 /* path, "" = none */
    int mel_row;                                 /* -1 = none */
    int record; /* which one of the manifest it is, 1 being the header; 0: there is none */
} Clip;

typedef struct {
    char *folder; /* that paths are relative to */
    bool by_tags; /* a clip's genre is all its tags */
    size_t n;
    Clip *clips;
} Manifest;

/* A genre's name as a label: "Rock 'n' Roll" is rock-n-roll, "Soul; Funk" soul-funk. What is not
 * ASCII is left for the model to refuse by name, as two genres might become one. free() it; NULL
 * where memory is out. */
char *manifest_label(const char *genre);

/* Reads `path`, a CSV file, FMA (fma.h) or a folder with a folder per genre. Rows without a genre
 * are left out. Where no split is given, every fifth artist (file, where the artist is not known)
 * is "valid" and the rest "train", chosen by a hash of its name. */
GenreStatus manifest_read(Manifest *manifest, const char *path, GenreError *error);

/* The same, with all that the column "tags" says of a clip as its genre, as "a;b" (tags.h), where
 * it says anything. */
GenreStatus manifest_read_tags(Manifest *manifest, const char *path, GenreError *error);
void manifest_clear(Manifest *manifest);

/* Adds a copy of `clip`, its genre as a label and its split found where it has none. For those who
 * read lists of other kinds. */
GenreStatus manifest_add(Manifest *manifest, const Clip *clip, GenreError *error);

/* Fails where two records have one id or one file: a clip that is there twice would be on two sides
 * of a split. */
GenreStatus manifest_check_once(const Manifest *manifest, GenreError *error);

#endif
