#include "model/safetensors.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "status.h"

enum { MAX_HEADER = 16 << 20, PREFIX = 8 };

static size_t type_bytes(const char *type) {
    static const struct {
        const char *name;
        size_t bytes;
    } types[] = {{"F64", 8},  {"I64", 8}, {"F32", 4}, {"I32", 4}, {"F16", 2},
                 {"BF16", 2}, {"I16", 2}, {"I8", 1},  {"U8", 1},  {"BOOL", 1}};
    for (size_t i = 0; type && i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, type) == 0)
            return types[i].bytes;
    return 0;
}

static size_t non_negative(const json_t *json, size_t limit, bool *ok) {
    const json_int_t value = json_integer_value(json);
    if (!json_is_integer(json) || value < 0 || (uint64_t)value > limit) {
        *ok = false;
        return 0;
    }
    return (size_t)value;
}

static GenreStatus read_tensor(const GenreSafetensors *file, const char *name, const json_t *entry,
                               GenreTensorView *view, GenreError *error) {
    const char *type = json_string_value(json_object_get(entry, "dtype"));
    const json_t *shape = json_object_get(entry, "shape");
    const json_t *offsets = json_object_get(entry, "data_offsets");
    const size_t n_dims = json_array_size(shape);
    size_t bytes = type_bytes(type);
    bool ok = true;
    if (bytes == 0)
        return genre_fail(error, GENRE_ERR_FORMAT, "tensor \"%.60s\" has no known data type", name);
    if (!json_is_array(shape) || n_dims > GENRE_MAX_DIMS)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "tensor \"%.60s\" has no shape of at most %d dimensions", name,
                          GENRE_MAX_DIMS);
    *view = (GenreTensorView){.n_dims = (int)n_dims};
    snprintf(view->type, sizeof view->type, "%s", type);
    for (size_t i = 0; i < n_dims; i++) {
        view->shape[i] = non_negative(json_array_get(shape, i), file->n_data, &ok);
        if (view->shape[i] && bytes > file->n_data / view->shape[i])
            ok = false;
        bytes *= view->shape[i];
    }
    const size_t begin = non_negative(json_array_get(offsets, 0), file->n_data, &ok);
    const size_t end = non_negative(json_array_get(offsets, 1), file->n_data, &ok);
    if (!ok || json_array_size(offsets) != 2 || begin > end)
        return genre_fail(error, GENRE_ERR_FORMAT, "tensor \"%.60s\" lies outside of the file",
                          name);
    if (end - begin != bytes)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "tensor \"%.60s\": its shape takes %zu bytes, its place in the file %zu",
                          name, bytes, end - begin);
    view->data = file->data + begin;
    view->n_bytes = bytes;
    return GENRE_SUCCESS;
}

static int by_place(const void *a, const void *b) {
    const GenreTensorView *const *left = a, *const *right = b;
    const char *const l = (*left)->data, *const r = (*right)->data;
    return l != r ? (l > r) - (l < r)
                  : ((*left)->n_bytes > (*right)->n_bytes) - ((*left)->n_bytes < (*right)->n_bytes);
}

/* Tensors must fill the data from end to end: bytes that belong to none, or to two, mean that the
 * header lies. */
static GenreStatus check_tensors(const GenreSafetensors *file, GenreError *error) {
    const size_t n = json_object_size(file->header);
    GenreTensorView *views = calloc(n + 1, sizeof *views);
    GenreTensorView **order = calloc(n + 1, sizeof *order);
    GenreStatus status = GENRE_SUCCESS;
    size_t i = 0;
    const char *name;
    json_t *entry;
    if (!views || !order)
        status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    else
        json_object_foreach(file->header, name, entry) {
            if (strcmp(name, "__metadata__") == 0)
                continue;
            order[i] = &views[i];
            status = read_tensor(file, name, entry, &views[i++], error);
            if (status)
                break;
        }
    if (!status) {
        qsort(order, i, sizeof *order, by_place);
        const unsigned char *next = file->data;
        for (size_t k = 0; k < i && !status; k++) {
            if (order[k]->data != (const void *)next)
                status = genre_fail(error, GENRE_ERR_FORMAT, "tensors overlap or leave gaps");
            next += order[k]->n_bytes;
        }
        if (!status && next != file->data + file->n_data)
            status = genre_fail(error, GENRE_ERR_FORMAT, "%zu bytes at its end belong to no tensor",
                                (size_t)(file->data + file->n_data - next));
    }
    free(order);
    free(views);
    return status;
}

static GenreStatus check_metadata(const json_t *metadata, GenreError *error) {
    const char *key;
    json_t *value;
    if (metadata && !json_is_object(metadata))
        return genre_fail(error, GENRE_ERR_FORMAT, "its __metadata__ is not an object");
    json_object_foreach((json_t *)metadata, key, value) {
        if (!json_is_string(value))
            return genre_fail(error, GENRE_ERR_FORMAT, "its metadata \"%.40s\" is not a string",
                              key);
    }
    return GENRE_SUCCESS;
}

GenreStatus genre_safetensors_parse(GenreSafetensors *file, const void *bytes, size_t n_bytes,
                                    GenreError *error) {
    const unsigned char *const in = bytes;
    uint64_t n_header = 0;
    *file = (GenreSafetensors){0};
    if (n_bytes < PREFIX)
        return genre_fail(error, GENRE_ERR_FORMAT, "it is too short to be a safetensors file");
    for (int i = PREFIX - 1; i >= 0; i--)
        n_header = n_header << 8 | in[i];
    if (n_header > MAX_HEADER || n_header > n_bytes - PREFIX)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "it is cut off, or not a safetensors file: its header would take %llu "
                          "bytes",
                          (unsigned long long)n_header);
    json_error_t json_error;
    file->header = json_loadb((const char *)in + PREFIX, (size_t)n_header, JSON_REJECT_DUPLICATES,
                              &json_error);
    if (!json_is_object(file->header)) {
        const bool parsed = file->header != NULL;
        genre_safetensors_clear(file);
        if (parsed)
            return genre_fail(error, GENRE_ERR_FORMAT, "its header is JSON, but no object");
        if (!*json_error.text || json_error_code(&json_error) == json_error_out_of_memory)
            return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        return genre_fail(error, GENRE_ERR_FORMAT, "its header is not JSON: %s", json_error.text);
    }
    file->data = in + PREFIX + n_header;
    file->n_data = n_bytes - PREFIX - (size_t)n_header;
    GenreStatus status = check_metadata(json_object_get(file->header, "__metadata__"), error);
    if (!status)
        status = check_tensors(file, error);
    if (status)
        genre_safetensors_clear(file);
    return status;
}

void genre_safetensors_clear(GenreSafetensors *file) {
    json_decref(file->header);
    *file = (GenreSafetensors){0};
}

GenreStatus genre_safetensors_tensor(const GenreSafetensors *file, const char *name,
                                     GenreTensorView *view, GenreError *error) {
    const json_t *entry = json_object_get(file->header, name);
    if (!entry)
        return genre_fail(error, GENRE_ERR_FORMAT, "tensor \"%.60s\" is missing", name);
    return read_tensor(file, name, entry, view, error);
}

const char *genre_safetensors_metadata(const GenreSafetensors *file, const char *key) {
    return json_string_value(json_object_get(json_object_get(file->header, "__metadata__"), key));
}

static json_t *make_header(const json_t *metadata, const GenreTensorSource *tensors, size_t n) {
    json_t *header = json_pack("{sO}", "__metadata__", metadata);
    size_t offset = 0;
    for (size_t i = 0; i < n; i++) {
        json_t *shape = json_array();
        for (int d = 0; d < tensors[i].n_dims; d++)
            json_array_append_new(shape, json_integer((json_int_t)tensors[i].shape[d]));
        json_object_set_new(header, tensors[i].name,
                            json_pack("{sssos[II]}", "dtype", tensors[i].type, "shape", shape,
                                      "data_offsets", (json_int_t)offset,
                                      (json_int_t)(offset + tensors[i].n_bytes)));
        offset += tensors[i].n_bytes;
    }
    return header;
}

static bool write_all(FILE *out, const char *header, const GenreTensorSource *tensors, size_t n) {
    /* Blanks after the JSON put the data on an 8-byte boundary, as the format recommends. */
    const size_t n_json = strlen(header), n_header = (n_json + 7) / 8 * 8;
    unsigned char prefix[PREFIX];
    for (int i = 0; i < PREFIX; i++)
        prefix[i] = (unsigned char)((uint64_t)n_header >> (8 * i));
    bool ok = fwrite(prefix, 1, PREFIX, out) == PREFIX && fwrite(header, 1, n_json, out) == n_json;
    for (size_t i = n_json; i < n_header; i++)
        ok = ok && fputc(' ', out) != EOF;
    for (size_t i = 0; i < n; i++) {
        const GenreTensorPiece whole = {tensors[i].data, tensors[i].n_bytes};
        const GenreTensorPiece *pieces = tensors[i].n_pieces ? tensors[i].pieces : &whole;
        const size_t n_pieces = tensors[i].n_pieces ? tensors[i].n_pieces : 1;
        for (size_t p = 0; p < n_pieces; p++)
            ok = ok && fwrite(pieces[p].data, 1, pieces[p].n_bytes, out) == pieces[p].n_bytes;
    }
    return fflush(out) == 0 && ok && fsync(fileno(out)) == 0;
}

GenreStatus genre_safetensors_write(const char *path, const json_t *metadata,
                                    const GenreTensorSource *tensors, size_t n, GenreError *error) {
    json_t *header = make_header(metadata, tensors, n);
    char *text = header ? json_dumps(header, JSON_COMPACT) : NULL;
    char *partial = malloc(strlen(path) + sizeof ".partial");
    GenreStatus status = GENRE_SUCCESS;
    json_decref(header);
    if (!text || !partial) {
        status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    } else {
        strcat(strcpy(partial, path), ".partial");
        FILE *out = fopen(partial, "wb");
        const bool written = out && write_all(out, text, tensors, n);
        int reason = errno;
        if ((out && fclose(out) != 0) || !written || rename(partial, path) != 0) {
            if (written)
                reason = errno;
            status = genre_fail(error, GENRE_ERR_WRITE, "%s cannot be written: %s", path,
                                strerror(reason));
            if (out)
                remove(partial);
        }
    }
    free(partial);
    free(text);
    return status;
}

void *genre_read_file(const char *path, size_t limit, size_t *size, GenreError *error) {
    FILE *in = fopen(path, "rb");
    if (!in) {
        genre_fail(error, GENRE_ERR_OPEN, "%s: %s", path, strerror(errno));
        return NULL;
    }
    /* Grows as it reads: what a pipe or device reports as its size is worth nothing. */
    unsigned char *bytes = NULL;
    size_t n = 0, room = 0;
    GenreStatus status = GENRE_SUCCESS;
    for (size_t got = 1; got > 0 && !status;) {
        if (n == room) {
            room = room ? 2 * room : 1 << 16;
            void *larger = realloc(bytes, room);
            if (!larger) {
                status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
                break;
            }
            bytes = larger;
        }
        got = fread(bytes + n, 1, room - n, in);
        n += got;
        if (n > limit)
            status = genre_fail(error, GENRE_ERR_FORMAT, "%s: larger than %zu bytes", path, limit);
    }
    if (!status && ferror(in))
        status = genre_fail(error, GENRE_ERR_READ, "%s: %s", path, strerror(errno));
    fclose(in);
    if (status) {
        free(bytes);
        return NULL;
    }
    bytes[n] = '\0'; /* there is room, as the last read found none of what it had room for */
    *size = n;
    return bytes;
}
