/* SPDX-License-Identifier: BSD-3-Clause
 * The system library's small answers: settings, the title's identity, memory, launch data, the end of a title. */
#include "emu/kernel/config.h"
#include "emu/kernel/heap.h"
#include "emu/kernel/kcall.h"
#include "emu/kernel/title_header.h"
#include "emu/memory/memory.h"

enum { ERROR_SUCCESS = 0, ERROR_BAD_ARGUMENTS = 0xA0, ERROR_OUTOFMEMORY = 0xE, ERROR_NOT_FOUND = 0x490 };

u64 xam_XGetLanguage(struct kcall *k)
{
    return k->m->setting[SETTING_LANGUAGE];
}

u64 xam_XamGetLanguage(struct kcall *k)
{
    return k->m->setting[SETTING_LANGUAGE];
}

u64 xam_XGetGameRegion(struct kcall *k)
{
    return k->m->setting[SETTING_REGION];
}

u64 xam_XGetAVPack(struct kcall *k)
{
    (void)k;
    return CONFIG_AV_PACK;
}

u64 xam_XGetVideoMode(struct kcall *k)
{
    u8 mode[VIDEO_MODE_SIZE];
    config_video_mode(mode);
    memory_write(k->e, kcall_u32(k, 0), mode, sizeof mode);
    return 0;
}

u64 xam_XamGetCurrentTitleId(struct kcall *k)
{
    return k->m->title.title_id;
}

u64 xam_XamGetExecutionId(struct kcall *k)
{
    u32 info = title_header_field(k->e, k->m->title.header, HEADER_KEY_EXECUTION_INFO);
    if (!memory_set32(k->e, kcall_u32(k, 0), info))
        return ERROR_BAD_ARGUMENTS;
    return info ? ERROR_SUCCESS : ERROR_NOT_FOUND;
}

static u64 allocate(struct kcall *k, u32 size, u32 out)
{
    u32 block = heap_alloc(k->e, size);
    if (!block)
        return ERROR_OUTOFMEMORY;
    if (memory_set32(k->e, out, block))
        return ERROR_SUCCESS;
    heap_free(k->e, block);
    return ERROR_BAD_ARGUMENTS;
}

u64 xam_XamAlloc(struct kcall *k)
{
    return allocate(k, kcall_u32(k, 1), kcall_u32(k, 2));
}

u64 xam_XamAllocEx(struct kcall *k)
{
    return allocate(k, kcall_u32(k, 2), kcall_u32(k, 3));
}

u64 xam_XamFree(struct kcall *k)
{
    heap_free(k->e, kcall_u32(k, 0));
    return ERROR_SUCCESS;
}

/* Another title cannot be started from here; either way this one ends, and with it the run. */
static u64 end_title(struct kcall *k)
{
    k->no_return = true;
    machine_end(k->e, END_EXITED, 0);
    return 0;
}

u64 xam_XamLoaderTerminateTitle(struct kcall *k)
{
    return end_title(k);
}

u64 xam_XamLoaderLaunchTitle(struct kcall *k)
{
    char path[256] = "the dashboard";
    if (kcall_u32(k, 0))
        memory_read_string(k->e, kcall_u32(k, 0), path, sizeof path);
    engine_note(k->e, "the title asks for another to be launched: %s", path);
    return end_title(k);
}

/* A title is always started by hand: nobody left it data. */
u64 xam_XamLoaderGetLaunchDataSize(struct kcall *k)
{
    return memory_set32(k->e, kcall_u32(k, 0), 0) ? ERROR_NOT_FOUND : ERROR_BAD_ARGUMENTS;
}

u64 xam_XamLoaderGetLaunchData(struct kcall *k)
{
    (void)k;
    return ERROR_NOT_FOUND;
}

/* The screen saver and the console's own turning off: neither is here. */
u64 xam_XamEnableInactivityProcessing(struct kcall *k)
{
    (void)k;
    return ERROR_SUCCESS;
}

u64 xam_XamResetInactivity(struct kcall *k)
{
    (void)k;
    return ERROR_SUCCESS;
}
