/* SPDX-License-Identifier: BSD-3-Clause
 * Notifications. A listener hears the areas of its mask; an id's area stands in its bits from 25 on. The first listener
 * of the system's area hears how things stand, as on a console where the dashboard has just gone. */
#include "emu/kernel/sync.h"
#include "emu/kernel/wait.h"
#include "emu/kernel/xam.h"
#include "emu/memory/memory.h"

enum {
    SYSTEM_UI = 0x09,
    SYSTEM_SIGNIN_CHANGED = 0x0A,
    SYSTEM_INPUT_DEVICES_CHANGED = 0x12,
    SYSTEM_INPUT_DEVICE_CONFIG_CHANGED = 0x13,
};

/* Behind the header: how many wait, the areas as bits, then an id and a parameter each, the first one first. */
enum {
    AREA_SHIFT = 25,
    LISTENER_COUNT = 0x10,
    LISTENER_AREAS = 0x14,
    LISTENER_QUEUE = 0x18,
    QUEUE_MAX = 32,
    LISTENER_SIZE = LISTENER_QUEUE + QUEUE_MAX * 8
};

static void queue(struct kcall *k, u32 guest, u32 id, u32 parameter)
{
    u32 count = memory_get32(k->e, guest + LISTENER_COUNT);
    if (count >= QUEUE_MAX)
        return;
    memory_set32(k->e, guest + LISTENER_QUEUE + count * 8, id);
    memory_set32(k->e, guest + LISTENER_QUEUE + count * 8 + 4, parameter);
    memory_set32(k->e, guest + LISTENER_COUNT, count + 1);
    memory_set32(k->e, guest + 4, 1); /* the header: signalled */
}

static void tell_start(struct kcall *k, u32 guest)
{
    static const u32 told[][2] = {
        {SYSTEM_UI, 1},
        {SYSTEM_UI, 0},
        {SYSTEM_SIGNIN_CHANGED, 1}, /* a bit a user */
        {SYSTEM_INPUT_DEVICES_CHANGED, 0},
        {SYSTEM_INPUT_DEVICE_CONFIG_CHANGED, 0},
    };
    if (k->m->xam_started)
        return;
    k->m->xam_started = 1;
    for (u32 i = 0; i < countof(told); i++)
        queue(k, guest, told[i][0], told[i][1]);
}

void xam_notify(struct kcall *k, u32 id, u32 parameter)
{
    for (u32 i = 1; i <= k->m->object_pool.high; i++) {
        struct object *object = &k->m->objects[i];
        if (object->type != OBJECT_OTHER || object->body != XAM_LISTENER ||
            !(memory_get32(k->e, object->guest + LISTENER_AREAS) >> (id >> AREA_SHIFT) & 1))
            continue;
        queue(k, object->guest, id, parameter);
        wait_signal(k->e, k, object);
    }
}

static u32 listen(struct kcall *k, u64 mask)
{
    u32 guest;
    u32 handle = xam_create(k, XAM_LISTENER, LISTENER_SIZE, &guest);
    if (handle)
        memory_set32(k->e, guest + LISTENER_AREAS, (u32)mask);
    if (handle && mask & 1)
        tell_start(k, guest);
    return handle;
}

u64 xam_XamNotifyCreateListener(struct kcall *k)
{
    return listen(k, k->arg[0]);
}

u64 xam_XamNotifyCreateListenerInternal(struct kcall *k)
{
    return listen(k, k->arg[0]);
}

/* The place of the first notification with that id (0: any); count: none. */
static u32 find(struct kcall *k, u32 guest, u32 count, u32 id)
{
    u32 i = 0;
    while (i < count && id && memory_get32(k->e, guest + LISTENER_QUEUE + i * 8) != id)
        i++;
    return i;
}

static void take_out(struct kcall *k, u32 guest, u32 count, u32 place)
{
    for (u32 i = place; i < count; i++) {
        u64 next = i + 1 < count ? memory_get64(k->e, guest + LISTENER_QUEUE + (i + 1) * 8) : 0;
        memory_set64(k->e, guest + LISTENER_QUEUE + i * 8, next);
    }
    memory_set32(k->e, guest + LISTENER_COUNT, count - 1);
    memory_set32(k->e, guest + 4, count > 1);
}

u64 xam_XNotifyGetNext(struct kcall *k)
{
    u32 guest = xam_find(k, kcall_u32(k, 0), XAM_LISTENER);
    u32 id_out = kcall_u32(k, 2), parameter_out = kcall_u32(k, 3);
    u32 count = guest ? memory_get32(k->e, guest + LISTENER_COUNT) : 0;
    if (count > QUEUE_MAX)
        count = QUEUE_MAX;
    u32 place = find(k, guest, count, kcall_u32(k, 1));
    u32 id = 0, parameter = 0;
    if (place < count) {
        id = memory_get32(k->e, guest + LISTENER_QUEUE + place * 8);
        parameter = memory_get32(k->e, guest + LISTENER_QUEUE + place * 8 + 4);
    }
    if (parameter_out)
        memory_set32(k->e, parameter_out, parameter);
    if (!id_out || !memory_set32(k->e, id_out, id) || place == count)
        return 0;
    take_out(k, guest, count, place);
    return 1;
}

/* Where and when the system shows its own notes over the picture: it has none. */
u64 xam_XNotifyPositionUI(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xam_XNotifyDelayUI(struct kcall *k)
{
    (void)k;
    return ERROR_SUCCESS;
}
