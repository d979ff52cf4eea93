/* SPDX-License-Identifier: BSD-3-Clause
 * The parser of command lines, and the main function that the programs share. */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

static bool find_option(const struct cli_verb *verb, const char *name, size_t length, u32 *place)
{
    for (u32 i = 0; i < verb->option_count; i++) {
        const char *n = verb->options[i].name;
        if (strlen(n) == length && !memcmp(n, name, length)) {
            *place = i;
            return true;
        }
    }
    return false;
}

static bool find_letter(const struct cli_verb *verb, char letter, u32 *place)
{
    for (u32 i = 0; i < verb->option_count; i++) {
        if (verb->options[i].letter == letter) {
            *place = i;
            return true;
        }
    }
    return false;
}

static bool give(struct cli *cli, u32 place, const char *value, struct err *err)
{
    if (cli->given_count == CLI_GIVEN_MAX)
        return err_set(err, "more than %d options", CLI_GIVEN_MAX);
    cli->values[place] = value;
    cli->given[cli->given_count] = place;
    cli->given_values[cli->given_count++] = value;
    return true;
}

/* Gives the option at `place`; its value is `attached`, or the next word. */
static bool take_option(struct cli *cli, u32 place, const char *attached, char ***argv, struct err *err)
{
    const struct cli_option *o = &cli->verb->options[place];
    if (!o->argument)
        return attached ? err_set(err, "--%s takes no value", o->name) : give(cli, place, "", err);
    if (!attached && !**argv)
        return err_set(err, "--%s needs a value: --%s %s", o->name, o->name, o->argument);
    return give(cli, place, attached ? attached : *(*argv)++, err);
}

static bool take_long(struct cli *cli, const char *word, char ***argv, struct err *err)
{
    const char *name = word + 2, *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    u32 place;
    if (!find_option(cli->verb, name, length, &place))
        return err_set(err, "no option %.*s (see lockstep %s --help)", (int)length + 2, word, cli->verb->name);
    return take_option(cli, place, equals ? equals + 1 : NULL, argv, err);
}

/* "-q", "-oFILE", "-o FILE", "-qo FILE". */
static bool take_letters(struct cli *cli, const char *word, char ***argv, struct err *err)
{
    for (const char *p = word + 1; *p; p++) {
        u32 place;
        if (!find_letter(cli->verb, *p, &place))
            return err_set(err, "no option -%c (see lockstep %s --help)", *p, cli->verb->name);
        if (cli->verb->options[place].argument)
            return take_option(cli, place, p[1] ? p + 1 : NULL, argv, err);
        if (!give(cli, place, "", err))
            return false;
    }
    return true;
}

static bool take_operand(struct cli *cli, const char *word, struct err *err)
{
    if (cli->operand_count == CLI_OPERANDS_MAX || cli->operand_count == cli->verb->operands_max)
        return err_set(err, "too much: %s (usage: lockstep %s [OPTION...] %s)", word, cli->verb->name,
                       cli->verb->operands);
    cli->operands[cli->operand_count++] = word;
    return true;
}

bool cli_parse(struct cli *cli, int argc, char **argv, struct err *err)
{
    (void)argc;
    const struct cli_verb *verb = cli_verb_find(argv[0]);
    if (!verb)
        return err_set(err, "no verb %s", argv[0]);
    *cli = (struct cli){.verb = verb};
    bool only_operands = false;
    for (argv++; *argv;) {
        const char *word = *argv++;
        bool is_option = !only_operands && word[0] == '-' && word[1];
        if (is_option && !strcmp(word, "--"))
            only_operands = true;
        else if (!(is_option ? (word[1] == '-' ? take_long : take_letters)(cli, word, &argv, err)
                             : take_operand(cli, word, err)))
            return false;
    }
    if (cli_has(cli, "help")) {
        help_print_verb(stdout, verb);
        exit(fflush(stdout) ? EXIT_HOST_ERROR : EXIT_OK);
    }
    if (cli->operand_count < verb->operands_min)
        return err_set(err, "%s is missing (usage: lockstep %s [OPTION...] %s)", verb->operands, verb->name,
                       verb->operands);
    return true;
}

const char *cli_value(const struct cli *cli, const char *option)
{
    u32 place;
    bool is_known = find_option(cli->verb, option, strlen(option), &place);
    CHECK(is_known, "verb %s has no option %s", cli->verb->name, option);
    return cli->values[place];
}

bool cli_takes(const struct cli *cli, const char *option)
{
    u32 place;
    return find_option(cli->verb, option, strlen(option), &place);
}

bool cli_has(const struct cli *cli, const char *option)
{
    return cli_value(cli, option) != NULL;
}

const char *cli_next(const struct cli *cli, const char *option, u32 *place)
{
    while (*place < cli->given_count) {
        u32 i = (*place)++;
        if (!strcmp(cli->verb->options[cli->given[i]].name, option))
            return cli->given_values[i];
    }
    return NULL;
}

/* A sentence may cite a file's bytes, which are not to drive the terminal. */
int cli_fail(const struct cli *cli, int code, const struct err *err)
{
    fflush(stdout);
    fprintf(stderr, "lockstep %s: ", cli->verb->name);
    for (const char *c = err->text; *c; c++)
        fputc(((u8)*c < 0x20 && *c != '\n' && *c != '\t') || *c == 0x7F ? '?' : *c, stderr);
    fputc('\n', stderr);
    return code;
}

static bool is_file(const char *path, const struct stat *file)
{
    struct stat other;
    return !stat(path, &other) && other.st_dev == file->st_dev && other.st_ino == file->st_ino;
}

/* The file itself, or the executable of the title's folder that is named. */
static bool is_read(const char *operand, const char *output, const struct stat *file)
{
    char path[4096];
    const char *slash = strrchr(output, '/'), *name = slash ? slash + 1 : output;
    snprintf(path, sizeof path, "%s/%s", operand, name);
    return is_file(operand, file) || (!strcasecmp(name, "default.xex") && is_file(path, file));
}

/* `bisect engine` of its own journal goes on with that, and does not write it again. */
static bool goes_on(const struct cli *cli)
{
    return !strcmp(cli->verb->name, "bisect") && cli->operand_count && !strcmp(cli->operands[0], "engine");
}

/* What is read must not be written over: neither what the verb is about nor a file of its options. */
static bool check_output(const struct cli *cli, struct err *err)
{
    const char *output = cli_takes(cli, "output") ? cli_value(cli, "output") : NULL, *same = NULL;
    struct stat file;
    if (!output || goes_on(cli) || stat(output, &file) || !S_ISREG(file.st_mode))
        return true;
    for (u32 i = 0; i < cli->operand_count; i++)
        same = is_read(cli->operands[i], output, &file) ? cli->operands[i] : same;
    for (u32 i = 0; i < cli->given_count; i++)
        if (strcmp(cli->verb->options[cli->given[i]].name, "output") != 0 && is_file(cli->given_values[i], &file))
            same = cli->given_values[i];
    return !same || err_set(err, "--output %s: that is %s, which is to be read", output, same);
}

/* What was printed has to have arrived, or the run has not told what it should. */
static int finish_output(int code)
{
    bool is_lost = ferror(stdout);
    errno = 0;
    if (fflush(stdout) || is_lost) {
        fprintf(stderr, "lockstep: cannot write to stdout: %s\n", errno ? strerror(errno) : "write error");
        return EXIT_HOST_ERROR;
    }
    return code;
}

int cli_main(int argc, char **argv, const struct cli_command *commands, size_t count)
{
    if (argc < 2) {
        fprintf(stderr, "%s: which verb? lockstep --help lists them\n", argc ? argv[0] : "lockstep");
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(commands[i].verb, argv[1]))
            continue;
        struct cli cli = {.verb = cli_verb_find(argv[1])};
        struct err err = {0};
        CHECK(cli.verb, "%s is no row of cli/verbs.def", argv[1]);
        if (!cli_parse(&cli, argc - 1, argv + 1, &err) || !check_output(&cli, &err))
            return cli_fail(&cli, EXIT_USAGE, &err);
        return finish_output(commands[i].run(&cli));
    }
    fprintf(stderr, "%s: no verb %s here\n", argv[0], argv[1]);
    return EXIT_USAGE;
}
