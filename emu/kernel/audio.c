/* SPDX-License-Identifier: BSD-3-Clause
 * Kernel calls of the audio driver. A client is called 41550000 and its place. */
#include "emu/apu/apu.h"
#include "emu/kernel/kcall.h"
#include "emu/memory/memory.h"

enum { SPEAKERS = 0x00010001, VOLUME_FULL = 0x3F800000 /* 1.0f */ };

#define CLIENT_MARK 0x41550000u

/* The client's place; APU_CLIENTS: there is none of that name. */
static u32 client_of(struct kcall *k, u32 driver)
{
    u32 client = driver & 0xFFFF;
    return (driver & 0xFFFF0000u) == CLIENT_MARK && apu_is_client(k->e, client) ? client : APU_CLIENTS;
}

u64 xboxkrnl_XAudioRegisterRenderDriverClient(struct kcall *k)
{
    u32 pair = kcall_u32(k, 0), out = kcall_u32(k, 1);
    if (!memory_is_readable(k->e, pair, 8) || !memory_is_writable(k->e, out, 4))
        return STATUS_ACCESS_VIOLATION;
    u32 client = apu_register(k->e, memory_get32(k->e, pair), memory_get32(k->e, pair + 4));
    if (client == APU_CLIENTS)
        return STATUS_INSUFFICIENT_RESOURCES;
    memory_set32(k->e, out, CLIENT_MARK | client);
    return STATUS_SUCCESS;
}

u64 xboxkrnl_XAudioUnregisterRenderDriverClient(struct kcall *k)
{
    return apu_unregister(k->e, client_of(k, kcall_u32(k, 0))) ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

u64 xboxkrnl_XAudioSubmitRenderDriverFrame(struct kcall *k)
{
    u32 client = client_of(k, kcall_u32(k, 0));
    if (client == APU_CLIENTS)
        return STATUS_INVALID_PARAMETER;
    bool good = apu_submit(k->e, client, kcall_u32(k, 1), k->thread->id, k->op, k->lr);
    return good ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
}

u64 xboxkrnl_XAudioGetSpeakerConfig(struct kcall *k)
{
    return memory_set32(k->e, kcall_u32(k, 0), SPEAKERS) ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
}

/* Nobody turns the volume of the user's music or chat here. */
u64 xboxkrnl_XAudioGetVoiceCategoryVolumeChangeMask(struct kcall *k)
{
    return memory_set32(k->e, kcall_u32(k, 1), 0) ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
}

u64 xboxkrnl_XAudioGetVoiceCategoryVolume(struct kcall *k)
{
    return memory_set32(k->e, kcall_u32(k, 1), VOLUME_FULL) ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
}

u64 xboxkrnl_XAudioEnableDucker(struct kcall *k)
{
    (void)k;
    return STATUS_SUCCESS;
}
