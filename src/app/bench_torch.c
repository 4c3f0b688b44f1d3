/* The LSTM step by PyTorch, where a python3 has it: in a process of its own, so that nothing of it
 * is linked or loaded here. */
#include <stdio.h>
#include <string.h>

#include "app/bench.h"

/* Prints the version, and for each pair of n_in and units the median and the least time of a step
 * in seconds: one stream, one thread, no gradients, the state carried on. */
static const char script[] =
    "import sys, time, torch\n"
    "torch.set_num_threads(1)\n"
    "budget, shapes = float(sys.argv[1]), list(map(int, sys.argv[2:]))\n"
    "print(torch.__version__)\n"
    "with torch.no_grad():\n"
    "    for n_in, units in zip(shapes[::2], shapes[1::2]):\n"
    "        lstm, x = torch.nn.LSTM(n_in, units), torch.randn(1, 1, n_in)\n"
    "        state, times = None, []\n"
    "        end = time.process_time() + budget\n"
    "        while len(times) < 7 or time.process_time() < end:\n"
    "            start = time.process_time()\n"
    "            for _ in range(100):\n"
    "                _, state = lstm(x, state)\n"
    "            times.append((time.process_time() - start) / 100)\n"
    "        times = sorted(times[len(times) // 4:])\n"
    "        print(times[len(times) // 2], times[0])\n";

bool genre_bench_torch(const int (*shapes)[2], int n_shapes, double budget_s, GenreTiming *timings,
                       char version[32]) {
    char command[sizeof script + 400], arguments[200] = "";
    for (int i = 0; i < n_shapes; i++)
        snprintf(arguments + strlen(arguments), sizeof arguments - strlen(arguments), " %d %d",
                 shapes[i][0], shapes[i][1]);
    snprintf(command, sizeof command,
             "export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1; "
             "for p in /usr/bin/python3 python3; do \"$p\" - %g%s 2>/dev/null && break; "
             "done <<'EOF'\n%s\nEOF",
             budget_s, arguments, script);
    FILE *out = popen(command, "r");
    if (!out)
        return false;
    bool ok = fscanf(out, "%31s", version) == 1;
    for (int i = 0; ok && i < n_shapes; i++)
        ok = fscanf(out, "%lf %lf", &timings[i].median_s, &timings[i].minimum_s) == 2;
    pclose(out);
    return ok;
}
