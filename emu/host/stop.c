/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/host/stop.h"

#include "emu/vfs/vfs.h"
#include "schema/export.h"

#include <stdio.h>
#include <stdlib.h>

/* A stalled run retires less than this part of what one hardware thread could. */
enum { BUSY_PART = 10 };

static bool read_count(const char *text, u64 *count)
{
    char *end;
    *count = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && !*end && *count;
}

static bool parse_call(struct stop *stop, const char *text, struct err *err)
{
    char name[96];
    const char *number = strchr(text, '#');
    size_t length = number ? (size_t)(number - text) : strlen(text);
    if (length >= sizeof name)
        return err_set(err, "--until %s: the name is too long", stop->text);
    memcpy(name, text, length);
    name[length] = '\0';
    const struct export *export = export_by_name(name);
    if (!export || export->is_variable)
        return err_set(err, "--until %s: the kernel has no export %s", stop->text, name);
    stop->kind = STOP_CALL;
    stop->op = export->op;
    stop->count = 1;
    return !number || read_count(number + 1, &stop->count) ||
           err_set(err, "--until %s: expected a number from 1 behind the #", stop->text);
}

bool stop_parse(struct stop *stop, const char *text, struct err *err)
{
    snprintf(stop->text, sizeof stop->text, "%s", text);
    if (!strncmp(text, "call:", 5))
        return parse_call(stop, text + 5, err);
    if (!strncmp(text, "swap:", 5) && read_count(text + 5, &stop->count)) {
        stop->kind = STOP_SWAP;
        return true;
    }
    if (!strncmp(text, "file:", 5) && text[5] && strlen(text + 5) < sizeof stop->path) {
        stop->kind = STOP_FILE;
        stop->count = 1;
        for (u32 i = 0; text[5 + i]; i++)
            stop->path[i] = text[5 + i] == '/' ? '\\' : text[5 + i];
        return true;
    }
    return err_set(err, "--until %s: expected swap:N, call:EXPORT#N or file:PATH", text);
}

/* The path, or its last components. */
static bool is_path(const char *path, const char *wanted)
{
    size_t length = strlen(path), end = strlen(wanted);
    if (length < end || vfs_compare(path + length - end, wanted) != 0)
        return false;
    return length == end || path[length - end - 1] == '\\' || path[length - end - 1] == ':';
}

static bool is_meant(const struct stop *stop, const struct event *event, const char *text)
{
    switch (stop->kind) {
    case STOP_SWAP:
        return event->kind == EVENT_swap;
    case STOP_CALL:
        return event->kind == EVENT_call && event->op == stop->op;
    case STOP_FILE:
        return event->kind == EVENT_file && text && is_path(text, stop->path);
    default:
        return false;
    }
}

/* Whether the site is new. */
static bool see_site(struct stop *stop, const struct event *event)
{
    u32 hash = (event->thread * 0x9E3779B1u ^ event->op * 0x85EBCA6Bu ^ event->lr * 0xC2B2AE35u) >> 16;
    u8 bit = (u8)(1u << (hash & 7));
    bool is_new = !(stop->sites[hash / 8] & bit);
    stop->sites[hash / 8] |= bit;
    return is_new;
}

static bool is_progress(struct stop *stop, const struct event *event)
{
    switch (event->kind) {
    case EVENT_call:
        return see_site(stop, event);
    case EVENT_wait_end:
        return event->v[F_wait_end_waker] && event->v[F_wait_end_waker] != event->thread;
    case EVENT_swap:
    case EVENT_file:
    case EVENT_print:
    case EVENT_handle_create:
    case EVENT_thread_create:
    case EVENT_thread_exit:
        return true;
    default:
        return false;
    }
}

void stop_hear(struct stop *stop, const struct engine *e, const struct event *event, const char *text)
{
    if (stop->kind && !stop->reached && is_meant(stop, event, text))
        stop->reached = ++stop->seen == stop->count;
    if (stop->stall_limit && is_progress(stop, event)) {
        stop->progress = event->time;
        stop->progress_instructions = e->m->instructions;
    }
}

void stop_look(struct stop *stop, const struct engine *e)
{
    const struct machine *m = e->m;
    if (!stop->stall_limit || m->ended || m->tick < stop->progress + stop->stall_limit)
        return;
    u64 could = (m->tick - stop->progress) * m->config.instructions_per_tick;
    stop->stalled = m->instructions - stop->progress_instructions < could / BUSY_PART;
    if (!stop->stalled) {
        stop->progress = m->tick; /* it computes */
        stop->progress_instructions = m->instructions;
    }
}
