#include "app/app.h"
#include "app/cli.h"

#ifndef GENRE_WITH_LIVE
static int not_built(int argc, char **argv) {
    (void)argc;
    genre_complain("this build is without PortAudio, so there is no \"%s\"", argv[0]);
    return GENRE_EXIT_FAILED;
}
#define genre_app_live not_built
#define genre_app_devices not_built
#define genre_app_capture not_built
#endif

static const GenreCommand commands[] = {
    {"live", genre_app_live, "say the genre of what a microphone or line input hears"},
    {"devices", genre_app_devices, "list the audio inputs"},
    {"file", genre_app_file, "say the genre of sound files and folders of them"},
    {"model", genre_app_model, "show what a model knows and where it comes from"},
    {"bench", genre_app_bench, "measure speed and memory on this machine"},
    {"capture", genre_app_capture, NULL},
};

static const GenreProgram program = {
    .name = "genrecast",
    .about = "Genrecast listens to music as it plays and says which genre it hears.",
    .examples = "  genrecast live --osc osc.udp://127.0.0.1:9000\n"
                "  genrecast file song.mp3\n"
                "  genrecast file --json ~/Music > genres.jsonl\n",
    .commands = commands,
    .n_commands = sizeof commands / sizeof *commands,
};

int main(int argc, char **argv) {
    return genre_run_program(&program, argc, argv);
}
