/* SPDX-License-Identifier: BSD-3-Clause
 * The command line, table-driven: verbs and options are rows of cli/verbs.def, and --help, the man page, bash
 * completion and the parser all come from them. `lockstep VERB` hands over to the program that the verb's row names. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "schema/base.h"

#include <stdio.h>

/* Exit codes, from schema/exit.def. */
enum exit_code {
#define EXIT(name, code, text) EXIT_##name = code,
#include "schema/exit.def"
};

enum { CLI_OPTIONS_MAX = 32, CLI_OPERANDS_MAX = 64, CLI_GIVEN_MAX = 128 };

struct cli_option {
    const char *name;     /* "time-limit": given as --time-limit VALUE or --time-limit=VALUE */
    char letter;          /* 'o', or 0 */
    const char *argument; /* "FILE"; NULL: a switch */
    const char *text;
};

struct cli_verb {
    const char *name;
    const char *program;  /* "emu", "diff" or "cli": which program does it */
    const char *group;    /* under which heading --help lists it */
    const char *operands; /* "TITLE [ARGUMENT...]" */
    const char *text;     /* one line */
    const char *about;    /* paragraphs for --help and the man page, a line each */
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
    u32 given_count;                     /* every option in the order given, for those that may come several times */
    u32 given[CLI_GIVEN_MAX];
    const char *given_values[CLI_GIVEN_MAX];
};

const struct cli_verb *cli_verb_find(const char *name);
size_t cli_verb_count(void);
const struct cli_verb *cli_verb_at(size_t i);
/* The verb that was probably meant, or NULL. */
const char *cli_verb_suggest(const char *name);

/* Reads argv (argv[0] is the verb). False: err says what is wrong with it; the caller exits with EXIT_USAGE.
 * --help is handled here: prints to stdout and exits 0. */
bool cli_parse(struct cli *cli, int argc, char **argv, struct err *err);
bool cli_takes(const struct cli *cli, const char *option); /* the verb has such an option */
bool cli_has(const struct cli *cli, const char *option);
const char *cli_value(const struct cli *cli, const char *option); /* NULL: not given; the last one, if several */
/* All values of an option that may come several times: NULL when there is no more. *place starts at 0. */
const char *cli_next(const struct cli *cli, const char *option, u32 *place);
/* Numbers in decimal or 0x; false: err names the option. Value unchanged when not given. */
bool cli_u64(const struct cli *cli, const char *option, u64 *value, struct err *err);
/* Times: "5s", "2.5s", "250ms", "10us", "123t" (ticks); a bare number is seconds. In ticks of 50 MHz. */
bool cli_ticks(const struct cli *cli, const char *option, u64 *value, struct err *err);
/* A place in a run: a time as above sets *tick, "event:456" sets *event. */
bool cli_where(const struct cli *cli, const char *option, u64 *tick, u64 *event, struct err *err);
/* A wall clock: RFC 3339 in UTC or with an offset, or a number of 100 ns units since 1601. In those units. */
bool cli_filetime(const struct cli *cli, const char *option, u64 *value, struct err *err);

/* The same for any text. False: not of that form, value untouched. */
bool cli_read_u64(const char *text, u64 *value);
bool cli_read_ticks(const char *text, u64 *value);
bool cli_read_filetime(const char *text, u64 *value);
/* "KEY=VALUE" with a number as value; the key goes to key[], cut never: false if it does not fit. */
bool cli_read_setting(const char *text, char *key, size_t capacity, u64 *value);

/* Prints "lockstep VERB: <err>" and returns the code, so that failing is one line. */
int cli_fail(const struct cli *cli, int code, const struct err *err);

/* One program's main: argv[1] is the verb; parses, runs its function. The result is the exit code; a failing stdout
 * makes it EXIT_HOST_ERROR. */
struct cli_command {
    const char *verb;
    int (*run)(const struct cli *cli);
};
int cli_main(int argc, char **argv, const struct cli_command *commands, size_t count);

/* Help, manual and completion, made from the rows (cli/help.c). */
void help_print_list(FILE *out);
void help_print_verb(FILE *out, const struct cli_verb *verb);
void help_print_man(FILE *out);
void help_print_bash(FILE *out);

/* "0.1.0", and which build it is ("0.1.0 gcc 12.2.0 release 1a2b3c4"). Meta only: nothing may depend on them. */
const char *version_number(void);
const char *version_build(void);

/* JSON (cli/json.c): objects and arrays, keys in the order written; strings always valid UTF-8 (a byte that is not
 * becomes U+FFFD). Key NULL: a value in an array or on its own.
 *     struct json j;
 *     json_begin(&j, stdout);
 *     json_object(&j, NULL);
 *     json_text(&j, "end", "limit");
 *     json_u64(&j, "ticks", n);
 *     json_close(&j);
 *     json_finish(&j);       ends the line */
struct json {
    FILE *out;
    u32 depth;
    u64 arrays; /* a bit for each level: it is an array */
    bool first; /* nothing at this level yet */
};
/* What comes behind a noun: 1 run, 2 runs. */
static inline const char *cli_plural(u64 count)
{
    return count == 1 ? "" : "s";
}

void json_begin(struct json *j, FILE *out);
void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_close(struct json *j);                                   /* the innermost object or array */
void json_text(struct json *j, const char *key, const char *text); /* NULL: null */
void json_bytes(struct json *j, const char *key, const void *data, size_t size);
void json_u64(struct json *j, const char *key, u64 value);
void json_s64(struct json *j, const char *key, s64 value);
void json_real(struct json *j, const char *key, double value);               /* no such number: null */
void json_hex(struct json *j, const char *key, u64 value, u32 digits);       /* the string "0x0012" */
void json_hex_known(struct json *j, const char *key, u64 value, u32 digits); /* 0: not told, null */
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);
void json_raw(struct json *j, const char *key, const char *text, size_t size); /* a value that is JSON already */
void json_finish(struct json *j);
void json_string(const char *text, size_t size); /* the quoted and escaped text, on stdout */
size_t json_escape(FILE *out, const char *text, size_t size);
/* The same into memory, of at least 6 * size + 8 bytes. Returns how many it took. */
size_t json_escape_into(char *out, const char *text, size_t size);

#endif
