/* SPDX-License-Identifier: BSD-3-Clause
 * The system library's small answers: settings, the title's identity, memory, launch data, the end of a title. */
#include "emu/kernel/config.h"
#include "emu/kernel/heap.h"
#include "emu/kernel/title_header.h"
#include "emu/kernel/xam.h"
#include "emu/memory/memory.h"

#include <stdio.h>

enum { SYSTEM_VERSION = 2 << 28 | 17559 << 8, RESOURCE_MAX = 128, TIME_MAX = 32 };

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

/* Where a title was started from: the disc drive. */
u64 xam_XamLoaderGetDvdTrayState(struct kcall *k)
{
    (void)k;
    return 0; /* closed, with a disc */
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

/* Version 2.0.17559.0, as XboxKrnlVersion: major, minor, build, fix. */
u64 xam_XamGetSystemVersion(struct kcall *k)
{
    (void)k;
    return SYSTEM_VERSION;
}

u64 xam_XGetAudioFlags(struct kcall *k)
{
    (void)k;
    return 0x00010001; /* stereo: what XAudioGetSpeakerConfig says */
}

u64 xam_XGetVideoCapabilities(struct kcall *k)
{
    (void)k;
    return 0; /* no third dimension */
}

u64 xam_XamSetDashContext(struct kcall *k)
{
    k->m->dash_context = kcall_u32(k, 0);
    return 0;
}

u64 xam_XamGetDashContext(struct kcall *k)
{
    return k->m->dash_context;
}

u64 xam_XamIsCurrentTitleDash(struct kcall *k)
{
    return k->m->title.title_id == 0xFFFE07D1u;
}

/* A console in a shop's hands is none in a developer's. */
u64 xam_XamGetStagingMode(struct kcall *k)
{
    (void)k;
    return 0;
}

/* "section://CONTAINER,NAME": where a resource of the system lies. */
static u64 locate(struct kcall *k, const char *container)
{
    char name[RESOURCE_MAX], text[2 * RESOURCE_MAX];
    u32 i = 0;
    for (u16 c = 1; c && i < sizeof name; i++) {
        if (!memory_is_readable(k->e, kcall_u32(k, 0) + i * 2, 2))
            return xam_hresult(ERROR_INVALID_PARAMETER);
        c = memory_get16(k->e, kcall_u32(k, 0) + i * 2);
        name[i] = (char)c;
    }
    if (i == sizeof name)
        return xam_hresult(ERROR_INVALID_PARAMETER);
    snprintf(text, sizeof text, "%s%s", container, name);
    return xam_give_wide(k, kcall_u32(k, 1), kcall_u32(k, 2), text);
}

u64 xam_XamBuildSharedSystemResourceLocator(struct kcall *k)
{
    return locate(k, "file://media:/shrdres.xzp#");
}

u64 xam_XamBuildGamercardResourceLocator(struct kcall *k)
{
    return locate(k, "file://media:/gamercrd.xzp#");
}

u64 xam_XamBuildLegacySystemResourceLocator(struct kcall *k)
{
    return locate(k, "file://media:/shrdres.xzp#");
}

u64 xam_XamBuildXamResourceLocator(struct kcall *k)
{
    return locate(k, "file://media:/xam.xzp#");
}
