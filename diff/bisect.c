/* SPDX-License-Identifier: BSD-3-Clause
 * What all ways of bisecting share. */
#include "diff/bisect.h"

#include "schema/export.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

enum { SMALL = 100 * 1000 };

void lines_add(struct lines *lines, const char *text, size_t length)
{
    lines->list = realloc(lines->list, (lines->count + 1) * sizeof *lines->list);
    char *copy = malloc(length + 1);
    CHECK(lines->list && copy, "no memory for %zu changes", lines->count + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    lines->list[lines->count++] = copy;
}

void lines_split(struct lines *lines, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        if (length)
            lines_add(lines, text, length);
        text += length + (text[length] == '\n');
    }
}

void lines_free(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        free(lines->list[i]);
    free(lines->list);
    *lines = (struct lines){.count = 0};
}

char *lines_join(const char *front, const struct lines *lines, const bool *wanted)
{
    size_t size = strlen(front) + 2, at;
    for (size_t i = 0; i < lines->count; i++)
        size += strlen(lines->list[i]) + 1;
    char *text = malloc(size);
    CHECK(text, "no memory for %zu changes", lines->count);
    at = (size_t)snprintf(text, size, "%s", front);
    for (size_t i = 0; i < lines->count; i++)
        if (!wanted || wanted[i])
            at += (size_t)snprintf(text + at, size - at, "%s\n", lines->list[i]);
    return text;
}

/* ---- Delta debugging (Zeller and Hildebrandt's ddmin). ---- */

static size_t add_trial(const struct reduction *r, const struct lines *lines, const bool *wanted)
{
    char *text = r->text(r->context, lines, wanted);
    size_t place = trials_add(&r->b->trials, text, NULL, NULL);
    free(text);
    return place;
}

/* The part of `parts` equal ones, or all but it. */
static void choose(bool *wanted, size_t count, size_t parts, size_t part, bool is_rest)
{
    size_t from = count * part / parts, to = count * (part + 1) / parts;
    for (size_t i = 0; i < count; i++)
        wanted[i] = (i >= from && i < to) != is_rest;
}

static void take(struct lines *lines, const bool *wanted)
{
    size_t kept = 0;
    for (size_t i = 0; i < lines->count; i++) {
        if (wanted[i])
            lines->list[kept++] = lines->list[i];
        else
            free(lines->list[i]);
    }
    lines->count = kept;
}

enum { STEP = 16 }; /* trials that are made before it is looked whether one is bad */

/* Tries the parts, then the rests; true: lines are fewer now. *parts is the next number of them. */
static bool reduce_once(const struct reduction *r, struct lines *lines, bool *wanted, size_t *parts, struct err *err)
{
    size_t places[STEP], total = *parts > 2 ? 2 * *parts : *parts;
    for (size_t at = 0; at < total; at += STEP) {
        size_t n = total - at < STEP ? total - at : STEP;
        for (size_t i = 0; i < n; i++) {
            choose(wanted, lines->count, *parts, (at + i) % *parts, at + i >= *parts);
            places[i] = add_trial(r, lines, wanted);
        }
        if (!trials_run(&r->b->trials, err))
            return false;
        for (size_t i = 0; i < n; i++) {
            const struct trial_end *end = trials_end(&r->b->trials, places[i]);
            if (r->repairs ? !bisect_is_good(r->b, end) : !trial_is_same(end, &r->b->bad))
                continue;
            bool is_rest = at + i >= *parts;
            choose(wanted, lines->count, *parts, (at + i) % *parts, is_rest);
            take(lines, wanted);
            *parts = is_rest && *parts > 2 ? *parts - 1 : 2;
            return true;
        }
    }
    return false;
}

bool bisect_reduce(const struct reduction *r, struct lines *lines, struct err *err)
{
    size_t parts = 2;
    bool *wanted = calloc(lines->count + 1, sizeof *wanted);
    CHECK(wanted, "no memory for %zu changes", lines->count);
    err->text[0] = '\0';
    while (lines->count > 1) {
        if (parts > lines->count)
            parts = lines->count;
        if (reduce_once(r, lines, wanted, &parts, err))
            continue;
        if (err->text[0] || parts == lines->count)
            break;
        parts = 2 * parts < lines->count ? 2 * parts : lines->count;
    }
    free(wanted);
    return !err->text[0];
}

bool bisect_is_good(const struct bisect *b, const struct trial_end *end)
{
    return trial_is_same(end, &b->good) || (!strcmp(end->class, b->good.class) && !b->good.about);
}

/* ---- What is told. ---- */

bool bisect_keep(struct bisect *b, const char *changes, struct err *err)
{
    struct stat st;
    if (!trials_record(&b->trials, changes, NULL, NULL, b->output, false, err))
        return false;
    if (stat(b->output, &st) == 0 && st.st_size > SMALL &&
        !trials_record(&b->trials, changes, NULL, NULL, b->output, true, err))
        return false;
    b->has_journal = true;
    return true;
}

void bisect_describe(const struct call_row *row, char *text, size_t size)
{
    char name[64];
    int n = snprintf(text, size, "thread %u, %s #%u, lr 0x%08X", row->thread,
                     export_op_name(row->op, name, sizeof name), row->number, row->lr);
    if (row->object && n > 0 && (size_t)n < size)
        snprintf(text + n, size - (size_t)n, ", on 0x%08X", row->object);
}

void bisect_say(struct bisect *b, const char *format, ...)
{
    size_t at = strlen(b->sentence);
    va_list args;
    va_start(args, format);
    vsnprintf(b->sentence + at, sizeof b->sentence - at, format, args);
    va_end(args);
}
