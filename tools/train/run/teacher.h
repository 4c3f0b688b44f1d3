/* The network that is trained first, to choose the genres of open clips (open.h). */
#ifndef GENRE_TRAIN_TEACHER_H
#define GENRE_TRAIN_TEACHER_H

#include "learn/trainer.h"
#include "run/open.h"

/* Trains the teacher, unless an interrupted job had done so, and finds the open clips' genres by
 * it; *spent_s is what training it took. A refit has a teacher: the model before. `settings` are
 * those of the training to come. open_clear(clips) in any case. */
GenreStatus teacher_find(const Job *job, const TrainerSettings *settings, OpenClips *clips,
                         double *spent_s, GenreError *error);

/* Removes what is left of it, but for its log. */
void teacher_forget(const Job *job, const TrainerSettings *settings);

#endif
