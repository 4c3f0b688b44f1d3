/* Stands in for show.c in a build without cairo. */
#include "app/app.h"
#include "app/cli.h"
#include "command/commands.h"

int command_show(int argc, char **argv) {
    (void)argc, (void)argv;
    genre_complain("show: this genrecast-train was built without cairo, which draws the pictures");
    return GENRE_EXIT_FAILED;
}
