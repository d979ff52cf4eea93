/* SPDX-License-Identifier: BSD-3-Clause
 * Names for addresses: what `lockstep attach` put beside a journal (schema/symbols.h), for the tools.
 *
 * A journal has one set of symbols, opened when it is first asked for and closed with the journal; without any, every
 * question is answered, by the plain address. Answers are kept, so that asking again costs nothing.
 *
 *     struct symbols *symbols = symbols_open(journal);
 *     char text[SYMBOLS_TEXT];
 *     puts(symbols_name(symbols, 0x824D2A90, text, sizeof text));         "sub_824D29F0+0xa0"
 *     puts(symbols_return_name(symbols, event->lr, text, sizeof text));   the same for a return address
 */
#ifndef DIFF_SYMBOLS_H
#define DIFF_SYMBOLS_H

#include "replay/journal.h"

#include <stdio.h>

enum { SYMBOLS_TEXT = 256 };

struct symbols;

/* Owned by the journal; never NULL. */
struct symbols *symbols_open(struct journal_reader *journal);
/* False: nothing was attached. */
bool symbols_are_there(const struct symbols *s);

struct symbols_function {
    u32 start;
    u32 end;
    const char *name; /* "sub_82012174" when it has none */
    const char *how;  /* schema/symbols.h: "pdata", "call", "map" ... */
    const char *note; /* the file of the user's note on it, or NULL */
};
/* The function that holds the address; false: none is known there. What it points to is kept with the symbols. */
bool symbols_function(struct symbols *s, u32 address, struct symbols_function *function);

/* An address as people write it: a number, "function", or "function+0xc"; of a function without a name "sub_82012174".
 * False: err says why it is none; it does not name the option. */
bool symbols_address(struct symbols *s, const char *text, u32 *address, struct err *err);

/* "function+0xc", "function" at its start; in a jump table or a table of pointers "jumptable_82001230 base" and
 * "pointers_82001230 slot 3", or with the name that somebody gave it; "name+0xc" in named data; "0x82001230" when
 * nothing is known. The text lies in buffer. */
const char *symbols_name(struct symbols *s, u32 address, char *buffer, size_t capacity);
/* The same of a return address: its function is that of the call, which may be the last instruction of one. */
const char *symbols_return_name(struct symbols *s, u32 lr, char *buffer, size_t capacity);
/* NULL where the above give the plain address. */
const char *symbols_find_name(struct symbols *s, u32 address, char *buffer, size_t capacity);
const char *symbols_find_return_name(struct symbols *s, u32 lr, char *buffer, size_t capacity);

/* A function that does little but call one import: an LR inside tells nothing of who wanted the call. */
struct symbols_wrapper {
    u32 function; /* its start */
    u32 site;     /* of the call, lr - 4 */
    u32 op;
    u32 depth; /* 1: calls the import; 2: calls a wrapper that does; ... */
};
/* False: the call that returns to lr is in no wrapper. */
bool symbols_wrapper(struct symbols *s, u32 lr, struct symbols_wrapper *wrapper);

/* A place in code that calls or jumps to a function, and one that branches on a condition. */
struct symbols_call {
    u32 site;
    u32 target;
    u32 function;     /* that holds the site */
    const char *kind; /* "call", "tail", "indirect" ..., valid during the call */
};
struct symbols_branch {
    u32 pc;
    u32 function;
    u32 target;            /* 0: bclr or bcctr */
    u32 compare;           /* the instruction that set the condition; 0: not known */
    const char *kind;      /* "bc", "bclr", "bcctr" */
    const char *condition; /* "cr6.eq" */
    const char *registers; /* that the comparison read: "r3 r11"; "" when not known */
};
/* Calls `each` for every one, in order of address, until it returns false. The number called. */
size_t symbols_callers(struct symbols *s, u32 target, bool (*each)(void *context, const struct symbols_call *),
                       void *context);
size_t symbols_calls(struct symbols *s, u32 function, bool (*each)(void *context, const struct symbols_call *),
                     void *context);
size_t symbols_branches(struct symbols *s, u32 function, bool (*each)(void *context, const struct symbols_branch *),
                        void *context);

/* " (function+0xc)" behind an address or LR that was printed, whether that LR lies in a wrapper, and the note's file:
 * "(WaitFor+0x14, wrapper, note wait.md)". Nothing when nothing is known. */
void symbols_print(struct symbols *s, u32 address, FILE *out);
void symbols_print_return(struct symbols *s, u32 lr, FILE *out);
/* Prints the text, with the name behind each address (0x and eight digits) that is known and has not got it yet. One
 * that follows the word "lr" or "from" or "<" is a return address. */
void symbols_annotate(struct symbols *s, const char *text, FILE *out);

/* What was attached, in order of attaching; false: there are no more. */
struct symbols_source {
    u32 id;
    const char *kind;
    const char *path;
    u64 count; /* functions and data that it tells of, named or not; notes */
};
bool symbols_source_at(struct symbols *s, u32 i, struct symbols_source *source);
u64 symbols_function_count(struct symbols *s);

#endif
