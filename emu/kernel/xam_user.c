/* SPDX-License-Identifier: BSD-3-Clause
 * The system library's users: one, on the first pad, signed in locally and never on line. User FF is any user. */
#include "emu/kernel/xam.h"
#include "emu/memory/memory.h"

enum { SIGNED_OUT = 0, SIGNED_IN_LOCALLY = 1, INFO_SIZE = 40, XUID_OFFLINE = 1, NAME_CAPACITY = 16 };
enum { RATING_NONE = 0xFF, ACHIEVEMENT_SIZE = 36, ACHIEVEMENT_TEXTS = 7, ACHIEVEMENT_TEXT_SIZE = 464 };

const char xam_user_name[16] = "Player";

static bool is_user(u32 user)
{
    return user == 0 || (user & 0xFF) == ANY_USER;
}

/* Why a user's data cannot be had, as an HRESULT; 0: it can. */
static u32 check_user(u32 user)
{
    if (user >= USERS && (user & 0xFF) != ANY_USER)
        return xam_hresult(ERROR_INVALID_PARAMETER);
    return is_user(user) ? 0 : xam_hresult(ERROR_NO_SUCH_USER);
}

u64 xam_XamUserGetSigninState(struct kcall *k)
{
    return is_user(kcall_u32(k, 0)) ? SIGNED_IN_LOCALLY : SIGNED_OUT;
}

/* Without an account on line there is an offline identity only. */
u64 xam_XamUserGetXUID(struct kcall *k)
{
    u32 error = check_user(kcall_u32(k, 0));
    bool wanted = kcall_u32(k, 1) & XUID_OFFLINE;
    if (!memory_set64(k->e, kcall_u32(k, 2), !error && wanted ? XAM_XUID : 0))
        return xam_hresult(ERROR_INVALID_PARAMETER);
    if (!error && !wanted)
        error = xam_hresult(ERROR_NO_SUCH_USER);
    return error;
}

u64 xam_XamUserGetIndexFromXUID(struct kcall *k)
{
    if (k->arg[0] != XAM_XUID)
        return xam_hresult(ERROR_NO_SUCH_USER);
    return memory_set32(k->e, kcall_u32(k, 2), 0) ? 0 : xam_hresult(ERROR_INVALID_PARAMETER);
}

u64 xam_XamUserGetName(struct kcall *k)
{
    u32 error = check_user(kcall_u32(k, 0));
    u32 capacity = kcall_u32(k, 2) < NAME_CAPACITY ? kcall_u32(k, 2) : NAME_CAPACITY;
    char name[NAME_CAPACITY];
    if (error)
        return error;
    if (capacity == 0)
        return xam_hresult(ERROR_INVALID_PARAMETER);
    memcpy(name, xam_user_name, sizeof name);
    name[capacity - 1] = '\0';
    bool good = memory_write(k->e, kcall_u32(k, 1), name, (u32)strlen(name) + 1);
    return good ? 0 : xam_hresult(ERROR_INVALID_PARAMETER);
}

u64 xam_XamUserGetGamerTag(struct kcall *k)
{
    u32 error = check_user(kcall_u32(k, 0));
    if (error)
        return error;
    if (kcall_u32(k, 2) < NAME_CAPACITY)
        return xam_hresult(ERROR_INVALID_PARAMETER);
    return xam_put_wide(k, kcall_u32(k, 1), xam_user_name) ? 0 : xam_hresult(ERROR_INVALID_PARAMETER);
}

/* XUID, flags, state, two indices, name. */
u64 xam_XamUserGetSigninInfo(struct kcall *k)
{
    u8 info[INFO_SIZE] = {0};
    u32 error = check_user(kcall_u32(k, 0));
    if (!error) {
        store_be64(info, XAM_XUID);
        store_be32(info + 12, SIGNED_IN_LOCALLY);
        memcpy(info + 24, xam_user_name, sizeof xam_user_name);
    }
    return memory_write(k->e, kcall_u32(k, 2), info, sizeof info) ? error : xam_hresult(ERROR_INVALID_PARAMETER);
}

/* Privileges are about going on line: who is not there has none. */
u64 xam_XamUserCheckPrivilege(struct kcall *k)
{
    if (!is_user(kcall_u32(k, 0)))
        return ERROR_NO_SUCH_USER;
    return memory_set32(k->e, kcall_u32(k, 2), 0) ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
}

/* The tiers of accounts on line. */
u64 xam_XamUserGetMembershipTier(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xam_XamUserGetMembershipTierFromXUID(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xam_XamUserGetUserFlags(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xam_XamUserGetUserFlagsFromXUID(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xam_XamUserIsGuest(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xam_XamUserIsOnlineEnabled(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xam_XamUserIsPartial(struct kcall *k)
{
    (void)k;
    return 0;
}

/* Nobody has friends who is never on line. */
u64 xam_XamUserAreUsersFriends(struct kcall *k)
{
    u32 out = kcall_u32(k, 3), result = ERROR_NOT_LOGGED_ON;
    if (!is_user(kcall_u32(k, 0)))
        result = ERROR_NO_SUCH_USER;
    if (out)
        memory_set32(k->e, out, 0);
    return xam_complete(k, kcall_u32(k, 4), result, 0);
}

/* There are no restrictions on what the user may see. */
u64 xam_XamUserContentRestrictionGetFlags(struct kcall *k)
{
    if (!is_user(kcall_u32(k, 0)))
        return ERROR_NO_SUCH_USER;
    return memory_set32(k->e, kcall_u32(k, 1), 0) ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
}

u64 xam_XamUserContentRestrictionGetRating(struct kcall *k)
{
    if (!is_user(kcall_u32(k, 0)))
        return ERROR_NO_SUCH_USER;
    bool good = memory_set32(k->e, kcall_u32(k, 2), RATING_NONE) && memory_set32(k->e, kcall_u32(k, 3), 0);
    return good ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
}

u64 xam_XamUserContentRestrictionCheckAccess(struct kcall *k)
{
    u32 result = is_user(kcall_u32(k, 0)) ? ERROR_SUCCESS : ERROR_NO_SUCH_USER;
    if (!memory_set32(k->e, kcall_u32(k, 5), result == ERROR_SUCCESS))
        result = ERROR_INVALID_PARAMETER;
    return xam_complete(k, kcall_u32(k, 6), result, 0);
}

/* The device that a user's pad is. */
u64 xam_XamUserGetDeviceContext(struct kcall *k)
{
    u32 user = kcall_u32(k, 0);
    bool good = memory_set32(k->e, kcall_u32(k, 2), user == 0 ? 1 : 0);
    if (!good || (user >= USERS && (user & 0xFF) != ANY_USER))
        return xam_hresult(ERROR_INVALID_PARAMETER);
    return is_user(user) ? 0 : xam_hresult(ERROR_DEVICE_NOT_CONNECTED);
}

/* title, user, identity, flags, first, how many a call, size out, handle out. UNKNOWN here: the title's own list of
 * achievements, which stands in a resource of it that is not read; the enumerator has none. */
u64 xam_XamUserCreateAchievementEnumerator(struct kcall *k)
{
    u32 count = kcall_u32(k, 5), size_out = kcall_u32(k, 6), out = kcall_u32(k, 7), items;
    u32 item = ACHIEVEMENT_SIZE + (kcall_u32(k, 3) & ACHIEVEMENT_TEXTS ? ACHIEVEMENT_TEXT_SIZE : 0);
    if (!count || kcall_u32(k, 1) >= USERS || !memory_is_writable(k->e, size_out, 4) ||
        !memory_is_writable(k->e, out, 4))
        return ERROR_INVALID_PARAMETER;
    u32 handle = xam_enumerator(k, item, 0, count, &items);
    if (!handle)
        return ERROR_OUTOFMEMORY;
    memory_set32(k->e, size_out, item * count);
    memory_set32(k->e, out, handle);
    return ERROR_SUCCESS;
}
