/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep-gen: stand-ins for the logs of other engines; tests/gen/README.md tells what they hold. */
#include "tests/gen/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: lockstep-gen log  --kind phase-a|xenia-log|lr-trace|audit|deadlock-dump|recomp --events N [--seed S]\n"
    "                         [--style canary|ours] [--threads T] [--jitter PER_MILLE] [--no-lr] [--no-ord]\n"
    "                         [--no-handles] [--no-imports] -o FILE\n"
    "       lockstep-gen pair --class "
    "wrong-return|missing-signal|other-branch|extra-call|order-swap|early-end|jitter|all|KIND|wide\n"
    "                         [--count N] [--events N] [--seed S] [--style-a STYLE] [--style-b STYLE] [--threads T] "
    "[--jitter PER_MILLE]\n"
    "                         [--no-handles] [--no-imports] -o DIR\n"
    "       lockstep-gen seeds -o DIR\n";

static const struct option long_options[] = {
    {"kind", required_argument, NULL, 'k'},    {"class", required_argument, NULL, 'c'},
    {"events", required_argument, NULL, 'n'},  {"seed", required_argument, NULL, 's'},
    {"style", required_argument, NULL, 'y'},   {"style-a", required_argument, NULL, 'A'},
    {"style-b", required_argument, NULL, 'B'}, {"threads", required_argument, NULL, 't'},
    {"count", required_argument, NULL, 'N'},   {"jitter", required_argument, NULL, 'j'},
    {"no-lr", no_argument, NULL, 'L'},         {"no-ord", no_argument, NULL, 'O'},
    {"no-handles", no_argument, NULL, 'H'},    {"no-imports", no_argument, NULL, 'I'},
    {"output", required_argument, NULL, 'o'},  {NULL, 0, NULL, 0},
};

static bool number(const char *text, u64 most, u64 *value)
{
    char *end;
    *value = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == 0 && *value <= most;
}

static bool take_number(struct gen_options *options, int letter, const char *text)
{
    u64 value;
    u64 most = letter == 't' ? TITLE_THREADS_MAX : letter == 'j' ? 1000 : letter == 'N' ? 1000000 : UINT64_MAX;
    if (!number(text, most, &value) || (letter == 't' && value < 8)) {
        fprintf(stderr, "lockstep-gen: %s is not a number that fits there\n", text);
        return false;
    }
    if (letter == 'n')
        options->events = value;
    else if (letter == 's')
        options->seed = value;
    else if (letter == 't')
        options->threads = (u32)value;
    else if (letter == 'N')
        options->count = (u32)value;
    else
        options->jitter = (s32)value;
    return true;
}

static bool take(struct gen_options *options, int letter, const char *text)
{
    switch (letter) {
    case 'k':
        options->kind = text;
        return true;
    case 'c':
        options->class = text;
        return true;
    case 'y':
        options->style = text;
        return true;
    case 'A':
        options->style_a = text;
        return true;
    case 'B':
        options->style_b = text;
        return true;
    case 'o':
        options->output = text;
        return true;
    case 'L':
        return options->no_lr = true;
    case 'O':
        return options->no_ordinal = true;
    case 'H':
        return options->no_handles = true;
    case 'I':
        return options->no_imports = true;
    case '?':
        return false;
    default:
        return take_number(options, letter, text);
    }
}

bool gen_style_by_name(const char *name, enum gen_style *style)
{
    *style = strcmp(name, "ours") ? STYLE_CANARY : STYLE_OURS;
    if (*style == STYLE_OURS || !strcmp(name, "canary"))
        return true;
    fprintf(stderr, "lockstep-gen: the styles are canary and ours, not %s\n", name);
    return false;
}

int main(int argc, char **argv)
{
    struct gen_options options = {.kind = "phase-a", .seed = 1, .jitter = -1};
    int letter;
    const char *verb = argc > 1 ? argv[1] : "";
    if (argc > 1)
        optind = 2;
    while ((letter = getopt_long(argc, argv, "o:", long_options, NULL)) != -1)
        if (!take(&options, letter, optarg))
            return 2;
    gen_ops_init();
    if (!strcmp(verb, "log") && options.output && optind == argc)
        return gen_log(&options);
    if (!strcmp(verb, "pair") && options.output && options.class && optind == argc)
        return gen_pair(&options);
    if (!strcmp(verb, "seeds") && options.output && optind == argc)
        return gen_seeds(&options);
    fputs(usage, stderr);
    return 2;
}
