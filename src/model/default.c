/* The default model: models/default.safetensors, turned into an array by tools/embed.c. Apart from
 * model.c so that the trainer, which makes that file, can be linked without it. */
#include "genrecast.h"

extern const unsigned char genre_default_model_bytes[];
extern const size_t genre_default_model_size;

GenreModel *genre_model_default(GenreError *error) {
    return genre_model_parse(genre_default_model_bytes, genre_default_model_size, error);
}
