/* SPDX-License-Identifier: BSD-3-Clause
 * Handles: numbers in the form the console uses, F8000000 and up in steps of 4. */
#include "emu/kernel/object.h"

#include "emu/kernel/sync.h"

#define HANDLE_BASE   0xF8000000u
#define HANDLE_THREAD 0xFFFFFFFEu /* the calling thread, whatever its handles */

static u32 slot_take(struct machine *m)
{
    struct pool *pool = &m->handle_pool;
    u32 slot = pool->first_free;
    if (slot) {
        pool->first_free = m->handles[slot].next_free;
        m->handles[slot].next_free = 0;
        return slot;
    }
    return pool->high + 1 < HANDLES_MAX ? ++pool->high : 0;
}

/* 0: no such handle. The low two bits do not count, as on NT. */
static u32 slot_of(const struct machine *m, u32 handle)
{
    u32 slot = (handle - HANDLE_BASE) / 4;
    return handle >= HANDLE_BASE && slot <= m->handle_pool.high && m->handles[slot].object ? slot : 0;
}

u32 handle_number(u32 slot)
{
    return HANDLE_BASE + slot * 4;
}

u32 handle_open(struct engine *e, struct object *object)
{
    u32 slot = slot_take(e->m);
    if (!slot)
        return 0;
    object_reference(e, object);
    object->handles++;
    e->m->handles[slot].object = object_slot(e->m, object);
    return handle_number(slot);
}

static struct event begin(struct engine *e, const struct kcall *k, enum event_kind kind)
{
    struct event event = event_begin(e, kind, k ? k->thread->id : 0);
    event.op = k ? k->op : 0;
    event.lr = k ? k->lr : 0;
    return event;
}

u32 handle_create(struct engine *e, const struct kcall *k, struct object *object)
{
    u32 handle = handle_open(e, object);
    if (!handle)
        return 0;
    struct event event = begin(e, k, EVENT_handle_create);
    event.v[F_handle_create_handle] = handle;
    event.v[F_handle_create_type] = object->type;
    event.v[F_handle_create_hsid] = object->hsid;
    event.v[F_handle_create_name] = event_string(e, object->name);
    event_emit(e, &event);
    return handle;
}

u32 handle_duplicate(struct engine *e, const struct kcall *k, u32 source, struct object *object)
{
    u32 handle = handle_open(e, object);
    if (!handle)
        return 0;
    struct event event = begin(e, k, EVENT_handle_duplicate);
    event.v[F_handle_duplicate_handle] = handle;
    event.v[F_handle_duplicate_source] = source;
    event.v[F_handle_duplicate_hsid] = object->hsid;
    event_emit(e, &event);
    return handle;
}

struct object *handle_object(struct engine *e, const struct kcall *k, u32 handle, enum object_type type)
{
    struct machine *m = e->m;
    struct object *object;
    if (handle == HANDLE_THREAD && k) {
        object = &m->objects[k->thread->object];
    } else {
        u32 slot = slot_of(m, handle);
        if (!slot)
            return NULL;
        object = &m->objects[m->handles[slot].object];
    }
    return type == OBJECT_FREE || object->type == type ? object : NULL;
}

bool handle_close(struct engine *e, const struct kcall *k, u32 handle)
{
    struct machine *m = e->m;
    u32 slot = slot_of(m, handle);
    if (!slot)
        return false;
    struct object *object = &m->objects[m->handles[slot].object];
    m->handles[slot].object = 0;
    m->handles[slot].next_free = m->handle_pool.first_free;
    m->handle_pool.first_free = slot;
    struct event event = begin(e, k, EVENT_handle_destroy);
    event.v[F_handle_destroy_handle] = handle;
    event.v[F_handle_destroy_hsid] = object->hsid;
    event_emit(e, &event);
    /* A name lives as long as there are handles. */
    if (--object->handles == 0)
        memset(object->name, 0, sizeof object->name);
    object_release(e, object);
    return true;
}
