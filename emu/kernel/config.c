/* SPDX-License-Identifier: BSD-3-Clause
 * ExGetXConfigSetting and what else asks for settings and equipment; the ends of a title. Language and region are the
 * user's (asked at the gate at boot), the rest is one fixed console. */
#include "emu/kernel/config.h"

#include "emu/kernel/kcall.h"
#include "emu/kernel/notify.h"
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"

enum category { CATEGORY_SECURED = 2, CATEGORY_USER = 3 };

enum { SECURED_AV_REGION = 2, SECURED_GAME_REGION = 3 };

enum {
    USER_TIME_ZONE_BIAS = 1,
    USER_TIME_ZONE_LAST = 7,
    USER_LANGUAGE = 9,
    USER_VIDEO_FLAGS = 10,
    USER_AUDIO_FLAGS = 11,
    USER_RETAIL_FLAGS = 12,
    USER_DEVKIT_FLAGS = 13,
    USER_COUNTRY = 14,
    USER_PC_FLAGS = 15,
};

enum { AV_REGION_NTSC_M = 0x1000, COUNTRY_USA = 103 };

void config_video_mode(u8 out[VIDEO_MODE_SIZE])
{
    static const u32 word[VIDEO_MODE_SIZE / 4] = {
        1280, 720, 0 /* progressive */, 1 /* wide */, 1 /* high definition */, 0x42700000 /* 60.0f */, 1 /* NTSC */,
        0x4A, 1,
    };
    for (u32 i = 0; i < countof(word); i++)
        store_be32(out + i * 4, word[i]);
}

/* The setting's size; 0: there is none of that number. */
static u32 user_setting(const struct kcall *k, u32 setting, u32 *value)
{
    *value = 0;
    if (setting >= USER_TIME_ZONE_BIAS && setting <= USER_TIME_ZONE_LAST)
        return 4;
    switch (setting) {
    case USER_LANGUAGE:
        *value = k->m->setting[SETTING_LANGUAGE];
        return 4;
    case USER_VIDEO_FLAGS:
        *value = CONFIG_VIDEO_FLAGS;
        return 4;
    case USER_AUDIO_FLAGS:
    case USER_RETAIL_FLAGS:
    case USER_DEVKIT_FLAGS:
        return 4;
    case USER_PC_FLAGS:
        return 1;
    case USER_COUNTRY:
        *value = (u32)COUNTRY_USA << 24;
        return 1;
    default:
        return 0;
    }
}

static u32 secured_setting(const struct kcall *k, u32 setting, u32 *value)
{
    *value = setting == SECURED_AV_REGION ? AV_REGION_NTSC_M : k->m->setting[SETTING_REGION] << 16;
    return setting == SECURED_AV_REGION ? 4 : setting == SECURED_GAME_REGION ? 2 : 0;
}

u64 xboxkrnl_ExGetXConfigSetting(struct kcall *k)
{
    u32 category = (u16)k->arg[0];
    u32 setting = (u16)k->arg[1];
    u32 value, size;
    if (category == CATEGORY_SECURED)
        size = secured_setting(k, setting, &value);
    else if (category == CATEGORY_USER)
        size = user_setting(k, setting, &value);
    else
        return STATUS_INVALID_PARAMETER_1;
    if (size == 0)
        return STATUS_INVALID_PARAMETER_2;
    u8 bytes[4];
    store_be32(bytes, value);
    if (kcall_u32(k, 2)) {
        if ((u16)k->arg[3] < size)
            return STATUS_BUFFER_TOO_SMALL;
        if (!memory_write(k->e, kcall_u32(k, 2), bytes, size))
            return STATUS_ACCESS_VIOLATION;
    } else if ((u16)k->arg[3]) {
        return STATUS_INVALID_PARAMETER_3;
    }
    if (kcall_u32(k, 4))
        memory_set16(k->e, kcall_u32(k, 4), (u16)size);
    return STATUS_SUCCESS;
}

u64 xboxkrnl_HalGetCurrentAVPack(struct kcall *k)
{
    (void)k;
    return CONFIG_AV_PACK;
}

/* Restart, power down and the dashboard are all the end of the run; who asked to be told of the title's end is not. */
u64 xboxkrnl_HalReturnToFirmware(struct kcall *k)
{
    k->no_return = true;
    machine_end(k->e, END_EXITED, 0);
    return 0;
}

u64 xboxkrnl_ExTerminateTitleProcess(struct kcall *k)
{
    k->no_return = true;
    notify_title_end(k->e, k->thread, kcall_u32(k, 0));
    return 0;
}

/* Caches of the console's file systems are not modelled; any size does. */
u64 xboxkrnl_FscSetCacheElementCount(struct kcall *k)
{
    (void)k;
    return STATUS_SUCCESS;
}
