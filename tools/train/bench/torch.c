#include "bench/torch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern const unsigned char bench_torch_script_bytes[];
extern const size_t bench_torch_script_size;

/* The first python3 that has PyTorch runs the script, $0. */
static const char command[] = "for p in /usr/bin/python3 python3; do "
                              "\"$p\" -c 'import sys; from importlib.util import find_spec; "
                              "sys.exit(not find_spec(\"torch\"))' "
                              "&& exec \"$p\" -c \"$0\"; done 2>/dev/null";

/* Its standard input and output are ends of pipes here. */
static bool start_process(BenchTorch *torch) {
    char *script = calloc(bench_torch_script_size + 1, 1);
    int to[2] = {-1, -1}, from[2] = {-1, -1};
    if (!script || pipe(to) || pipe(from)) {
        for (int i = 0; i < 2; i++)
            if (to[i] >= 0)
                close(to[i]);
        free(script);
        return false;
    }
    memcpy(script, bench_torch_script_bytes, bench_torch_script_size);
    torch->process = fork();
    if (torch->process == 0) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        for (int i = 0; i < 2; i++)
            close(to[i]), close(from[i]);
        execl("/bin/sh", "sh", "-c", command, script, (char *)NULL);
        _exit(127);
    }
    free(script);
    close(to[0]), close(from[1]);
    torch->to = fdopen(to[1], "w");
    torch->from = fdopen(from[0], "r");
    return torch->process > 0 && torch->to && torch->from;
}

/* Whether the script's step is this learner's, but for layers, of which it will tell. */
static bool imitates(const Learner *learner) {
    const Recipe *recipe = learner->task.recipe;
    return recipe->optimizer == OPTIM_ADAMW && !recipe->independent &&
           !learner->task.label_weights && !learner->penalty.any;
}

static json_t *describe(const Learner *learner, int n_threads) {
    const ShardTask *task = &learner->task;
    const Recipe *recipe = task->recipe;
    const Batch *batch = &learner->shards[0].batch;
    json_t *times = json_array();
    for (int k = 0; k < task->n_times; k++)
        json_array_append_new(times, json_integer(task->times[k]));
    return json_pack("{sosisisisisisisIsosfsfsfsfsf}", "layers",
                     recipe_layers(recipe, batch->n_labels), "threads", n_threads, "batch",
                     recipe->batch, "streams", batch->n_streams, "frames", batch->n_frames, "bands",
                     batch->n_bands, "labels", batch->n_labels, "weights",
                     (json_int_t)task->model->net->n_weights, "times", times, "learning_rate",
                     recipe->schedule.learning_rate, "weight_decay", recipe->weight_decay,
                     "label_smoothing", recipe->label_smoothing, "clip_norm", recipe->clip_norm,
                     "weight_average", recipe->weight_average);
}

bool bench_torch_start(BenchTorch *torch, const Learner *learner, int n_threads) {
    const GenreNet *net = learner->task.model->net;
    const Batch *batch = &learner->shards[0].batch;
    *torch = (BenchTorch){0};
    if (!imitates(learner) || !start_process(torch))
        return false;
    json_t *setup = describe(learner, n_threads);
    json_dumpf(setup, torch->to, JSON_COMPACT);
    json_decref(setup);
    putc('\n', torch->to);
    fwrite(net->weights, sizeof(float), net->n_weights, torch->to);
    fwrite(batch->x, sizeof(float), (size_t)batch->n_frames * batch->n_streams * batch->n_bands,
           torch->to);
    fflush(torch->to);
    return fscanf(torch->from, "%31s %lf %lf", torch->version, &torch->loss, &torch->norm) == 3;
}

void bench_torch_stop(BenchTorch *torch) {
    if (torch->to)
        fclose(torch->to);
    if (torch->from)
        fclose(torch->from);
    if (torch->process > 0)
        waitpid(torch->process, NULL, 0);
    *torch = (BenchTorch){0};
}

double bench_torch_steps(BenchTorch *torch, int n_steps) {
    double ms = 0;
    fprintf(torch->to, "%d\n", n_steps);
    fflush(torch->to);
    return fscanf(torch->from, "%lf", &ms) == 1 ? ms : 0;
}
