#include "clips/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cli.h"
#include "base/path.h"
#include "clips/frames.h"
#include "feature/feature.h"
#include "status.h"

static const char format_name[] = "genrecast-features";

/* The entry of the metadata that is there where tags mean something. */
static const char *const tags_mean[] = {[MANIFEST_TAGS] = "tags", [MANIFEST_OPEN] = "open"};

/* What the workers share. Each clip has so many places: for its audio, the variants of that, and
 * mel frames. */
typedef struct {
    const Manifest *manifest;
    const json_t *feature;
    const Waveform *waveform;
    double rate_hz; /* the feature's */
    size_t n_places;
    const MelFiles *mel;
    int n_bands;
    Frames *frames; /* (n, n_places) */
    atomic_size_t n_failed;
} Preparation;

/* The clip's audio as it is, and in variants. */
static GenreStatus prepare_audio(const Preparation *p, const Clip *clip, const char *path,
                                 Frames *frames, GenreError *error) {
    Mono plain;
    if (p->waveform->variants == 0)
        return frames_from_audio(frames, path, p->feature, error);
    GenreStatus status = mono_read(&plain, path, p->rate_hz, error);
    if (status)
        return status;
    status = frames_from_mono(frames, path, &plain, p->feature, error);
    for (int variant = 1; variant <= p->waveform->variants && !status; variant++) {
        Mono changed = {plain.rate_hz, plain.n, malloc(plain.n * sizeof *plain.samples)};
        if (!changed.samples) {
            status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
            break;
        }
        memcpy(changed.samples, plain.samples, plain.n * sizeof *plain.samples);
        status = waveform_apply(p->waveform, clip->id, variant, &changed, NULL, error);
        if (!status)
            status = frames_from_mono(&frames[variant], path, &changed, p->feature, error);
        free(changed.samples);
    }
    free(plain.samples);
    return status;
}

static void prepare_clip(void *context, int i) {
    Preparation *p = context;
    const Clip *clip = &p->manifest->clips[i];
    Frames *frames = &p->frames[p->n_places * (size_t)i];
    Frames *mel = &frames[p->n_places - 1];
    GenreError error;
    bool failed = false;
    if (*clip->audio) {
        char *path = path_in(p->manifest->folder, clip->audio);
        if (path ? prepare_audio(p, clip, path, frames, &error)
                 : genre_fail(&error, GENRE_ERR_NO_MEMORY, "out of memory")) {
            for (Frames *each = frames; each < mel; each++) {
                free(each->values);
                *each = (Frames){0};
            }
            failed = true;
            genre_complain("left out: %s", error.text);
        }
        free(path);
    }
    if (clip->mel_row >= 0 && p->mel && frames_from_mel(mel, p->mel, clip, p->feature, &error)) {
        *mel = (Frames){0};
        failed = true;
        genre_complain("left out: %s", error.text);
    }
    p->n_failed += failed;
}

/* The clip's frames in `place`, as read_entries wants them. */
static json_t *describe(const Preparation *p, size_t place) {
    const Clip *clip = &p->manifest->clips[place / p->n_places];
    const size_t variant = place % p->n_places;
    const bool from_mel = variant == p->n_places - 1;
    json_t *json = json_pack("{ss ss ss ss ss ss sb si si}", "id", clip->id, "dataset",
                             clip->dataset, "genre", clip->genre, "artist", clip->artist, "split",
                             clip->split, "audio", clip->audio, "from_mel", from_mel, "variant",
                             from_mel ? 0 : (int)variant, "n_frames", p->frames[place].n);
    if (*clip->tags)
        json_object_set_new(json, "tags", json_string(clip->tags));
    return json;
}

static bool has_genre(const json_t *clips, const char *genre) {
    const json_t *clip;
    size_t i;
    json_array_foreach(clips, i, clip) if (strcmp(json_string_value(json_object_get(clip, "genre")),
                                                  genre) == 0) return true;
    return false;
}

/* Names the genres of which no clip is among `clips`, those that could be read. */
static void complain_of_lost_genres(const Preparation *p, const json_t *clips) {
    json_t *seen = json_object();
    for (size_t i = 0; i < p->manifest->n; i++) {
        const char *genre = p->manifest->clips[i].genre;
        if (!*genre || json_object_get(seen, genre))
            continue;
        json_object_set_new(seen, genre, json_true());
        if (!has_genre(clips, genre))
            genre_complain("warning: not one clip of \"%s\" could be read", genre);
    }
    json_decref(seen);
}

/* Lists the frames there are, with what read_entries wants to know of each; returns how many. */
static size_t list_frames(const Preparation *p, json_t *clips, GenreTensorPiece *pieces,
                          GenreStatus *status, GenreError *error) {
    size_t n_frames = 0, n_pieces = 0;
    for (size_t i = 0; i < p->n_places * p->manifest->n; i++) {
        const Frames *frames = &p->frames[i];
        if (!frames->values)
            continue;
        if (json_array_append_new(clips, describe(p, i)) != 0)
            *status = genre_fail(error, GENRE_ERR_FORMAT, "%s: its names are not UTF-8",
                                 p->manifest->clips[i / p->n_places].id);
        pieces[n_pieces++] = (GenreTensorPiece){frames->values, (size_t)frames->n * p->n_bands *
                                                                    sizeof *frames->values};
        n_frames += (size_t)frames->n;
    }
    if (n_frames == 0)
        *status = genre_fail(error, GENRE_ERR_FORMAT, "not one clip could be read");
    else if (p->manifest->of != MANIFEST_TAGS) /* of several labels, others may have been read */
        complain_of_lost_genres(p, clips);
    return n_frames;
}

static GenreStatus write_cache(const Preparation *p, const char *path, GenreError *error) {
    GenreStatus status = GENRE_SUCCESS;
    GenreTensorPiece *pieces = calloc(p->n_places * p->manifest->n + 1, sizeof *pieces);
    json_t *clips = json_array();
    if (!pieces || !clips)
        status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    const size_t n_frames = status ? 0 : list_frames(p, clips, pieces, &status, error);
    if (!status) {
        char *clips_text = json_dumps(clips, JSON_COMPACT);
        char *feature_text = json_dumps(p->feature, JSON_COMPACT);
        json_t *metadata = json_pack("{ssssss}", "format", format_name, "feature", feature_text,
                                     "clips", clips_text);
        if (p->manifest->of != MANIFEST_GENRES)
            json_object_set_new(metadata, tags_mean[p->manifest->of], json_string("true"));
        if (p->waveform->variants > 0) {
            char *waveform_text = json_dumps(p->waveform->json, JSON_COMPACT);
            json_object_set_new(metadata, "waveform", json_string(waveform_text));
            free(waveform_text);
        }
        const GenreTensorSource source = {.name = "frames",
                                          .type = "F32",
                                          .n_dims = 2,
                                          .shape = {n_frames, (size_t)p->n_bands},
                                          .n_bytes = n_frames * (size_t)p->n_bands * sizeof(float),
                                          .pieces = pieces,
                                          .n_pieces = json_array_size(clips)};
        status = genre_safetensors_write(path, metadata, &source, 1, error);
        json_decref(metadata);
        free(feature_text);
        free(clips_text);
    }
    json_decref(clips);
    free(pieces);
    return status;
}

static ManifestOf clips_of(const Recipe *recipe) {
    return recipe->independent ? MANIFEST_TAGS : recipe->tags ? MANIFEST_OPEN : MANIFEST_GENRES;
}

GenreStatus cache_prepare(const char *manifest_path, const Recipe *recipe, Pool *pool,
                          const char *cache_path, size_t *n_failed, GenreError *error) {
    Manifest manifest;
    MelFiles *mel = NULL;
    const json_t *feature = recipe->feature;
    GenreFeature *probe = genre_feature_new(feature, error);
    if (!probe)
        return GENRE_ERR_FORMAT;
    const int n_bands = genre_feature_size(probe);
    const double rate_hz = genre_feature_spec(probe)->rate_hz;
    genre_feature_free(probe);
    GenreStatus status = manifest_read(&manifest, manifest_path, clips_of(recipe), error);
    if (status)
        return status;
    size_t n_mel = 0, n_mel_only = 0;
    for (size_t i = 0; i < manifest.n; i++) {
        n_mel += manifest.clips[i].mel_row >= 0;
        n_mel_only += manifest.clips[i].mel_row >= 0 && !*manifest.clips[i].audio;
    }
    GenreError unfit;
    if (n_mel > 0 && frames_fit_mel(feature, &unfit))
        genre_complain("mel frames left out (%zu of %zu clips have nothing else): %s", n_mel_only,
                       manifest.n, unfit.text);
    else if (n_mel > 0)
        status = mel_files_open(&mel, &manifest, error);
    if (!status) {
        const size_t n_places = 2 + (size_t)recipe->waveform.variants;
        Preparation p = {.manifest = &manifest,
                         .feature = feature,
                         .waveform = &recipe->waveform,
                         .rate_hz = rate_hz,
                         .n_places = n_places,
                         .mel = mel,
                         .n_bands = n_bands,
                         .frames = calloc(n_places * manifest.n, sizeof(Frames))};
        if (p.frames)
            pool_run_shown(pool, (int)manifest.n, prepare_clip, &p, "preparing");
        if (n_failed)
            *n_failed = p.n_failed;
        status = p.frames ? write_cache(&p, cache_path, error)
                          : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        for (size_t i = 0; p.frames && i < n_places * manifest.n; i++)
            free(p.frames[i].values);
        free(p.frames);
    }
    mel_files_close(mel);
    manifest_clear(&manifest);
    return status;
}

/* Whether an entry stands where it may: a clip's audio, then its variants in order, then its mel
 * frames, all with one genre and split; and no clip comes twice. `seen` has the ids so far. */
static bool is_in_place(const CacheEntry *entry, const CacheEntry *before, json_t *seen) {
    if (before && strcmp(entry->id, before->id) == 0)
        return strcmp(entry->dataset, before->dataset) == 0 &&
               strcmp(entry->genre, before->genre) == 0 &&
               strcmp(entry->split, before->split) == 0 && !before->from_mel &&
               entry->variant == (entry->from_mel ? 0 : before->variant + 1);
    const bool is_new = *entry->id && !json_object_get(seen, entry->id);
    json_object_set_new(seen, entry->id, json_true());
    return is_new && entry->variant == 0;
}

/* Numbers that no feature comes near, or none, spoil the layers that are fitted to them: the model
 * would be found to be unusable when its training is over. */
static GenreStatus check_frames(const CacheEntry *entry, size_t n_bands, GenreError *error) {
    static const float largest = 1e6f;
    const size_t n = (size_t)entry->n_frames * n_bands;
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        ok &= fabsf(entry->frames[i]) <= largest;
    return ok ? GENRE_SUCCESS
              : genre_fail(error, GENRE_ERR_FORMAT,
                           "its clip \"%.80s\" has frames that no sound has, of numbers beyond %g",
                           entry->id, (double)largest);
}

static GenreStatus list_entries(Cache *cache, const GenreTensorView *frames, GenreError *error) {
    const CacheEntry *before = NULL;
    json_t *seen = json_object();
    GenreStatus status = GENRE_SUCCESS;
    size_t row = 0;
    for (size_t i = 0; i < cache->n && !status; i++) {
        CacheEntry *entry = &cache->entries[i];
        entry->tags = "";
        if (json_unpack(json_array_get(cache->list, i), "{ssssssssss ss s?s sb s?i si}", "id",
                        &entry->id, "dataset", &entry->dataset, "genre", &entry->genre, "artist",
                        &entry->artist, "split", &entry->split, "audio", &entry->audio, "tags",
                        &entry->tags, "from_mel", &entry->from_mel, "variant", &entry->variant,
                        "n_frames", &entry->n_frames) != 0 ||
            entry->n_frames < 1 || row + (size_t)entry->n_frames > frames->shape[0] ||
            !is_in_place(entry, before, seen))
            status = genre_fail(error, GENRE_ERR_FORMAT, "its list of clips is malformed");
        entry->song = entry->id;
        entry->frames = (const float *)frames->data + row * frames->shape[1];
        row += (size_t)entry->n_frames;
        before = entry;
        if (!status)
            status = check_frames(entry, frames->shape[1], error);
    }
    json_decref(seen);
    return status;
}

/* Takes the clips without a genre out of those with one. */
static GenreStatus part_open(Cache *cache, GenreError *error) {
    size_t n = 0;
    cache->open = calloc(cache->n + 1, sizeof *cache->open);
    if (!cache->open)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < cache->n; i++) {
        const CacheEntry entry = cache->entries[i];
        if (*entry.tags)
            cache->open[cache->n_open++] = entry;
        else
            cache->entries[n++] = entry;
    }
    cache->n = n;
    return GENRE_SUCCESS;
}

static GenreStatus read_entries(Cache *cache, const GenreSafetensors *file, GenreError *error) {
    GenreTensorView frames;
    const GenreStatus status = genre_safetensors_tensor(file, "frames", &frames, error);
    if (status)
        return status;
    if (strcmp(frames.type, "F32") != 0 || frames.n_dims != 2 || (uintptr_t)frames.data % 4 != 0)
        return genre_fail(error, GENRE_ERR_FORMAT, "its frames are not F32 of (frames, bands)");
    GenreFeature *feature = genre_feature_new(cache->feature, error);
    if (!feature)
        return GENRE_ERR_FORMAT;
    cache->n_bands = genre_feature_size(feature);
    genre_feature_free(feature);
    if (frames.shape[1] != (size_t)cache->n_bands)
        return genre_fail(error, GENRE_ERR_FORMAT, "its frames are not those of its feature");
    cache->n = json_array_size(cache->list);
    cache->entries = calloc(cache->n + 1, sizeof *cache->entries);
    if (!cache->entries)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    const GenreStatus listed = list_entries(cache, &frames, error);
    return listed ? listed : part_open(cache, error);
}

static GenreStatus parse(Cache *cache, GenreError *error) {
    GenreSafetensors file;
    GenreStatus status = genre_safetensors_parse(&file, cache->bytes, cache->n_bytes, error);
    if (status)
        return status;
    const char *format = genre_safetensors_metadata(&file, "format");
    const char *feature = genre_safetensors_metadata(&file, "feature");
    const char *waveform = genre_safetensors_metadata(&file, "waveform");
    const char *clips = genre_safetensors_metadata(&file, "clips");
    cache->feature = feature ? json_loads(feature, 0, NULL) : NULL;
    cache->waveform = waveform ? json_loads(waveform, 0, NULL) : NULL;
    for (int of = MANIFEST_TAGS; of <= MANIFEST_OPEN; of++)
        if (genre_safetensors_metadata(&file, tags_mean[of]))
            cache->of = (ManifestOf)of;
    cache->list = clips ? json_loads(clips, 0, NULL) : NULL;
    cache->names = json_array();
    if (!format || strcmp(format, format_name) != 0 || !cache->feature || !cache->list)
        status = genre_fail(error, GENRE_ERR_FORMAT, "it is not a feature cache");
    else
        status = read_entries(cache, &file, error);
    genre_safetensors_clear(&file);
    return status;
}

GenreStatus cache_open(Cache *cache, const char *path, GenreError *error) {
    struct stat about;
    GenreError inner;
    *cache = (Cache){0};
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &about) != 0 || about.st_size == 0) {
        const int reason = fd < 0 ? errno : EINVAL;
        if (fd >= 0)
            close(fd);
        return genre_fail(error, GENRE_ERR_OPEN, "%s: %s", path, strerror(reason));
    }
    cache->n_bytes = (size_t)about.st_size;
    cache->bytes = mmap(NULL, cache->n_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (cache->bytes == MAP_FAILED) {
        cache->bytes = NULL;
        return genre_fail(error, GENRE_ERR_READ, "%s: %s", path, strerror(errno));
    }
    const GenreStatus status = parse(cache, &inner);
    if (status) {
        genre_fail(error, status, "%s: %s", path, inner.text);
        cache_close(cache);
    }
    return status;
}

void cache_close(Cache *cache) {
    if (cache->bytes)
        munmap(cache->bytes, cache->n_bytes);
    free(cache->entries);
    free(cache->open);
    json_decref(cache->feature);
    json_decref(cache->waveform);
    json_decref(cache->list);
    json_decref(cache->names);
    *cache = (Cache){0};
}

bool cache_fits(const Cache *cache, const Recipe *recipe) {
    const ManifestOf of = clips_of(recipe);
    const bool has_more = cache->of == MANIFEST_OPEN && of == MANIFEST_GENRES; /* which may wait */
    return json_equal(cache->feature, recipe->feature) && (cache->of == of || has_more) &&
           (cache->waveform || recipe->waveform.variants > 0
                ? json_equal(cache->waveform, recipe->waveform.json)
                : true);
}

bool cache_is_one(const char *path) {
    const size_t n = strlen(path);
    static const char ending[] = ".safetensors";
    return n >= sizeof ending && strcmp(path + n - sizeof ending + 1, ending) == 0;
}
