/* The file decoder: what libsndfile writes is read back, and what is damaged is told in a sentence.
 */
#include "audio/file.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"

/* libsndfile 1.2 loses 6 kB where an Ogg file breaks off in its header; LeakSanitizer asks here. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:vorbis_info_init\nleak:libsndfile\n";
}

static char folder[] = "/tmp/genrecast-test-XXXXXX";
static char path[64];

static void set_up(void) {
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/sound", folder);
}

static void tear_down(void) {
    remove(path);
    rmdir(folder);
}

enum { N_FRAMES = 30000 };

static float sample(int frame, int channel) {
    return 0.5f * sinf(0.03f * (float)frame * (float)(channel + 1));
}

static void write_sound(int format, int rate_hz, int n_channels) {
    SF_INFO info = {.samplerate = rate_hz, .channels = n_channels, .format = format};
    SNDFILE *out = sf_open(path, SFM_WRITE, &info);
    ck_assert_msg(out != NULL, "%s", sf_strerror(NULL));
    float *samples = malloc((size_t)N_FRAMES * (size_t)n_channels * sizeof *samples);
    for (int i = 0; i < N_FRAMES * n_channels; i++)
        samples[i] = sample(i / n_channels, i % n_channels);
    sf_writef_float(out, samples, N_FRAMES);
    free(samples);
    sf_close(out);
}

static void cut_to(double share) {
    struct stat about;
    ck_assert_int_eq(stat(path, &about), 0);
    ck_assert_int_eq(truncate(path, (off_t)(share * (double)about.st_size)), 0);
}

static size_t read_all(GenreAudioFile *file, double *worst) {
    const int n_channels = genre_audio_file_n_channels(file);
    size_t n_read = 0;
    float block[64 * 77];
    *worst = 0;
    for (size_t n; (n = genre_audio_file_read(file, block, 77)) > 0; n_read += n)
        for (size_t i = 0; i < n; i++)
            for (int c = 0; c < n_channels; c++)
                *worst = fmax(
                    *worst, fabs(block[i * (size_t)n_channels + c] - sample((int)(n_read + i), c)));
    return n_read;
}

static const struct {
    int format, rate_hz, n_channels;
    double tolerance;
} kinds[] = {
    {SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 8000, 1, 0.01},
    {SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44100, 2, 1e-4},
    {SF_FORMAT_WAV | SF_FORMAT_PCM_24, 192000, 2, 1e-6},
    {SF_FORMAT_WAV | SF_FORMAT_FLOAT, 48000, 6, 1e-7},
    {SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 44100, 2, 1e-4},
    {SF_FORMAT_AU | SF_FORMAT_PCM_16, 22050, 1, 1e-4},
    {SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 96000, 2, 1e-4},
    {SF_FORMAT_OGG | SF_FORMAT_VORBIS, 44100, 2, 0.2},
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

START_TEST(reads_what_was_written) {
    GenreError error;
    double worst;
    write_sound(kinds[_i].format, kinds[_i].rate_hz, kinds[_i].n_channels);
    GenreAudioFile *file = genre_audio_file_open(path, &error);
    ck_assert_msg(file != NULL, "%s", error.text);
    ck_assert_double_eq(genre_audio_file_rate_hz(file), kinds[_i].rate_hz);
    ck_assert_int_eq(genre_audio_file_n_channels(file), kinds[_i].n_channels);
    ck_assert_uint_eq(genre_audio_file_n_frames(file), N_FRAMES);
    ck_assert_uint_eq(read_all(file, &worst), N_FRAMES);
    ck_assert_double_le(worst, kinds[_i].tolerance);
    ck_assert_int_eq(genre_audio_file_error(file, &error), GENRE_SUCCESS);
    genre_audio_file_close(file);
}
END_TEST

START_TEST(notices_a_cut) {
    GenreError error;
    double worst;
    write_sound(kinds[_i].format, kinds[_i].rate_hz, kinds[_i].n_channels);
    cut_to(0.5);
    GenreAudioFile *file = genre_audio_file_open(path, &error);
    ck_assert_msg(file != NULL, "%s", error.text);
    const size_t n = read_all(file, &worst);
    ck_assert_uint_gt(n, 0);
    ck_assert_uint_lt(n, N_FRAMES);
    ck_assert_int_eq(genre_audio_file_error(file, &error), GENRE_ERR_READ);
    ck_assert_ptr_nonnull(strstr(error.text, path));
    genre_audio_file_close(file);
}
END_TEST

/* Opening or reading fails, or not, but nothing breaks, wherever the file ends. */
START_TEST(survives_any_cut) {
    unsigned char start[600];
    write_sound(kinds[_i].format, kinds[_i].rate_hz, kinds[_i].n_channels);
    FILE *in = fopen(path, "rb");
    const size_t n = fread(start, 1, sizeof start, in);
    fclose(in);
    for (size_t size = 0; size < n; size += size < 100 ? 1 : 17) {
        GenreError error = {0};
        double worst;
        FILE *out = fopen(path, "wb");
        fwrite(start, 1, size, out);
        fclose(out);
        GenreAudioFile *file = genre_audio_file_open(path, &error);
        GenreStatus status = GENRE_ERR_OPEN;
        if (file) {
            read_all(file, &worst);
            status = genre_audio_file_error(file, &error);
        }
        ck_assert_msg(status == GENRE_SUCCESS || error.text[0] != 0, "no reason");
        genre_audio_file_close(file);
    }
}
END_TEST

static void refuse(const char *expected) {
    GenreError error;
    ck_assert_ptr_null(genre_audio_file_open(path, &error));
    ck_assert_msg(strstr(error.text, expected) != NULL, "\"%s\" instead of \"%s\"", error.text,
                  expected);
    ck_assert_ptr_null(strchr(error.text, '\n'));
}

START_TEST(says_why_it_cannot_open) {
    refuse("No such file");
    ck_assert_int_eq(mkdir(path, 0700), 0);
    refuse("is a folder");
    rmdir(path);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    refuse("is not a regular file"); /* at once, though nobody writes to it */
    remove(path);
    FILE *out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    fclose(out);
    refuse("is empty");
    out = fopen(path, "w");
    fputs("This is a letter, not a song.\n", out);
    fclose(out);
    refuse("not a sound file");
    write_sound(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 7000, 1);
    refuse("at 7000 Hz");
}
END_TEST

START_TEST(long_names_leave_room_for_the_reason) {
    char name[3000];
    memset(name, 'x', sizeof name);
    memcpy(name, "/tmp/", 5);
    for (size_t i = 100; i < sizeof name; i += 100)
        name[i] = '/';
    name[sizeof name - 1] = 0;
    GenreError error;
    ck_assert_ptr_null(genre_audio_file_open(name, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "No such file"));
}
END_TEST

START_TEST(a_file_without_samples_is_an_error) {
    GenreError error;
    double worst;
    SF_INFO info = {.samplerate = 44100, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    sf_close(sf_open(path, SFM_WRITE, &info));
    GenreAudioFile *file = genre_audio_file_open(path, &error);
    ck_assert_msg(file != NULL, "%s", error.text);
    ck_assert_uint_eq(read_all(file, &worst), 0);
    ck_assert_int_eq(genre_audio_file_error(file, &error), GENRE_ERR_READ);
    genre_audio_file_close(file);
    genre_audio_file_close(NULL);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, reads_what_was_written, 0, N_KINDS);
    /* Of this little Ogg too little is left to open it; file.sh cuts a longer one. */
    tcase_add_loop_test(tests, notices_a_cut, 0, N_KINDS - 1);
    tcase_add_loop_test(tests, survives_any_cut, 0, N_KINDS);
    tcase_add_test(tests, says_why_it_cannot_open);
    tcase_add_test(tests, long_names_leave_room_for_the_reason);
    tcase_add_test(tests, a_file_without_samples_is_an_error);
}
