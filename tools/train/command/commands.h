/* The commands of genrecast-train; each takes the command line from its own name on and returns
 * the exit code (app/app.h). */
#ifndef GENRE_TRAIN_COMMANDS_H
#define GENRE_TRAIN_COMMANDS_H

int command_prepare(int argc, char **argv);
int command_train(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_augment(int argc, char **argv);
int command_export(int argc, char **argv);
int command_import(int argc, char **argv);
int command_quantise(int argc, char **argv);
int command_degrade(int argc, char **argv);
int command_not_music(int argc, char **argv);
int command_made_music(int argc, char **argv);
int command_report(int argc, char **argv);
int command_show(int argc, char **argv);
int command_beats(int argc, char **argv);
int command_bench(int argc, char **argv);

#endif
