/* SPDX-License-Identifier: BSD-3-Clause
 * The program `lockstep`: does the verbs about itself, hands over to lockstep-emu or lockstep-diff for the others. */
#include "cli/cli.h"
#include "cli/exports.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

static int run_help(const struct cli *cli)
{
    if (!cli->operand_count) {
        help_print_list(stdout);
        return EXIT_OK;
    }
    const struct cli_verb *verb = cli_verb_find(cli->operands[0]);
    if (!verb) {
        struct err err;
        const char *near = cli_verb_suggest(cli->operands[0]);
        err_set(&err, "no verb %s%s%s%s", cli->operands[0], near ? " (did you mean " : "", near ? near : "",
                near ? "?)" : "");
        return cli_fail(cli, EXIT_USAGE, &err);
    }
    help_print_verb(stdout, verb);
    return EXIT_OK;
}

static int run_completion(const struct cli *cli)
{
    struct err err;
    if (strcmp(cli->operands[0], "bash") != 0) {
        err_set(&err, "%s: only bash is known", cli->operands[0]);
        return cli_fail(cli, EXIT_USAGE, &err);
    }
    help_print_bash(stdout);
    return EXIT_OK;
}

static int run_man(const struct cli *cli)
{
    (void)cli;
    help_print_man(stdout);
    return EXIT_OK;
}

static const struct cli_command commands[] = {
    {"help", run_help},
    {"exports", exports_run},
    {"completion", run_completion},
    {"man", run_man},
};

/* The folder of this program's own file. */
static bool own_folder(char *path, size_t capacity, struct err *err)
{
    ssize_t length = readlink("/proc/self/exe", path, capacity - 1);
    if (length < 0)
        return err_set(err, "cannot read /proc/self/exe: %s", strerror(errno));
    path[length] = 0;
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = 0;
    return true;
}

/* Huge pages for what malloc gives: taking memory page by page costs a question more than half of its time on hosts
 * where a page fault is dear (virtual machines without tables of their own). No other C library reads this; a user's
 * own choice stays. [glibc manual, Memory Allocation Tunables] */
static void choose_pages(void)
{
    setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 0);
}

/* Runs lockstep-PROGRAM, beside this program or where `make install` puts it. Returns only on failure. */
static bool hand_over(const char *program, char **argv, struct err *err)
{
    static const char *const places[] = {"", "/../libexec/lockstep"};
    char folder[PATH_MAX], path[PATH_MAX + 64];
    if (!own_folder(folder, sizeof folder, err))
        return false;
    for (size_t i = 0; i < countof(places); i++) {
        snprintf(path, sizeof path, "%s%s/lockstep-%s", folder, places[i], program);
        if (access(path, X_OK))
            continue;
        argv[0] = path;
        choose_pages();
        execv(path, argv);
        return err_set(err, "cannot run %s: %s", path, strerror(errno));
    }
    return err_set(err, "there is no lockstep-%s beside %s/lockstep: `make` builds it", program, folder);
}

/* Bad usage and --help are found here, so that they are the same whichever programs are built. */
static int run_elsewhere(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli cli = {.verb = verb};
    struct err err = {0};
    if (!cli_parse(&cli, argc - 1, argv + 1, &err))
        return cli_fail(&cli, EXIT_USAGE, &err);
    hand_over(verb->program, argv, &err);
    return cli_fail(&cli, EXIT_HOST_ERROR, &err);
}

static int usage(const char *word)
{
    const char *near = cli_verb_suggest(word);
    fprintf(stderr, "lockstep: no verb %s", word);
    if (near)
        fprintf(stderr, " (did you mean %s?)", near);
    fputs("; lockstep --help lists them\n", stderr);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        help_print_list(stderr);
        return EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
        argv[1] = "help";
    if (!strcmp(argv[1], "--version")) {
        printf("lockstep %s\n", version_build());
        return fflush(stdout) ? EXIT_HOST_ERROR : EXIT_OK;
    }
    const struct cli_verb *verb = cli_verb_find(argv[1]);
    if (!verb)
        return usage(argv[1]);
    if (strcmp(verb->program, "cli") != 0)
        return run_elsewhere(verb, argc, argv);
    return cli_main(argc, argv, commands, countof(commands));
}
