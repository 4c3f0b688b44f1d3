#include "app/app.h"
#include "app/cli.h"

int genre_app_file(int argc, char **argv) {
    (void)argc, (void)argv;
    genre_complain("not there yet");
    return GENRE_EXIT_FAILED;
}
