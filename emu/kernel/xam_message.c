/* SPDX-License-Identifier: BSD-3-Clause
 * Messages to the system's apps, which much of a title's own library is made of: FA music, FB games (contexts,
 * properties, achievements, sessions), FC the service on line, FE the system. Their answers are HRESULTs. A message
 * that is not known here fails, and is named. Facts: Xenia. */
#include "emu/kernel/layout.h"
#include "emu/kernel/xam.h"
#include "emu/memory/memory.h"

enum { APP_MUSIC = 0xFA, APP_GAME = 0xFB, APP_ONLINE = 0xFC, APP_SYSTEM = 0xFE };
enum {
    GAME_SET_CONTEXT = 0xB0006,
    GAME_SET_PROPERTY = 0xB0007,
    GAME_ACHIEVE = 0xB0008,
    GAME_SESSION_CREATE = 0xB0010,
    GAME_SESSION_DELETE = 0xB0011,
    GAME_SESSION_JOIN = 0xB0012,
    GAME_SESSION_START = 0xB0014,
    GAME_SESSION_END = 0xB0015,
    GAME_GET_CONTEXT = 0xB0041,
    GAME_UNKNOWN_71 = 0xB0071,
};
enum {
    ONLINE_LOGON_ID = 0x58004,
    ONLINE_NAT = 0x58006,
    ONLINE_SERVICE = 0x58007,
    ONLINE_FRIENDS = 0x58020,
    ONLINE_INVITATION = 0x58023,
    ONLINE_PRESENCE = 0x58046,
};
enum { SYSTEM_UNKNOWN_20021 = 0x20021, SYSTEM_UNKNOWN_21012 = 0x21012, SYSTEM_UNKNOWN_22005 = 0x22005 };
enum { CONTEXT_PLACE = 16, VALUE_PLACE = 20, NAT_OPEN = 1 };

#define ONLINE_NOT_CONNECTED 0x80151802u

static u32 unknown(struct kcall *k, const char *app, u32 message)
{
    engine_note(k->e, "%s does not know message 0x%X: it fails", app, message);
    return XAM_E_FAIL;
}

/* The context of that id, or a free place for it; NULL: there is none. */
static struct context_value *context_of(struct kcall *k, u32 id)
{
    struct context_value *free_place = NULL;
    for (u32 i = 0; i < CONTEXTS; i++) {
        struct context_value *context = &k->m->contexts[i];
        if (context->is_set && context->id == id)
            return context;
        free_place = free_place || context->is_set ? free_place : context;
    }
    return free_place;
}

static u32 set_context(struct kcall *k, u32 buffer)
{
    u32 id = memory_get32(k->e, buffer + CONTEXT_PLACE);
    struct context_value *context = context_of(k, id);
    if (context)
        *context = (struct context_value){id, memory_get32(k->e, buffer + VALUE_PLACE), 1};
    return context ? 0 : xam_hresult(ERROR_OUTOFMEMORY);
}

/* {id, value} behind a pointer. */
static u32 get_context(struct kcall *k, u32 buffer)
{
    u32 at = memory_get32(k->e, buffer + CONTEXT_PLACE);
    const struct context_value *context = context_of(k, memory_get32(k->e, at));
    u32 value = context && context->is_set ? context->value : 0;
    return memory_set32(k->e, at + 4, value) ? 0 : XAM_E_ARGUMENT;
}

static u32 game_message(struct kcall *k, u32 message, u32 buffer)
{
    switch (message) {
    case GAME_SET_CONTEXT:
        return set_context(k, buffer);
    case GAME_GET_CONTEXT:
        return get_context(k, buffer);
    case GAME_ACHIEVE:
        engine_note(k->e, "the title gives %u achievements", memory_get32(k->e, buffer));
        return 0;
    case GAME_SET_PROPERTY:
    case GAME_SESSION_CREATE: /* sessions of one console's players need no network */
    case GAME_SESSION_DELETE:
    case GAME_SESSION_JOIN:
    case GAME_SESSION_START:
    case GAME_SESSION_END:
    case GAME_UNKNOWN_71:
        return 0;
    default:
        return unknown(k, "the games' app", message);
    }
}

static u32 online_message(struct kcall *k, u32 message, u32 buffer)
{
    switch (message) {
    case ONLINE_LOGON_ID:
    case ONLINE_NAT:
        return memory_set32(k->e, buffer, NAT_OPEN) ? 0 : XAM_E_ARGUMENT;
    case ONLINE_SERVICE:
        return ONLINE_NOT_CONNECTED;
    case ONLINE_FRIENDS:
    case ONLINE_INVITATION: /* nobody has any who is not on line */
        return XAM_E_FAIL;
    case ONLINE_PRESENCE:
        return 0;
    default:
        return unknown(k, "the service on line", message);
    }
}

static u32 system_message(struct kcall *k, u32 message, u32 buffer)
{
    switch (message) {
    case SYSTEM_UNKNOWN_20021:
        return memory_set32(k->e, memory_get32(k->e, buffer + 0x44), 0) ? 0 : XAM_E_ARGUMENT;
    case SYSTEM_UNKNOWN_21012:
    case SYSTEM_UNKNOWN_22005:
        return 0;
    default:
        return unknown(k, "the system", message);
    }
}

static bool is_app(u32 app)
{
    return app == APP_MUSIC || app == APP_GAME || app == APP_ONLINE || app == APP_SYSTEM;
}

static u32 dispatch(struct kcall *k, u32 app, u32 message, u32 buffer)
{
    switch (app) {
    case APP_MUSIC:
        return xam_music_message(k, message, buffer);
    case APP_GAME:
        return game_message(k, message, buffer);
    case APP_ONLINE:
        return online_message(k, message, buffer);
    case APP_SYSTEM:
        return system_message(k, message, buffer);
    default:
        engine_note(k->e, "message 0x%X to app 0x%X, which is not there", message, app);
        return xam_hresult(ERROR_NOT_FOUND);
    }
}

u64 xam_XMsgInProcessCall(struct kcall *k)
{
    return dispatch(k, kcall_u32(k, 0), kcall_u32(k, 1), kcall_u32(k, 2));
}

u64 xam_XMsgSystemProcessCall(struct kcall *k)
{
    return dispatch(k, kcall_u32(k, 0), kcall_u32(k, 1), kcall_u32(k, 2));
}

/* app, message, overlapped, buffer. An app that is not there is a bad argument here, and the thread's last error says
 * so. */
static u64 start(struct kcall *k)
{
    u32 result = dispatch(k, kcall_u32(k, 0), kcall_u32(k, 1), kcall_u32(k, 3));
    u32 last_error = k->thread->kthread + KTHREAD_LAST_ERROR;
    bool absent = !is_app(kcall_u32(k, 0));
    u64 answer = xam_complete_as(k, kcall_u32(k, 2), absent ? XAM_E_ARGUMENT : result, result, 0);
    if (absent)
        memory_set32(k->e, last_error, ERROR_NOT_FOUND);
    else if (answer == ERROR_SUCCESS || answer == ERROR_IO_PENDING)
        memory_set32(k->e, last_error, ERROR_SUCCESS);
    return answer;
}

u64 xam_XMsgStartIORequest(struct kcall *k)
{
    return start(k);
}

u64 xam_XMsgStartIORequestEx(struct kcall *k)
{
    return start(k);
}
