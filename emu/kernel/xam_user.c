/* SPDX-License-Identifier: BSD-3-Clause
 * The system library's users: one, on the first pad, signed in locally and never on line. And its notifications, of
 * which there are none: nothing changes while a title runs. */
#include "emu/kernel/kcall.h"
#include "emu/kernel/object.h"
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"

enum { SIGNED_OUT = 0, SIGNED_IN_LOCALLY = 1, INFO_SIZE = 40, XUID_OFFLINE = 1 };
enum { ERROR_SUCCESS = 0, ERROR_BAD_ARGUMENTS = 0xA0, ERROR_NO_SUCH_USER = 0x525 };

/* Offline identities begin with E. */
#define XUID 0xE000000000000001ull

static const char user_name[16] = "Player";

static bool is_user(u32 user)
{
    return (user & 0xFF) == 0 || (user & 0xFF) == 0xFF;
}

u64 xam_XamUserGetSigninState(struct kcall *k)
{
    return is_user(kcall_u32(k, 0)) ? SIGNED_IN_LOCALLY : SIGNED_OUT;
}

u64 xam_XamUserGetXUID(struct kcall *k)
{
    if (!is_user(kcall_u32(k, 0)))
        return ERROR_NO_SUCH_USER;
    return memory_set64(k->e, kcall_u32(k, 2), kcall_u32(k, 1) & XUID_OFFLINE ? XUID : 0) ? ERROR_SUCCESS
                                                                                          : ERROR_BAD_ARGUMENTS;
}

u64 xam_XamUserGetName(struct kcall *k)
{
    u32 size = kcall_u32(k, 2);
    u32 length = (u32)strlen(user_name);
    if (!is_user(kcall_u32(k, 0)))
        return ERROR_NO_SUCH_USER;
    if (size == 0)
        return ERROR_BAD_ARGUMENTS;
    if (length >= size)
        length = size - 1;
    bool good =
        memory_write(k->e, kcall_u32(k, 1), user_name, length) && memory_set8(k->e, kcall_u32(k, 1) + length, 0);
    return good ? ERROR_SUCCESS : ERROR_BAD_ARGUMENTS;
}

/* XUID, flags, state, two indices, name. */
u64 xam_XamUserGetSigninInfo(struct kcall *k)
{
    u8 info[INFO_SIZE] = {0};
    if (!is_user(kcall_u32(k, 0)))
        return ERROR_NO_SUCH_USER;
    store_be64(info, XUID);
    store_be32(info + 12, SIGNED_IN_LOCALLY);
    memcpy(info + 24, user_name, sizeof user_name);
    return memory_write(k->e, kcall_u32(k, 2), info, sizeof info) ? ERROR_SUCCESS : ERROR_BAD_ARGUMENTS;
}

/* Privileges are about going on line. */
u64 xam_XamUserCheckPrivilege(struct kcall *k)
{
    if (!is_user(kcall_u32(k, 0)))
        return ERROR_NO_SUCH_USER;
    return memory_set32(k->e, kcall_u32(k, 2), 0) ? ERROR_SUCCESS : ERROR_BAD_ARGUMENTS;
}

/* An object that is never signalled. */
u64 xam_XamNotifyCreateListener(struct kcall *k)
{
    struct object *object = object_create(k->e, k, OBJECT_OTHER, HEADER_SIZE);
    if (!object)
        return 0;
    sync_header(k->e, object->guest, HEADER_EVENT_MANUAL, 0);
    u32 handle = handle_create(k->e, k, object);
    object_release(k->e, object);
    return handle;
}

u64 xam_XNotifyGetNext(struct kcall *k)
{
    memory_set32(k->e, kcall_u32(k, 2), 0);
    if (kcall_u32(k, 3))
        memory_set32(k->e, kcall_u32(k, 3), 0);
    return 0;
}

u64 xam_XNotifyPositionUI(struct kcall *k)
{
    (void)k;
    return 0;
}
