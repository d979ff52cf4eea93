/* SPDX-License-Identifier: BSD-3-Clause
 * The system's music player, as titles speak to it: messages of app FA. It keeps play lists and says what it would be
 * doing; there is no sound of it, and no song of it ends. Each message is a block of words that begins with who asks.
 * Facts: Xenia. */
#include "emu/kernel/xam.h"
#include "emu/memory/memory.h"

enum {
    PLAY = 0x70002,
    CONTINUE = 0x70003,
    STOP = 0x70004,
    PAUSE = 0x70005,
    NEXT = 0x70006,
    PREVIOUS = 0x70007,
    SET_BEHAVIOUR = 0x70008,
    GET_STATE = 0x70009,
    GET_VOLUME = 0x7000B,
    SET_VOLUME = 0x7000C,
    CREATE_LIST = 0x7000D,
    DELETE_LIST = 0x70013,
    SET_CONTROLLER = 0x7001A,
    GET_CONTROLLER = 0x7001B,
    GET_BEHAVIOUR = 0x70029,
    GET_LIST_SIZE = 0x7002E,
};
enum { IDLE, PLAYING, PAUSED };
/* What titles have the size of asked for: a word for the list, 128 bytes a song. */
enum { LIST_HEAD = 4, LIST_SONG = 128, SONGS_MAX = 0x10000 };

static u32 word(struct kcall *k, u32 buffer, u32 i)
{
    return memory_get32(k->e, buffer + i * 4);
}

/* An output that may be left out. */
static u32 put(struct kcall *k, u32 out, u32 value)
{
    return !out || memory_set32(k->e, out, value) ? 0 : XAM_E_ARGUMENT;
}

static u32 become(struct kcall *k, u32 state)
{
    k->m->music.state = state;
    xam_notify(k, NOTIFY_MUSIC_STATE, state);
    return 0;
}

static struct music_list *find(struct kcall *k, u32 handle)
{
    for (u32 i = 0; i < MUSIC_LISTS; i++) {
        struct music_list *list = &k->m->music.lists[i];
        if (handle && list->handle == handle)
            return list;
    }
    return NULL;
}

static u32 create(struct kcall *k, u32 buffer)
{
    struct music *music = &k->m->music;
    u32 storage = word(k, buffer, 1), count = word(k, buffer, 4), handles = word(k, buffer, 7);
    struct music_list *list = music->lists;
    while (list < music->lists + MUSIC_LISTS && list->handle)
        list++;
    if (list == music->lists + MUSIC_LISTS)
        return xam_hresult(ERROR_OUTOFMEMORY);
    if (count > SONGS_MAX || (handles && !memory_is_writable(k->e, handles, count * 4)) ||
        put(k, word(k, buffer, 8), storage) || !memory_set32(k->e, storage, music->next_handle + 1))
        return XAM_E_ARGUMENT;
    u32 handle = ++music->next_handle;
    *list = (struct music_list){handle, count, handle + 1};
    for (u32 i = 0; i < count; i++)
        put(k, handles ? handles + i * 4 : 0, ++music->next_handle);
    return 0;
}

static u32 remove_list(struct kcall *k, u32 buffer)
{
    struct music_list *list = find(k, word(k, word(k, buffer, 1), 0));
    if (!list)
        return xam_hresult(ERROR_NOT_FOUND);
    bool active = list->handle == k->m->music.active;
    memset(list, 0, sizeof *list);
    if (active)
        k->m->music.active = k->m->music.song = 0;
    return active ? become(k, IDLE) : 0;
}

static u32 play(struct kcall *k, u32 buffer)
{
    const struct music_list *list = find(k, word(k, word(k, buffer, 1), 0));
    u32 song = word(k, buffer, 2);
    if (!list)
        return xam_hresult(ERROR_NOT_FOUND);
    k->m->music.active = list->handle;
    k->m->music.song = song - list->first < list->count ? song - list->first : 0;
    become(k, PLAYING);
    xam_notify(k, NOTIFY_MUSIC_BEHAVIOUR, 1);
    return 0;
}

static u32 skip(struct kcall *k, bool forward)
{
    const struct music_list *list = find(k, k->m->music.active);
    if (!list || !list->count)
        return xam_hresult(ERROR_NOT_FOUND);
    k->m->music.song = (k->m->music.song + (forward ? 1 : list->count - 1)) % list->count;
    return become(k, PLAYING);
}

static u32 change(struct kcall *k, u32 message, u32 buffer)
{
    struct music *music = &k->m->music;
    switch (message) {
    case CONTINUE:
        return become(k, music->state == PAUSED ? PLAYING : music->state);
    case STOP:
        music->active = music->song = 0;
        return become(k, IDLE);
    case PAUSE:
        return become(k, music->state == PLAYING ? PAUSED : music->state);
    case SET_BEHAVIOUR:
        for (u32 i = 0; i < countof(music->behaviour); i++)
            music->behaviour[i] = word(k, buffer, 1 + i);
        xam_notify(k, NOTIFY_MUSIC_BEHAVIOUR, 0);
        return 0;
    case SET_VOLUME:
        music->quieter = ~word(k, buffer, 1);
        return 0;
    default: /* SET_CONTROLLER */
        music->by_title = word(k, buffer, 2);
        xam_notify(k, NOTIFY_MUSIC_CONTROLLER, !music->by_title);
        return 0;
    }
}

static u32 answer(struct kcall *k, u32 message, u32 buffer)
{
    const struct music *music = &k->m->music;
    u32 result = 0;
    switch (message) {
    case GET_STATE:
        return put(k, word(k, buffer, 1), music->state);
    case GET_VOLUME:
        return put(k, word(k, buffer, 1), music->quieter ? ~music->quieter : 0x3F800000);
    case GET_CONTROLLER: /* the title's own music is never locked out */
        result = put(k, word(k, buffer, 1), 0);
        return result ? result : put(k, word(k, buffer, 2), 0);
    case GET_BEHAVIOUR:
        for (u32 i = 0; i < countof(music->behaviour) && !result; i++)
            result = put(k, word(k, buffer, 1 + i), music->behaviour[i]);
        return result;
    default: /* GET_LIST_SIZE */
        if (word(k, buffer, 1) > SONGS_MAX)
            return XAM_E_ARGUMENT;
        return put(k, word(k, buffer, 2), LIST_HEAD + word(k, buffer, 1) * LIST_SONG);
    }
}

u32 xam_music_message(struct kcall *k, u32 message, u32 buffer)
{
    switch (message) {
    case PLAY:
        return play(k, buffer);
    case NEXT:
    case PREVIOUS:
        return skip(k, message == NEXT);
    case CREATE_LIST:
        return create(k, buffer);
    case DELETE_LIST:
        return remove_list(k, buffer);
    case CONTINUE:
    case STOP:
    case PAUSE:
    case SET_BEHAVIOUR:
    case SET_VOLUME:
    case SET_CONTROLLER:
        return change(k, message, buffer);
    case GET_STATE:
    case GET_VOLUME:
    case GET_CONTROLLER:
    case GET_BEHAVIOUR:
    case GET_LIST_SIZE:
        return answer(k, message, buffer);
    default:
        engine_note(k->e, "the music player does not know message 0x%X: it fails", message);
        return XAM_E_FAIL;
    }
}
