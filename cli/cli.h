/* SPDX-License-Identifier: BSD-3-Clause
 * The command line, table-driven: verbs and options are rows of cli/verbs.def, and --help, the man page, bash completion and
 * the parser all come from them. `lockstep VERB` hands over to the program that the verb's row names. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "schema/base.h"

/* Exit codes, from schema/exit.def. */
enum exit_code {
#define EXIT(name, code, text) EXIT_##name = code,
#include "schema/exit.def"
};

enum { CLI_OPTIONS_MAX = 32, CLI_OPERANDS_MAX = 64 };

struct cli_option {
    const char *name;     /* "time-limit": given as --time-limit VALUE or --time-limit=VALUE */
    char letter;          /* 'o', or 0 */
    const char *argument; /* "FILE"; NULL: a switch */
    const char *text;
};

struct cli_verb {
    const char *name;
    const char *program;  /* "emu", "diff" or "cli": which program does it */
    const char *operands; /* "TITLE [ARGUMENT...]" */
    const char *text;     /* one line */
    const char *about;    /* paragraphs for --help and the man page */
    u32 operands_min;
    u32 operands_max;
    u32 option_count;
    struct cli_option options[CLI_OPTIONS_MAX]; /* --help and --json are rows too */
};

/* What the user gave. Strings point into argv. */
struct cli {
    const struct cli_verb *verb;
    u32 operand_count;
    const char *operands[CLI_OPERANDS_MAX];
    const char *values[CLI_OPTIONS_MAX]; /* by place in verb->options; "" for a switch that is there, NULL: not given */
};

const struct cli_verb *cli_verb_find(const char *name);
size_t cli_verb_count(void);
const struct cli_verb *cli_verb_at(size_t i);

/* Reads argv (argv[0] is the verb). False: err says what is wrong with it; the caller exits with EXIT_USAGE.
 * --help is handled here: prints to stdout and exits 0. */
bool cli_parse(struct cli *cli, int argc, char **argv, struct err *err);
bool cli_has(const struct cli *cli, const char *option);
const char *cli_value(const struct cli *cli, const char *option); /* NULL: not given */
/* Numbers in decimal or 0x; false: err names the option. Value unchanged when not given. */
bool cli_u64(const struct cli *cli, const char *option, u64 *value, struct err *err);
/* Times: "5s", "250ms", "10us", "123t" (ticks); a bare number is seconds. In ticks of 50 MHz. */
bool cli_ticks(const struct cli *cli, const char *option, u64 *value, struct err *err);

/* Prints "lockstep VERB: <err>" and returns the code, so that failing is one line. */
int cli_fail(const struct cli *cli, int code, const struct err *err);

/* One program's main: finds the verb, parses, runs its function. */
struct cli_command {
    const char *verb;
    int (*run)(const struct cli *cli);
};
int cli_main(int argc, char **argv, const struct cli_command *commands, size_t count);

/* JSON on stdout, a line an object; strings are escaped, numbers whole. */
struct json;
void json_string(const char *text, size_t size); /* the quoted and escaped text */

#endif
