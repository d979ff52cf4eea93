/* SPDX-License-Identifier: BSD-3-Clause
 * usage: measure TIMES[/CODE] COMMAND... [-- COMMAND...]...
 * Runs the commands in turn, so many times, their output thrown away, so that a slow moment of the host meets them all.
 * Prints a line for each: shortest and median wall time, shortest processor time (seconds, all threads), and the
 * largest resident set (KiB). Fails with a command's exit code, if that is greater than CODE (0): a comparison that
 * finds a difference has done its work. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS_MAX = 8, TIMES_MAX = 100 };

struct command {
    char **argv;
    double wall[TIMES_MAX];
    double cpu;
    long peak;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static int run(char **argv, struct rusage *usage)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
            _exit(126);
        execvp(argv[0], argv);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, usage) < 0)
        return 126;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int measure(struct command *command, int i)
{
    struct rusage usage = {0};
    double start = now();
    int code = run(command->argv, &usage);
    command->wall[i] = now() - start;
    double cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    if (i == 0 || cpu < command->cpu)
        command->cpu = cpu;
    if (usage.ru_maxrss > command->peak)
        command->peak = usage.ru_maxrss;
    return code;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int split(char **argv, struct command *commands)
{
    int count = 1;
    commands[0].argv = argv;
    for (char **word = argv; *word; word++)
        if (!strcmp(*word, "--") && count < COMMANDS_MAX) {
            *word = NULL;
            commands[count++].argv = word + 1;
        }
    return count;
}

int main(int argc, char **argv)
{
    static struct command commands[COMMANDS_MAX];
    int times = argc > 2 ? atoi(argv[1]) : 0;
    const char *slash = argc > 2 ? strchr(argv[1], '/') : NULL;
    int most = slash ? atoi(slash + 1) : 0;
    if (times < 1 || times > TIMES_MAX) {
        fputs("usage: measure TIMES[/CODE] COMMAND... [-- COMMAND...]...\n", stderr);
        return 2;
    }
    int count = split(argv + 2, commands);
    for (int i = 0; i < times; i++)
        for (int k = 0; k < count; k++) {
            int code = measure(&commands[k], i);
            if (code > most)
                return code;
        }
    for (int k = 0; k < count; k++) {
        struct command *c = &commands[k];
        qsort(c->wall, (size_t)times, sizeof c->wall[0], by_value);
        printf("%.6f %.6f %.6f %ld\n", c->wall[0], (c->wall[(times - 1) / 2] + c->wall[times / 2]) / 2, c->cpu,
               c->peak);
    }
    return 0;
}
