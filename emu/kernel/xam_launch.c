/* SPDX-License-Identifier: BSD-3-Clause
 * The end of a title, the next one, and what one leaves for the other. A run is of one title: where it launches
 * another, the run ends, and a note says which, and with what data; the next run gets them by --launch-data. */
#include "emu/kernel/notify.h"
#include "emu/kernel/xam.h"
#include "emu/memory/memory.h"
#include "replay/nondet.h"

#include <stdio.h>

enum { PATH_SIZE = 256, NOTED_BYTES = 256 };

u64 xam_XamLoaderTerminateTitle(struct kcall *k)
{
    k->no_return = true;
    notify_title_end(k->e, k->thread, 0);
    return 0;
}

/* What the title before left, asked once. False: the gate has no answer. */
static bool know_data(struct kcall *k)
{
    struct machine *m = k->m;
    struct nondet_answer answer;
    if (m->launch_known)
        return true;
    if (!nondet_ask(k->e->gate, INPUT_launch_data, 0, engine_time(k->e), &answer, &k->e->err))
        return false;
    if (answer.size > LAUNCH_DATA_MAX)
        return err_set(&k->e->err, "launch data of %zu bytes, more than %d", answer.size, LAUNCH_DATA_MAX);
    memcpy(m->launch_data, answer.data, answer.size);
    m->launch_size = (u32)answer.size;
    m->launch_known = 1;
    return true;
}

static void note_launch(struct kcall *k, const char *path)
{
    const struct machine *m = k->m;
    char text[2 * NOTED_BYTES + 4] = "";
    u32 shown = m->launch_size < NOTED_BYTES ? m->launch_size : NOTED_BYTES;
    for (u32 i = 0; i < shown; i++)
        snprintf(text + 2 * i, 3, "%02X", m->launch_data[i]);
    engine_note(k->e, "the title launches another: %s, with %u bytes of launch data%s%s%s", path, m->launch_size,
                m->launch_size ? " (--launch-data " : "", text,
                m->launch_size > shown ? "...)"
                : m->launch_size       ? ")"
                                       : "");
}

/* Without a path: the dashboard, which a title leaves for as it ends. */
u64 xam_XamLoaderLaunchTitle(struct kcall *k)
{
    char path[PATH_SIZE];
    if (!kcall_u32(k, 0))
        return xam_XamLoaderTerminateTitle(k);
    if (!memory_read_string(k->e, kcall_u32(k, 0), path, sizeof path))
        snprintf(path, sizeof path, "a path that cannot be read");
    note_launch(k, path);
    k->m->launching = 1;
    return xam_XamLoaderTerminateTitle(k);
}

/* What the title leaves for the next one, and finds itself until then. */
u64 xam_XamLoaderSetLaunchData(struct kcall *k)
{
    u32 size = kcall_u32(k, 1);
    u8 data[LAUNCH_DATA_MAX];
    if (size > LAUNCH_DATA_MAX)
        return ERROR_INVALID_PARAMETER;
    if (!memory_read(k->e, kcall_u32(k, 0), data, size))
        return ERROR_BAD_ARGUMENTS;
    memset(k->m->launch_data, 0, sizeof k->m->launch_data);
    memcpy(k->m->launch_data, data, size);
    k->m->launch_size = size;
    k->m->launch_known = 1;
    return ERROR_SUCCESS;
}

u64 xam_XamLoaderGetLaunchDataSize(struct kcall *k)
{
    if (!know_data(k))
        return 0;
    if (!memory_set32(k->e, kcall_u32(k, 0), k->m->launch_size))
        return ERROR_BAD_ARGUMENTS;
    return k->m->launch_size ? ERROR_SUCCESS : ERROR_NOT_FOUND;
}

u64 xam_XamLoaderGetLaunchData(struct kcall *k)
{
    if (!know_data(k))
        return 0;
    u32 size = kcall_u32(k, 1) < k->m->launch_size ? kcall_u32(k, 1) : k->m->launch_size;
    if (k->m->launch_size == 0)
        return ERROR_NOT_FOUND;
    return memory_write(k->e, kcall_u32(k, 0), k->m->launch_data, size) ? ERROR_SUCCESS : ERROR_BAD_ARGUMENTS;
}
