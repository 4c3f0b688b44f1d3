/* Open clips: those without a genre, whose tags leave several open ("pop-rock" is pop, rock or
 * metal). A network trained on the others, the teacher, chooses, and they are trained on as well
 * (self-training: Lee 2013, Pseudo-Label; here among what the tags allow).
 */
#ifndef GENRE_TRAIN_OPEN_H
#define GENRE_TRAIN_OPEN_H

#include "run/job.h"

/* The labels (list) that tags, "a;b", leave open, a bit each: those that `meaning`, a recipe's
 * "labels", lists, and where it does not have a tag, the label of its name. */
uint64_t open_labels(const char *tags, const json_t *meaning, const json_t *labels);

/* Which of the labels in `open` it is by a score of each; -1: the teacher is not sure enough,
 * having given less than `share` of theirs to the best, or less than `mass` of all to them. */
int open_choose(uint64_t open, const float *scores, double share, double mass);

typedef struct {
    Cache cache;     /* the job's, with the clips that got a genre behind the others */
    json_t *summary; /* {"clips", "taken", "labels": {label: n}}, without those that may not be
                      * trained on */
} OpenClips;

/* Whether the recipe wants open clips, and the job has any that it may be trained on and whose tags
 * say something. */
bool open_any(const Job *job);

/* Gives the job's open clips, those of the split to train on, a genre by the teacher. All ranks do
 * that together; only rank 0 needs a teacher. open_clear() in any case. */
GenreStatus open_find(OpenClips *clips, const Job *job, const GenreModel *teacher,
                      GenreError *error);
void open_clear(OpenClips *clips);

/* Such a summary as a line. */
void open_print(const json_t *summary, FILE *out);

#endif
