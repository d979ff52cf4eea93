/* SPDX-License-Identifier: BSD-3-Clause
 * Runs of the emulator as child processes: how the tools, which never run a title themselves, have one replayed. */
#ifndef DIFF_CHILD_H
#define DIFF_CHILD_H

#include "schema/base.h"

enum { CHILD_ARGUMENTS = 96, CHILD_TEXT = 8192 };

/* One command line of lockstep-emu: a verb and what follows. Starts as zeros. */
struct child {
    const char *program; /* NULL: the lockstep-emu beside this program */
    u32 count;
    const char *argument[CHILD_ARGUMENTS]; /* into text */
    char text[CHILD_TEXT];
    size_t used;
    int process;
    int code;        /* its exit code; -1: it did not end by itself */
    char said[1024]; /* the end of what it printed */
    int pipe;
};

/* Adds one argument, made as printf does. */
void child_add(struct child *child, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Runs all at once and waits for them. False: one could not be started; err says why. */
bool child_run(struct child *const *children, u32 count, struct err *err);

/* A folder of its own for what children write; removed with its files by child_folder_remove. */
bool child_folder_make(char *path, size_t capacity, struct err *err);
void child_folder_remove(const char *path);

#endif
