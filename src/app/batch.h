/* Runs jobs on several threads and prints what they say in the order of the jobs, as if they had
 * run one after the other. */
#ifndef GENRE_APP_BATCH_H
#define GENRE_APP_BATCH_H

#include <stdbool.h>
#include <stddef.h>

typedef struct GenreBatch GenreBatch;

/* What each of the batch's threads does: takes jobs by genre_batch_next, one or several at a time,
 * and ends each by genre_batch_end, until there are no more. A job that it leaves early because it
 * was told to (genre_batch_stopping) it does not end. */
typedef void (*GenreBatchWork)(GenreBatch *batch, void *context);

/* Tells how much of the whole batch is done, 0 to 1, and writes a remark to `note` (size bytes). */
typedef double (*GenreBatchDone)(void *context, char *note, size_t size);

/* Keeps all lines of one job, after it has ended. One thread at a time. False, after a complaint,
 * where it cannot: then the batch stops. */
typedef bool (*GenreBatchKeep)(void *context, const char *lines);

typedef struct {
    GenreBatchWork work;
    GenreBatchDone done;
    GenreBatchKeep keep; /* NULL: lines go to standard output, in the order of the jobs; else as
                          * each job ends, so that little is lost when the program is killed */
    void *context;
} GenreBatchPlan;

/* Gives a thread its next job. False where there is none for it: all are begun, it is time to stop,
 * or (unless it `may_wait`, as only a thread that has none may) the next is too far ahead of the
 * first unfinished one. */
bool genre_batch_next(GenreBatch *batch, bool may_wait, size_t *index);

void genre_batch_end(GenreBatch *batch, size_t index);

/* For a job: hands over a whole line (newline included), or a sentence to standard error, which
 * makes the batch fail. On standard output what belongs to the first unfinished job appears at
 * once, and the rest waits its turn. */
void genre_batch_print(GenreBatch *batch, size_t index, const char *line);
void genre_batch_complain(GenreBatch *batch, size_t index, const char *sentence);

/* For a job: true when it should return early, be it after Ctrl-C or because nobody reads the
 * output any more. */
bool genre_batch_stopping(const GenreBatch *batch);

/* Runs all n jobs on n_threads and returns the exit status: 0, 1 where a job complained or output
 * could not be written, 130 after Ctrl-C and 143 after SIGTERM (what was printed are whole lines).
 * Ctrl-C a second time ends the program at once. Shows a progress bar where `done` is asked. What
 * it holds in memory does not grow with n. */
int genre_batch_run(const GenreBatchPlan *plan, size_t n, int n_threads);

#endif
