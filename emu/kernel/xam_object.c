/* SPDX-License-Identifier: BSD-3-Clause
 * Overlapped operations, enumerators, and text of the system library. What is asked is answered at once, so that an
 * overlapped operation is over when the call that began it returns. */
#include "emu/kernel/event.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/kernel/wait.h"
#include "emu/kernel/xam.h"
#include "emu/memory/memory.h"

/* XOVERLAPPED. */
enum {
    OVERLAPPED_RESULT = 0x00,
    OVERLAPPED_LENGTH = 0x04,
    OVERLAPPED_CONTEXT = 0x08,
    OVERLAPPED_EVENT = 0x0C,
    OVERLAPPED_ROUTINE = 0x10,
    OVERLAPPED_EXTENDED = 0x18,
    OVERLAPPED_SIZE = 0x1C,
};

void xam_signal(struct kcall *k, u32 handle)
{
    struct object *event = handle_object(k->e, k, handle, OBJECT_EVENT);
    if (!event)
        return;
    signal_set(k->e, event, 1);
    wait_signal(k->e, k, event);
}

static void finish(struct kcall *k, u32 overlapped, u32 result, u32 extended, u32 length)
{
    struct engine *e = k->e;
    memory_set32(e, overlapped + OVERLAPPED_LENGTH, length);
    memory_set32(e, overlapped + OVERLAPPED_EXTENDED, extended);
    memory_set32(e, overlapped + OVERLAPPED_RESULT, result);
    xam_signal(k, memory_get32(e, overlapped + OVERLAPPED_EVENT));
    struct apc apc = {
        .routine = memory_get32(e, overlapped + OVERLAPPED_ROUTINE),
        .context = result,
        .argument1 = length,
        .argument2 = overlapped,
    };
    if (apc.routine)
        apc_queue(e, k->thread, &apc);
}

u64 xam_complete_as(struct kcall *k, u32 overlapped, u32 result, u32 extended, u32 length)
{
    if (!overlapped)
        return result;
    if (!memory_is_writable(k->e, overlapped, OVERLAPPED_SIZE))
        return ERROR_INVALID_PARAMETER;
    finish(k, overlapped, result, extended, length);
    return ERROR_IO_PENDING;
}

u64 xam_complete(struct kcall *k, u32 overlapped, u32 result, u32 length)
{
    return xam_complete_as(k, overlapped, result, xam_hresult(result), length);
}

u64 xam_XMsgCompleteIORequest(struct kcall *k)
{
    u32 overlapped = kcall_u32(k, 0);
    if (memory_is_writable(k->e, overlapped, OVERLAPPED_SIZE))
        finish(k, overlapped, kcall_u32(k, 1), kcall_u32(k, 2), kcall_u32(k, 3));
    return 0;
}

/* One that the title itself completes later may still be pending; only then there is something to wait for. */
u64 xam_XamGetOverlappedResult(struct kcall *k)
{
    u32 overlapped = kcall_u32(k, 0), length = kcall_u32(k, 1);
    if (!memory_is_readable(k->e, overlapped, OVERLAPPED_SIZE))
        return ERROR_INVALID_PARAMETER;
    u32 result = memory_get32(k->e, overlapped + OVERLAPPED_RESULT);
    if (result == ERROR_IO_PENDING)
        return kcall_u32(k, 2) ? kcall_retry(k) : ERROR_IO_INCOMPLETE;
    if (length && !memory_set32(k->e, length, memory_get32(k->e, overlapped + OVERLAPPED_LENGTH)))
        return ERROR_INVALID_PARAMETER;
    return result;
}

/* Nothing is in progress any more that could be cancelled. */
u64 xam_XMsgCancelIORequest(struct kcall *k)
{
    (void)k;
    return ERROR_SUCCESS;
}

u32 xam_create(struct kcall *k, enum xam_kind kind, u32 size, u32 *guest)
{
    struct object *object = object_create(k->e, k, OBJECT_OTHER, size);
    if (!object)
        return 0;
    object->body = kind;
    sync_header(k->e, object->guest, HEADER_EVENT_MANUAL, 0);
    *guest = object->guest;
    u32 handle = handle_create(k->e, k, object);
    object_release(k->e, object);
    return handle;
}

u32 xam_find(struct kcall *k, u32 handle, enum xam_kind kind)
{
    struct object *object = handle_object(k->e, k, handle, OBJECT_OTHER);
    return object && object->body == kind ? object->guest : 0;
}

/* Behind the header of an enumerator. */
enum { ENUM_ITEM = 0x10, ENUM_COUNT = 0x14, ENUM_PER_CALL = 0x18, ENUM_NEXT = 0x1C, ENUM_ITEMS = 0x20 };
enum { ENUM_BYTES_MAX = 0x100000 };

u32 xam_enumerator(struct kcall *k, u32 item_size, u32 count, u32 per_call, u32 *items)
{
    u32 guest;
    if (item_size == 0 || count > ENUM_BYTES_MAX / item_size)
        return 0;
    u32 handle = xam_create(k, XAM_ENUMERATOR, ENUM_ITEMS + item_size * count, &guest);
    if (!handle)
        return 0;
    memory_set32(k->e, guest + ENUM_ITEM, item_size);
    memory_set32(k->e, guest + ENUM_COUNT, count);
    memory_set32(k->e, guest + ENUM_PER_CALL, per_call);
    *items = guest + ENUM_ITEMS;
    return handle;
}

/* The next items, as many as a call gives and the buffer holds. *given: how many. */
static u32 enumerate(struct kcall *k, u32 guest, u32 buffer, u32 size, u32 *given)
{
    u32 item = memory_get32(k->e, guest + ENUM_ITEM), next = memory_get32(k->e, guest + ENUM_NEXT);
    u32 left = memory_get32(k->e, guest + ENUM_COUNT) - next;
    u32 per_call = memory_get32(k->e, guest + ENUM_PER_CALL);
    u32 count = left < per_call ? left : per_call;
    *given = 0;
    if (!buffer || item == 0)
        return ERROR_INVALID_PARAMETER;
    if (count > size / item)
        count = size / item;
    if (left == 0)
        return ERROR_NO_MORE_FILES;
    if (count == 0)
        return ERROR_INSUFFICIENT_BUFFER;
    for (u32 i = 0; i < count * item; i++) {
        u8 byte = memory_get8(k->e, guest + ENUM_ITEMS + next * item + i);
        if (!memory_set8(k->e, buffer + i, byte))
            return ERROR_INVALID_PARAMETER;
    }
    memory_set32(k->e, guest + ENUM_NEXT, next + count);
    *given = count;
    return ERROR_SUCCESS;
}

u64 xam_XamEnumerate(struct kcall *k)
{
    u32 guest = xam_find(k, kcall_u32(k, 0), XAM_ENUMERATOR);
    u32 out = kcall_u32(k, 4), overlapped = kcall_u32(k, 5), given;
    if (!guest)
        return ERROR_INVALID_HANDLE;
    u32 result = enumerate(k, guest, kcall_u32(k, 2), kcall_u32(k, 3), &given);
    if (out)
        memory_set32(k->e, out, given);
    return xam_complete(k, overlapped, result, given);
}

bool xam_put_wide(struct kcall *k, u32 out, const char *text)
{
    u32 length = (u32)strlen(text) + 1;
    if (!memory_is_writable(k->e, out, length * 2))
        return false;
    for (u32 i = 0; i < length; i++)
        memory_set16(k->e, out + i * 2, (u8)text[i]);
    return true;
}

u32 xam_give_wide(struct kcall *k, u32 out, u32 count, const char *text)
{
    if (count > INT32_MAX)
        return xam_hresult(ERROR_INVALID_PARAMETER);
    if (!text || !text[0])
        return xam_hresult(ERROR_NOT_FOUND);
    if (strlen(text) + 1 > count)
        return xam_hresult(ERROR_INSUFFICIENT_BUFFER);
    return xam_put_wide(k, out, text) ? 0 : xam_hresult(ERROR_INVALID_PARAMETER);
}
