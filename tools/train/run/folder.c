#include "run/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/whole_file.h"
#include "status.h"

static GenreStatus make_folder(const char *path, GenreError *error) {
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return genre_fail(error, GENRE_ERR_WRITE, "%s cannot be made: %s", path, strerror(errno));
    return GENRE_SUCCESS;
}

/* Whether a job's file is called so, of its members' too: checkpoint.NAME and log.NAME.csv. */
static bool is_left_by_job(const char *name) {
    static const char *const names[] = {"model.safetensors", "teacher.safetensors", "checkpoint",
                                        "log.csv",           "report.txt",          "report.json"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    const char *ending = strrchr(name, '.');
    return strncmp(name, "checkpoint.", 11) == 0 ||
           (strncmp(name, "log.", 4) == 0 && strcmp(ending, ".csv") == 0);
}

/* Takes away what a job leaves in a folder, and the folder if nothing else is in it. */
static void remove_job(const char *folder) {
    DIR *all = opendir(folder);
    for (struct dirent *entry; all && (entry = readdir(all));) {
        char *path = is_left_by_job(entry->d_name) ? path_in(folder, entry->d_name) : NULL;
        if (path)
            remove(path);
        free(path);
    }
    if (all)
        closedir(all);
    rmdir(folder);
}

/* Whether a folder is called as jobs' are: what else lies in a run's folder is not ours. */
static bool is_job_name(const char *name) {
    const char *seed = strstr(name, "-seed");
    return seed && seed > name && seed[5] && !seed[5 + strspn(seed + 5, "0123456789")];
}

static void remove_jobs(const char *folder) {
    DIR *all = opendir(folder);
    for (struct dirent *entry; all && (entry = readdir(all));) {
        char *path = is_job_name(entry->d_name) ? path_in(folder, entry->d_name) : NULL;
        struct stat about;
        if (path && stat(path, &about) == 0 && S_ISDIR(about.st_mode))
            remove_job(path);
        free(path);
    }
    if (all)
        closedir(all);
}

static GenreStatus write_recipe(const char *path, const json_t *recipe, GenreError *error) {
    char *text = json_dumps(recipe, JSON_INDENT(2) | JSON_REAL_PRECISION(10));
    const GenreStatus status = text ? whole_file_write(path, text, error)
                                    : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    free(text);
    return status;
}

/* What may be done with a folder that holds a run already. */
static GenreStatus check(const char *folder, const char *path, const json_t *recipe, bool resume,
                         GenreError *error) {
    if (!resume)
        return genre_fail(error, GENRE_ERR_BAD_ARG,
                          "%s holds a run: --resume goes on with it, --restart throws it away",
                          folder);
    json_error_t json_error;
    json_t *before = json_load_file(path, JSON_REJECT_DUPLICATES, &json_error);
    GenreStatus status = GENRE_SUCCESS;
    if (!before)
        status = genre_fail(error, GENRE_ERR_FORMAT, "%s: %s", path, json_error.text);
    else if (!json_equal(before, recipe))
        status = genre_fail(error, GENRE_ERR_BAD_ARG,
                            "%s is another recipe: --restart throws its run away", path);
    json_decref(before);
    return status;
}

GenreStatus run_folder_open(const char *folder, const json_t *recipe, bool resume, bool restart,
                            GenreError *error) {
    char *path = path_in(folder, "recipe.json");
    GenreStatus status =
        path ? make_folder(folder, error) : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    if (!status && access(path, F_OK) == 0) {
        if (!restart)
            status = check(folder, path, recipe, resume, error);
        else
            remove_jobs(folder);
    }
    if (!status)
        status = write_recipe(path, recipe, error);
    free(path);
    return status;
}

char *run_folder_of_job(const char *folder, const char *name, GenreError *error) {
    char *path = path_in(folder, name);
    if (!path)
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    if (path && make_folder(path, error)) {
        free(path);
        path = NULL;
    }
    return path;
}
