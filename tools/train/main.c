/* genrecast-train: makes models and tells how good they are. */
#include "app/cli.h"
#include "command/commands.h"
#include "learn/blas.h"

static const GenreCommand commands[] = {
    {"prepare", command_prepare, "compute the features of labelled clips into a cache"},
    {"train", command_train, "train a model as a recipe says"},
    {"eval", command_eval, "score a model on labelled clips"},
    {"export", command_export, "write a model's weights for PyTorch"},
    {"import", command_import, "make a model of weights from PyTorch"},
    {"quantise", command_quantise, "round a model's weights to 8 bits"},
    {"augment", command_augment, "write what a recipe's changes to sound sound like"},
    {"degrade", command_degrade, "write clips as they sound in a room, in noise, ..."},
    {"not-music", command_not_music, "make clips of speech, noise and the like"},
    {"made-music", command_made_music, "make up clips of music in many genres"},
    {"report", command_report, "write the report of a run, with pictures"},
    {"show", command_show, "draw pictures of a song"},
    {"beats", command_beats, "find the beats of a song, or score them"},
    {"bench", command_bench, "measure training speed on this machine"},
};

static const GenreProgram program = {
    .name = "genrecast-train",
    .about = "Trains Genrecast's models and measures them.",
    .examples = "  genrecast-train train models/recipes/live.json ~/genres -o mine.safetensors\n"
                "  genrecast live --model mine.safetensors\n",
    .commands = commands,
    .n_commands = sizeof commands / sizeof *commands,
};

int main(int argc, char **argv) {
    blas_prepare(argv);
    return genre_run_program(&program, argc, argv);
}
