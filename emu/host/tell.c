/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/host/tell.h"

#include "emu/kernel/thread.h"
#include "emu/memory/memory.h"
#include "schema/export.h"

#include <errno.h>
#include <stdio.h>

/* More than this of a buffer is no change that anybody would write. */
enum { BYTES_MAX = 2048 };

static bool read_one(struct tell *tell, const char *text, struct err *err)
{
    char name[64] = "";
    unsigned long long number = 0;
    unsigned thread = 0;
    int end = 0;
    if (tell->count == TELL_MAX)
        return err_set(err, "more than %d --tell", TELL_MAX);
    if (sscanf(text, "%63[^#]#%llu%n@%u%n", name, &number, &end, &thread, &end) < 2 || text[end] || !number)
        return err_set(err, "--tell %s: expected OP#K[@THREAD]", text);
    const struct export *x = export_by_name(name);
    if (!x || x->is_variable)
        return err_set(err, "--tell %s: %s is no export of the kernel", text, name);
    snprintf(tell->calls[tell->count].text, sizeof tell->calls[0].text, "%s", text);
    tell->calls[tell->count].op = x->op;
    tell->calls[tell->count].number = number;
    tell->calls[tell->count].thread = thread;
    tell->count++;
    return true;
}

bool tell_read(struct tell *tell, const struct cli *cli, struct err *err)
{
    u32 place = 0;
    const char *path = cli_value(cli, "tell-to");
    tell->out = path ? fopen(path, "w") : stdout;
    if (!tell->out)
        return err_set(err, "--tell-to %s: %s", path, strerror(errno));
    for (const char *text; (text = cli_next(cli, "tell", &place));)
        if (!read_one(tell, text, err))
            return false;
    return true;
}

bool tell_finish(struct tell *tell, struct err *err)
{
    bool is_lost = tell->out && tell->out != stdout && fclose(tell->out) != 0;
    tell->out = NULL;
    return !is_lost || err_set(err, "--tell-to: %s", strerror(errno));
}

static u64 argument(struct engine *e, const struct thread *t, u32 i)
{
    return i < 8 ? t->cpu.r[3 + i] : memory_get64(e, (u32)t->cpu.r[1] + 0x50 + 8 * (i - 8));
}

/* Bytes that argument i brings back; 0: it is none that does, or they are too many. */
static u32 out_size(struct engine *e, const struct thread *t, const struct export *x, u32 i)
{
    const struct argument *a = &x->arguments[i];
    u64 size = argument_type_size(a->type);
    if (a->direction != ARG_OUT && a->direction != ARG_INOUT)
        return 0;
    if (a->type == ARG_IOSB)
        size = 8;
    if (a->type == ARG_BUF) {
        size = a->unit;
        if (a->length >= 0)
            size *= x->arguments[(u32)a->length].direction == ARG_VALUE
                        ? (u32)argument(e, t, (u32)a->length)
                        : memory_get32(e, (u32)argument(e, t, (u32)a->length));
    }
    return size <= BYTES_MAX ? (u32)size : 0;
}

static void print(FILE *out, const char *text, struct engine *e, const struct event *event)
{
    const struct export *x = export_find(event->op);
    const struct thread *t = thread_by_id(e, event->thread);
    u8 bytes[BYTES_MAX];
    fprintf(out, "amend %s=0x%llX", text, (unsigned long long)event->v[F_return_result]);
    for (u32 i = 0; x && t && i < x->count; i++) {
        u32 size = out_size(e, t, x, i), ea = (u32)argument(e, t, i);
        if (!size || !ea || !memory_read(e, ea, bytes, size))
            continue;
        fprintf(out, ",%s=", x->arguments[i].name);
        for (u32 k = 0; k < size; k++)
            fprintf(out, "%02X", bytes[k]);
    }
    fputc('\n', out);
}

void tell_hear(struct tell *tell, struct engine *e, const struct event *event)
{
    for (u32 i = 0; i < tell->count; i++) {
        bool is_of =
            event->op == tell->calls[i].op && (!tell->calls[i].thread || tell->calls[i].thread == event->thread);
        if (is_of && event->kind == EVENT_call && ++tell->calls[i].seen == tell->calls[i].number) {
            tell->calls[i].open = true;
            tell->calls[i].caller = event->thread;
        } else if (is_of && event->kind == EVENT_return && tell->calls[i].open &&
                   tell->calls[i].caller == event->thread) {
            tell->calls[i].open = false;
            print(tell->out, tell->calls[i].text, e, event);
        }
    }
}
