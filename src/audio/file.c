#include "audio/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "status.h"

struct GenreAudioFile {
    char *path;
    SNDFILE *snd;
    SF_INFO info;
    uint64_t n_promised; /* frames that the file says it has; 0: it does not say */
    bool no_end_mark;    /* an Ogg stream without its last page */
    uint64_t n_read;
};

/* More channels than this is not music but a damaged header. */
enum { MAX_CHANNELS = 64 };

/* SF_FORMAT_MPEG, which libsndfile before 1.1 does not know. */
enum { MPEG = 0x230000 };

/* Long paths are shown by their end, so that the reason still fits behind them. */
static const char *tail(const char *path) {
    enum { SHOWN = 140 };
    const size_t n = strlen(path);
    return n > SHOWN ? path + n - SHOWN : path;
}

/* libsndfile keeps what went wrong in opening in a variable of the whole process. */
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

static GenreStatus open_sound(GenreAudioFile *file, int fd, GenreError *error) {
    GenreStatus status = GENRE_SUCCESS;
    pthread_mutex_lock(&opening);
    file->snd = sf_open_fd(fd, SFM_READ, &file->info, SF_TRUE);
    if (!file->snd)
        status =
            genre_fail(error, GENRE_ERR_FORMAT, "%s: not a sound file that can be decoded (%.80s)",
                       tail(file->path), sf_strerror(NULL));
    pthread_mutex_unlock(&opening);
    return status;
}

/* Whether an MP3 states its length: in a "Xing" or "Info" tag in its first frame, behind the ID3v2
 * tag if there is one. Without it libsndfile's length is a guess that may be far off. */
static bool mp3_states_length(int fd) {
    unsigned char id3[10], frame[256];
    off_t start = 0;
    if (pread(fd, id3, sizeof id3, 0) == sizeof id3 && memcmp(id3, "ID3", 3) == 0)
        start = 10 + ((off_t)(id3[6] & 0x7f) << 21 | (id3[7] & 0x7f) << 14 | (id3[8] & 0x7f) << 7 |
                      (id3[9] & 0x7f));
    const ssize_t n = pread(fd, frame, sizeof frame, start);
    return n > 0 && (memmem(frame, (size_t)n, "Xing", 4) || memmem(frame, (size_t)n, "Info", 4));
}

/* How many times as long the file claims to be as it is. Where a length in a header of WAV, AIFF,
 * AU or W64 is too large libsndfile reads what there is, and tells only its log:
 * "data : 2304000 (should be 1151978)". */
static double claimed_excess(SNDFILE *snd) {
    enum { TOLERANCE = 4096 }; /* some programs count headers in */
    char log[4096] = "";
    double excess = 1;
    sf_command(snd, SFC_GET_LOG_INFO, log, sizeof log);
    for (char *note = log; (note = strstr(note, " (should be ")); note++) {
        const char *number = note;
        while (number > log && number[-1] >= '0' && number[-1] <= '9')
            number--;
        const double claimed = strtod(number, NULL), real = strtod(note + 12, NULL);
        /* The largest numbers mean "not known yet": written by programs that could not go back. */
        if (claimed < 0x7fff0000 && real > 0 && claimed > real + TOLERANCE)
            excess = claimed / real;
    }
    return excess;
}

static void find_promise(GenreAudioFile *file, bool mp3_length) {
    const int type = file->info.format & SF_FORMAT_TYPEMASK;
    const bool known_length = file->info.frames > 0 && file->info.frames < SF_COUNT_MAX;
    file->no_end_mark = type == SF_FORMAT_OGG && !known_length;
    if (!known_length || (type == MPEG && !mp3_length))
        return;
    file->n_promised = (uint64_t)((double)file->info.frames * claimed_excess(file->snd));
}

GenreAudioFile *genre_audio_file_open(const char *path, GenreError *error) {
    struct stat about;
    /* Without O_NONBLOCK a named pipe would keep us here until someone writes to it. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &about) != 0) {
        genre_fail(error, GENRE_ERR_OPEN, "%s: %s", tail(path), strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    const char *const why = S_ISDIR(about.st_mode)    ? "is a folder"
                            : !S_ISREG(about.st_mode) ? "is not a regular file"
                            : about.st_size == 0      ? "is empty"
                                                      : NULL;
    if (why) {
        genre_fail(error, GENRE_ERR_FORMAT, "%s: %s", tail(path), why);
        close(fd);
        return NULL;
    }
    GenreAudioFile *file = calloc(1, sizeof *file);
    if (!file || !(file->path = strdup(path))) {
        genre_audio_file_close(file);
        close(fd);
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    const bool mp3_length = mp3_states_length(fd);
    if (open_sound(file, fd, error)) {
        genre_audio_file_close(file);
        return NULL;
    }
    if (file->info.channels < 1 || file->info.channels > MAX_CHANNELS ||
        file->info.samplerate < 8000 || file->info.samplerate > 192000) {
        genre_fail(
            error, GENRE_ERR_UNSUPPORTED,
            "%s: has %d channel(s) at %d Hz; what can be heard is 1 to %d at 8000 to 192000 Hz",
            tail(path), file->info.channels, file->info.samplerate, MAX_CHANNELS);
        genre_audio_file_close(file);
        return NULL;
    }
    find_promise(file, mp3_length);
    return file;
}

void genre_audio_file_close(GenreAudioFile *file) {
    if (!file)
        return;
    if (file->snd)
        sf_close(file->snd);
    free(file->path);
    free(file);
}

double genre_audio_file_rate_hz(const GenreAudioFile *file) {
    return file->info.samplerate;
}

int genre_audio_file_n_channels(const GenreAudioFile *file) {
    return file->info.channels;
}

uint64_t genre_audio_file_n_frames(const GenreAudioFile *file) {
    return file->n_promised;
}

size_t genre_audio_file_read(GenreAudioFile *file, float *samples, size_t n_frames) {
    const sf_count_t n = sf_readf_float(file->snd, samples, (sf_count_t)n_frames);
    file->n_read += n > 0 ? (uint64_t)n : 0;
    return n > 0 ? (size_t)n : 0;
}

GenreStatus genre_audio_file_error(const GenreAudioFile *file, GenreError *error) {
    if (sf_error(file->snd) != SF_ERR_NO_ERROR)
        return genre_fail(error, GENRE_ERR_READ, "%s: damaged after %.1f s (%.80s)",
                          tail(file->path), (double)file->n_read / file->info.samplerate,
                          sf_strerror(file->snd));
    if (file->n_read == 0)
        return genre_fail(error, GENRE_ERR_READ, "%s: holds no sound", tail(file->path));
    /* An MP3's first and last frames may be padding that is not given out. */
    const uint64_t tolerance =
        (file->info.format & SF_FORMAT_TYPEMASK) == MPEG ? (uint64_t)file->info.samplerate / 5 : 0;
    const double read_s = (double)file->n_read / file->info.samplerate;
    if (file->n_read + tolerance < file->n_promised)
        return genre_fail(error, GENRE_ERR_READ, "%s: cut off after %.1f of %.1f s",
                          tail(file->path), read_s,
                          (double)file->n_promised / file->info.samplerate);
    if (file->no_end_mark)
        return genre_fail(error, GENRE_ERR_READ, "%s: cut off after %.1f s", tail(file->path),
                          read_s);
    return GENRE_SUCCESS;
}
