#include "made/folder.h"

#include <math.h>
#include <sndfile.h>
#include <string.h>
#include <sys/stat.h>

#include "status.h"

/* Whether a manifest that is there lists clips which were not made here. */
static bool lists_others(const char *path) {
    char line[4096];
    bool others = false;
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    for (long n = 0; fgets(line, sizeof line, file); n++)
        others = others || (n > 0 && !strstr(line, ",made-"));
    fclose(file);
    return others;
}

GenreStatus made_folder_open(MadeFolder *folder, const char *path, GenreError *error) {
    folder->folder = path;
    if (!*path)
        return genre_fail(error, GENRE_ERR_BAD_ARG, "the folder's name is empty");
    mkdir(path, 0777); /* where it is there already: no matter */
    snprintf(folder->path, sizeof folder->path, "%s/manifest.csv", path);
    if (lists_others(folder->path))
        return genre_fail(error, GENRE_ERR_WRITE,
                          "%s lists clips that were not made here: name another folder",
                          folder->path);
    folder->manifest = fopen(folder->path, "w");
    if (!folder->manifest)
        return genre_fail(error, GENRE_ERR_WRITE, "%s cannot be written", folder->path);
    setvbuf(folder->manifest, NULL, _IOLBF, BUFSIZ); /* lists what is there, even if stopped */
    fputs("id,dataset,audio,mel_row,genre,tags,artist,split,seconds\n", folder->manifest);
    return GENRE_SUCCESS;
}

GenreStatus made_folder_add(MadeFolder *folder, const MadeClip *clip, const Mono *mono,
                            GenreError *error) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.flac", folder->folder, clip->id);
    const GenreStatus status = mono_write(mono, path, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, error);
    /* Pink noise is by another artist than the singer Pink. */
    if (!status)
        fprintf(folder->manifest, "%s/%s,%s,%s.flac,,%s,,made-%s,%s,%.1f\n", clip->dataset,
                clip->id, clip->dataset, clip->id, clip->genre, clip->by,
                clip->held_out ? "valid" : "train", (double)mono->n / mono->rate_hz);
    return status;
}

GenreStatus made_folder_close(MadeFolder *folder, GenreStatus status, GenreError *error) {
    if (!folder->manifest)
        return status;
    const bool failed = ferror(folder->manifest);
    if ((fclose(folder->manifest) != 0 || failed) && !status)
        return genre_fail(error, GENRE_ERR_WRITE, "%s cannot be written", folder->path);
    return status;
}

void made_set_peak(Mono *mono, double level) {
    float top = 1e-9f;
    for (size_t i = 0; i < mono->n; i++)
        top = fmaxf(top, fabsf(mono->samples[i]));
    const float scale = (float)level / top;
    for (size_t i = 0; i < mono->n; i++)
        mono->samples[i] *= scale;
}

void made_draw_level(Mono *mono, GenreRng *rng) {
    made_set_peak(mono, pow(10, -genre_rng_between(rng, 1, 31) / 20));
}
