#include "eval/groups.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A clip that has a name in common with others. */
typedef struct {
    const char *name;
    bool is_artist;
    size_t clip;
} Named;

static int compare_names(const Named *l, const Named *r) {
    if (l->is_artist != r->is_artist)
        return l->is_artist - r->is_artist;
    return (l->is_artist ? strcasecmp : strcmp)(l->name, r->name);
}

static int by_name(const void *a, const void *b) {
    const Named *l = a, *r = b;
    const int names = compare_names(l, r);
    return names ? names : (l->clip > r->clip) - (l->clip < r->clip);
}

int groups_by_song(const EvaluateClip *clips, size_t n, int *song_of) {
    Named *named = calloc(n + 1, sizeof *named);
    size_t n_named = 0;
    int n_songs = 0;
    if (!named)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (song_of[i] < 0)
            continue;
        if (clips[i].song)
            named[n_named++] = (Named){.name = clips[i].song, .clip = i};
        else
            song_of[i] = n_songs++;
    }
    qsort(named, n_named, sizeof *named, by_name);
    for (size_t i = 0; i < n_named; i++) {
        int found = -1;
        for (size_t k = i; found < 0 && k-- > 0 && compare_names(&named[k], &named[i]) == 0;)
            if (clips[named[k].clip].label == clips[named[i].clip].label &&
                clips[named[k].clip].labels == clips[named[i].clip].labels)
                found = song_of[named[k].clip];
        song_of[named[i].clip] = found < 0 ? n_songs++ : found;
    }
    free(named);
    return n_songs;
}

int groups_by_artist(const EvaluateClip *clips, size_t n, int *group_of, int *n_artists) {
    Named *named = calloc(n + 1, sizeof *named);
    size_t n_named = 0;
    int n_groups = 0;
    *n_artists = 0;
    if (!named)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const bool has_artist = clips[i].artist && *clips[i].artist;
        if (group_of[i] < 0)
            continue;
        if (has_artist || clips[i].song)
            named[n_named++] = (Named){.name = has_artist ? clips[i].artist : clips[i].song,
                                       .is_artist = has_artist,
                                       .clip = i};
        else
            group_of[i] = n_groups++;
    }
    qsort(named, n_named, sizeof *named, by_name);
    for (size_t i = 0; i < n_named; i++) {
        const bool is_new = i == 0 || compare_names(&named[i - 1], &named[i]) != 0;
        n_groups += is_new;
        *n_artists += is_new && named[i].is_artist;
        group_of[named[i].clip] = n_groups - 1;
    }
    free(named);
    return n_groups;
}
