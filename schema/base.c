/* SPDX-License-Identifier: BSD-3-Clause */
#include "schema/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool err_set(struct err *err, const char *format, ...)
{
    if (!err)
        return false;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return false;
}

static void (*check_hook)(void *context);
static void *check_hook_context;

void check_set_hook(void (*hook)(void *context), void *context)
{
    check_hook = hook;
    check_hook_context = context;
}

void check_failed(const char *file, int line, const char *condition, const char *format, ...)
{
    va_list args;
    fprintf(stderr, "lockstep: broken invariant at %s:%d: %s: ", file, line, condition);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    void (*hook)(void *) = check_hook;
    check_hook = NULL;
    if (hook)
        hook(check_hook_context);
    abort();
}
