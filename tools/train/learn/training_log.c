#include "learn/training_log.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/safetensors.h"
#include "status.h"

enum { MAX_LOG = 64 << 20 };

static const char header[] =
    "epoch,train_loss,train_accuracy,valid_loss,valid_accuracy,learning_rate,spent_s\n";

static GenreStatus write_text(const char *path, const char *mode, const char *text, size_t n,
                              GenreError *error) {
    FILE *out = fopen(path, mode);
    const bool written = out && fwrite(text, 1, n, out) == n && fflush(out) == 0;
    const int reason = errno;
    if ((out && fclose(out) != 0) || !written)
        return genre_fail(error, GENRE_ERR_WRITE, "%s cannot be written: %s", path,
                          strerror(written ? errno : reason));
    return GENRE_SUCCESS;
}

/* Bytes of the log's head that tell of the first `epochs`. */
static size_t length_of(const char *text, size_t size, int64_t epochs) {
    size_t length = 0;
    while (length < size) {
        const char *end = memchr(text + length, '\n', size - length);
        if (!end || (length > 0 && strtoll(text + length, NULL, 10) > epochs))
            break;
        length = (size_t)(end + 1 - text);
    }
    return length;
}

GenreStatus training_log_begin(const char *path, int64_t epochs, GenreError *error) {
    if (epochs == 0 || access(path, F_OK) != 0)
        return write_text(path, "w", header, sizeof header - 1, error);
    size_t size;
    char *text = genre_read_file(path, MAX_LOG, &size, error);
    if (!text)
        return GENRE_ERR_READ;
    const size_t length = length_of(text, size, epochs);
    const GenreStatus status =
        length < size && truncate(path, (off_t)length) != 0
            ? genre_fail(error, GENRE_ERR_WRITE, "%s cannot be written: %s", path, strerror(errno))
            : GENRE_SUCCESS;
    free(text);
    return status;
}

GenreStatus training_log_add(const char *path, const TrainingEpoch *epoch, GenreError *error) {
    char line[200], valid[60] = ",";
    if (!isnan(epoch->valid_loss))
        snprintf(valid, sizeof valid, "%.5f,%.4f", epoch->valid_loss, epoch->valid_accuracy);
    const int n = snprintf(line, sizeof line, "%" PRId64 ",%.5f,%.4f,%s,%.4g,%.1f\n", epoch->epoch,
                           epoch->train_loss, epoch->train_accuracy, valid, epoch->learning_rate,
                           epoch->spent_s);
    return write_text(path, "a", line, (size_t)n, error);
}
