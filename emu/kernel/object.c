/* SPDX-License-Identifier: BSD-3-Clause
 * The pool of objects: slots, references, names, and finding one by the address of its dispatcher header. */
#include "emu/kernel/object.h"

#include "emu/kernel/file.h"
#include "emu/kernel/heap.h"
#include "emu/kernel/queue.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/memory/memory.h"

static u32 bucket(u32 guest)
{
    return (guest * 2654435761u) >> 20;
}

static void hash_insert(struct machine *m, struct object *object)
{
    u32 *first = &m->object_hash[bucket(object->guest)];
    object->next_hash = *first;
    *first = object_slot(m, object);
}

static void hash_remove(struct machine *m, struct object *object)
{
    u32 *link = &m->object_hash[bucket(object->guest)];
    while (*link != object_slot(m, object)) {
        CHECK(*link != 0, "object at %08x is not in the table", object->guest);
        link = &m->objects[*link].next_hash;
    }
    *link = object->next_hash;
    object->next_hash = 0;
}

static struct object *hash_find(struct machine *m, u32 guest)
{
    u32 slot = m->object_hash[bucket(guest)];
    while (slot && m->objects[slot].guest != guest)
        slot = m->objects[slot].next_hash;
    return slot ? &m->objects[slot] : NULL;
}

/* Free slots are chained through next_hash and zero otherwise. */
static struct object *slot_take(struct machine *m)
{
    struct pool *pool = &m->object_pool;
    u32 slot = pool->first_free;
    if (slot) {
        pool->first_free = m->objects[slot].next_hash;
        m->objects[slot].next_hash = 0;
        return &m->objects[slot];
    }
    if (pool->high + 1 >= OBJECTS_MAX)
        return NULL;
    return &m->objects[++pool->high];
}

static void slot_give(struct machine *m, struct object *object)
{
    memset(object, 0, sizeof *object);
    object->next_hash = m->object_pool.first_free;
    m->object_pool.first_free = object_slot(m, object);
}

static void destroy(struct engine *e, struct object *object)
{
    CHECK(object->first_waiter == 0, "object %u is freed with waiters", object_slot(e->m, object));
    if (object->type == OBJECT_FILE)
        file_finish(e, object);
    if (object->type == OBJECT_THREAD)
        thread_forget(e, object);
    if (object->type == OBJECT_IO_COMPLETION)
        completion_finish(e, object);
    if (object->guest)
        hash_remove(e->m, object);
    if (object->owns_guest)
        heap_free(e, object->guest);
    slot_give(e->m, object);
}

/* Titles make headers without a call and drop them without one, so objects known by address alone are never given back:
 * when the pool is full those go that nothing can be missed of. */
static bool reclaim(struct engine *e)
{
    bool any = false;
    for (u32 slot = 1; slot <= e->m->object_pool.high; slot++) {
        struct object *object = &e->m->objects[slot];
        bool bare = object->type != OBJECT_FREE && !object->owns_guest && object->guest && object->handles == 0;
        if (!bare || object->references > 1 || object->first_waiter || object->due || object->owner)
            continue;
        destroy(e, object);
        any = true;
    }
    return any;
}

/* In place of the wait list of a header that is the title's: what the list would hold nobody asks. */
#define MARK 0x4C534F42u

static void mark(struct engine *e, const struct object *object)
{
    memory_set32(e, object->guest + 8, MARK);
    memory_set32(e, object->guest + 12, (u32)object->hsid);
}

static bool is_marked(struct engine *e, const struct object *object)
{
    return object->owns_guest ||
           (memory_get32(e, object->guest + 8) == MARK && memory_get32(e, object->guest + 12) == (u32)object->hsid);
}

static void set_identity(struct engine *e, const struct kcall *k, struct object *object)
{
    object->created = engine_time(e);
    object->creator = k ? k->thread->id : 0;
    object->create_lr = k ? k->lr : 0;
    object->create_op = k ? k->op : 0;
    object->hsid = identity_object(e, k ? k->thread : NULL, object->create_lr, &object->create_ordinal);
    if (object->guest && !object->owns_guest)
        mark(e, object);
}

/* The same slot, so that waits stay; a new object otherwise. */
static void renew(struct engine *e, const struct kcall *k, struct object *object)
{
    object->signal_time = 0;
    object->signal_thread = object->signal_lr = object->signal_op = object->signal_woke = 0;
    memset(&object->armed, 0, sizeof object->armed);
    memset(&object->undone, 0, sizeof object->undone);
    memset(&object->refused, 0, sizeof object->refused);
    set_identity(e, k, object);
}

void object_note(struct engine *e, const struct kcall *k, struct act *act)
{
    *act = (struct act){
        .time = engine_time(e),
        .thread = k ? k->thread->id : 0,
        .lr = k ? k->lr : 0,
        .op = k ? k->op : 0,
        .count = act->count + 1,
    };
}

static struct object *create(struct engine *e, const struct kcall *k, enum object_type type, u32 guest, bool owns)
{
    struct object *object = slot_take(e->m);
    if (!object && reclaim(e))
        object = slot_take(e->m);
    if (!object)
        return NULL;
    object->type = type;
    object->references = 1;
    object->guest = guest;
    object->owns_guest = owns;
    set_identity(e, k, object);
    if (guest)
        hash_insert(e->m, object);
    return object;
}

struct object *object_create(struct engine *e, const struct kcall *k, enum object_type type, u32 guest_size)
{
    u32 guest = guest_size ? heap_alloc(e, guest_size) : 0;
    if (guest_size && !guest)
        return NULL;
    struct object *object = create(e, k, type, guest, guest != 0);
    if (!object && guest)
        heap_free(e, guest);
    return object;
}

void object_reference(struct engine *e, struct object *object)
{
    CHECK(object->references > 0, "object %u has no references", object_slot(e->m, object));
    object->references++;
}

void object_release(struct engine *e, struct object *object)
{
    CHECK(object->references > 0, "object %u has no references", object_slot(e->m, object));
    if (--object->references == 0)
        destroy(e, object);
}

static enum object_type type_of_header(u8 header)
{
    switch (header) {
    case HEADER_EVENT_MANUAL:
    case HEADER_EVENT_AUTO:
        return OBJECT_EVENT;
    case HEADER_MUTANT:
        return OBJECT_MUTANT;
    case HEADER_QUEUE:
        return OBJECT_QUEUE;
    case HEADER_SEMAPHORE:
        return OBJECT_SEMAPHORE;
    case HEADER_TIMER_MANUAL:
    case HEADER_TIMER_AUTO:
        return OBJECT_TIMER;
    default:
        return OBJECT_FREE;
    }
}

static bool is_held(const struct object *object)
{
    return object->owns_guest || object->first_waiter || object->references > 1;
}

struct object *object_at_as(struct engine *e, const struct kcall *k, u32 guest, enum object_type type)
{
    struct object *object = hash_find(e->m, guest);
    if (object && object->type == type && is_marked(e, object))
        return object;
    /* The title has made it anew, or put another kind where one was. With waiters the old one stays: they would be
     * lost.
     */
    if (object && is_held(object)) {
        if (object->type == type && !object->owns_guest)
            renew(e, k, object);
        return object;
    }
    if (object)
        destroy(e, object);
    return type == OBJECT_FREE ? NULL : create(e, k, type, guest, false);
}

struct object *object_at(struct engine *e, const struct kcall *k, u32 guest)
{
    if (!guest || (guest & 3) || !memory_is_writable(e, guest, 16))
        return NULL;
    return object_at_as(e, k, guest, type_of_header(memory_get8(e, guest)));
}

void object_initialise(struct engine *e, const struct kcall *k, u32 guest, enum object_type type)
{
    struct object *object = hash_find(e->m, guest);
    if (!object || !is_held(object)) {
        if (object)
            destroy(e, object);
        create(e, k, type, guest, false);
    } else if (!object->owns_guest) {
        renew(e, k, object);
    }
}

struct object *object_known_at(struct engine *e, u32 guest)
{
    return guest ? hash_find(e->m, guest) : NULL;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool same_name(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

struct object *object_by_name(struct engine *e, enum object_type type, const char *name)
{
    for (u32 slot = 1; slot <= e->m->object_pool.high; slot++) {
        struct object *object = &e->m->objects[slot];
        bool fits = type == OBJECT_FREE ? object->type != OBJECT_FILE : object->type == type; /* a file's is its path */
        if (object->name[0] && fits && same_name(object->name, name))
            return object;
    }
    return NULL;
}
