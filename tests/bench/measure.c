/* SPDX-License-Identifier: BSD-3-Clause
 * usage: measure TIMES COMMAND...
 * Runs the command so many times, its output thrown away, and prints "SECONDS KILOBYTES": the shortest wall time and
 * the largest resident set. The exit code is the command's last one. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
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

int main(int argc, char **argv)
{
    int times = argc > 2 ? atoi(argv[1]) : 0, code = 2;
    double best = 1e9;
    long peak = 0;
    for (int i = 0; i < times; i++) {
        struct rusage usage = {0};
        double start = now();
        code = run(argv + 2, &usage);
        double seconds = now() - start;
        best = seconds < best ? seconds : best;
        peak = usage.ru_maxrss > peak ? usage.ru_maxrss : peak;
    }
    printf("%.6f %ld\n", best, peak);
    return code;
}
