/* SPDX-License-Identifier: BSD-3-Clause
 * The objects of a run, worked out of the events that make, name, close and signal them, in the order of the run
 * (diff/objects.h). Beginning, end and look-ups: diff/objects_make.c. */
#include "diff/objects_build.h"
#include "schema/export.h"

#include <stdlib.h>
#include <xxhash.h>

static void *grow(void *rows, u32 count, size_t size)
{
    if (count & (count - 1))
        return rows;
    rows = realloc(rows, (count ? count * 2 : 1) * size);
    CHECK(rows, "out of memory");
    return rows;
}

static u32 object_add(struct build *b, const struct mark *m, u8 type)
{
    struct objects *o = b->objects;
    o->rows = grow(o->rows, o->count, sizeof *o->rows);
    b->open_handles = grow(b->open_handles, o->count, sizeof *b->open_handles);
    b->open_handles[o->count] = 0;
    o->rows[o->count] = (struct object){.type = type,
                                        .place = UINT32_MAX,
                                        .position = m->position,
                                        .seq = m->seq,
                                        .time = m->time,
                                        .target = UINT32_MAX,
                                        .end_seq = UINT64_MAX,
                                        .end_time = UINT64_MAX};
    return o->count++;
}

static void set_hsid(struct build *b, u32 object, u64 hsid, u64 seq)
{
    if (!hsid)
        return;
    if (!b->objects->rows[object].hsid)
        b->objects->rows[object].hsid = hsid;
    map_set(&b->objects->index->by_hsid, hsid, object);
    u32 last = map_get(&b->last_naming, hsid);
    if (last != MAP_NONE && b->namings[last].object == object)
        return;
    b->namings = grow(b->namings, b->naming_count, sizeof *b->namings);
    b->namings[b->naming_count] = (struct objects_naming){seq, object, last};
    map_set(&b->last_naming, hsid, b->naming_count++);
}

/* The call that the event belongs to: its own op and LR, or the thread's last call. */
static u32 birth_site(const struct build *b, const struct mark *m)
{
    return b->facts[m->site].op || m->call_site == UINT32_MAX ? m->site : m->call_site;
}

static void set_birth(struct build *b, u32 object, const struct mark *m)
{
    struct object *row = &b->objects->rows[object];
    const struct run_site *site = run_site(b->run, birth_site(b, m));
    u64 key = (site->key * 31 + m->place + 1) * 0x9E3779B97F4A7C15u;
    u32 before = map_get(&b->births, key);
    row->place = m->place;
    row->op = site->op;
    row->lr = site->lr;
    row->ordinal = before == MAP_NONE ? 0 : before;
    map_set(&b->births, key, row->ordinal + 1);
}

static void close_alias(struct build *b, u32 alias, const struct mark *m)
{
    struct object_alias *a = &b->objects->aliases[alias];
    struct object *row = &b->objects->rows[a->object];
    if (a->to_seq != UINT64_MAX)
        return;
    a->to_seq = m->seq;
    a->to_time = m->time;
    if (--b->open_handles[a->object] == 0) {
        row->end_seq = m->seq;
        row->end_time = m->time;
    }
}

/* A value that names another object from now on no longer names the one before. */
static void add_alias(struct build *b, u32 object, u8 how, u64 value, u64 hsid, const struct mark *m)
{
    struct objects *o = b->objects;
    u32 before = value ? map_get(&b->current, value) : MAP_NONE;
    if (before != MAP_NONE && o->aliases[before].to_seq == UINT64_MAX) {
        if (o->aliases[before].object == object && how >= ALIAS_REFERENCED)
            return;
        close_alias(b, before, m);
    }
    o->aliases = grow(o->aliases, o->alias_count, sizeof *o->aliases);
    o->aliases[o->alias_count] = (struct object_alias){.object = object,
                                                       .how = how,
                                                       .value = value,
                                                       .hsid = hsid,
                                                       .place = m->place,
                                                       .position = m->position,
                                                       .from_seq = m->seq,
                                                       .to_seq = UINT64_MAX,
                                                       .from_time = m->time,
                                                       .to_time = UINT64_MAX};
    if (value)
        map_set(&b->current, value, o->alias_count);
    o->alias_count++;
    o->rows[object].alias_count++;
    o->rows[object].end_seq = o->rows[object].end_time = UINT64_MAX;
    b->open_handles[object]++;
}

/* What the value names now; OBJECTS_NONE: nothing that is known. */
static u32 named_by(const struct build *b, u64 value)
{
    u32 alias = value ? map_get(&b->current, value) : MAP_NONE;
    return alias == MAP_NONE || b->objects->aliases[alias].to_seq != UINT64_MAX ? OBJECTS_NONE
                                                                                : b->objects->aliases[alias].object;
}

static u8 type_of_op(u32 op)
{
    const char *name = export_find(op) ? export_find(op)->name : "";
    return strstr(name, "Semaphore") ? OBJECT_SEMAPHORE
           : strstr(name, "Mutant")  ? OBJECT_MUTANT
           : strstr(name, "Timer")   ? OBJECT_TIMER
           : strstr(name, "Section") ? OBJECT_CRITICAL_SECTION
           : strstr(name, "Event")   ? OBJECT_EVENT
                                     : OBJECT_OTHER;
}

/* What a call there makes, by its op's name. */
static u8 type_of_site(struct build *b, u32 site)
{
    if (b->types[site] == TYPE_NOT_LOOKED_UP)
        b->types[site] = type_of_op(b->facts[site].op);
    return b->types[site];
}

/* What the title makes in its own memory has no event that tells its identity; our kernel names it by its maker's
 * lineage, the LR and how many-th there (emu/kernel/identity.c). */
static u64 hsid_of_birth(const struct build *b, u32 object)
{
    const struct object *row = &b->objects->rows[object];
    u64 lineage = run_thread(b->run, row->place)->lineage;
    u8 bytes[24];
    store_be64(bytes, lineage);
    store_be64(bytes + 8, row->lr);
    store_be64(bytes + 16, row->ordinal);
    return lineage ? XXH3_64bits(bytes, sizeof bytes) : 0;
}

static u32 make_at_address(struct build *b, const struct mark *m)
{
    u32 object = object_add(b, m, type_of_site(b, m->site));
    set_birth(b, object, m);
    set_hsid(b, object, hsid_of_birth(b, object), m->seq);
    add_alias(b, object, ALIAS_ADDRESS, m->v[0], 0, m);
    return object;
}

/* The object that the argument names; an address that is new makes one. */
static u32 object_of_argument(struct build *b, const struct mark *m, u8 how)
{
    if (m->missing & 1 || how == ROLE_BY_NOTHING || !m->v[0])
        return OBJECTS_NONE;
    u32 object = named_by(b, m->v[0]);
    return object == OBJECTS_NONE && how == ROLE_BY_ADDRESS ? make_at_address(b, m) : object;
}

static void add_signal(struct build *b, const struct mark *m, u32 object, u8 role)
{
    struct objects *o = b->objects;
    if (b->is_bare)
        return;
    o->signals = grow(o->signals, o->signal_count, sizeof *o->signals);
    o->signals[o->signal_count++] =
        (struct object_signal){object, m->place, m->site, role, m->position, m->seq, m->time};
    if (object != OBJECTS_NONE)
        o->rows[object].signal_count++;
}

static bool value_of(const struct mark *m, u32 field, u64 *value)
{
    *value = m->v[field];
    return !(m->missing >> field & 1) && *value;
}

/* A handle that a log without handle_duplicate tells as created, in a call of NtDuplicateObject. */
static u32 duplicated(struct build *b, const struct mark *m, u64 hsid, u8 *how)
{
    struct thread_state *t = &b->threads[m->place];
    u32 object =
        m->call_back && t->duplicate_call == m->position - m->call_back ? named_by(b, t->duplicate_of) : OBJECTS_NONE;
    *how = object == OBJECTS_NONE ? ALIAS_DUPLICATE_OF_UNKNOWN : ALIAS_DUPLICATED;
    if (object == OBJECTS_NONE && hsid && map_get(&b->objects->index->by_hsid, hsid) != MAP_NONE) {
        *how = ALIAS_DUPLICATED;
        object = map_get(&b->objects->index->by_hsid, hsid);
    }
    return object;
}

/* What has no name cannot be opened twice: a log that gives the same identity again names by site alone. */
static bool is_made_anew(const struct build *b, const struct mark *m, u32 object)
{
    u64 name;
    return !value_of(m, F_handle_create_name, &name) && b->objects->rows[object].alias_count > 0;
}

static void on_create(struct build *b, const struct mark *m)
{
    u64 handle = 0, hsid = 0;
    value_of(m, F_handle_create_handle, &handle);
    value_of(m, F_handle_create_hsid, &hsid);
    u8 how = ALIAS_CREATED;
    u32 object = OBJECTS_NONE;
    struct role_row role = b->facts[birth_site(b, m)].role;
    if (role.role == ROLE_DUPLICATE)
        object = duplicated(b, m, hsid, &how);
    else if (hsid && map_get(&b->objects->index->by_hsid, hsid) != MAP_NONE)
        object = map_get(&b->objects->index->by_hsid, hsid);
    bool is_twin = object != OBJECTS_NONE && how == ALIAS_CREATED && is_made_anew(b, m, object);
    if (object == OBJECTS_NONE || is_twin) {
        u32 other = object;
        object = object_add(b, m, (u8)m->v[F_handle_create_type]);
        set_birth(b, object, m);
        b->objects->rows[object].is_twin = is_twin;
        if (is_twin)
            b->objects->rows[other].is_twin = true;
    } else if (how == ALIAS_CREATED && b->objects->rows[object].alias_count) {
        how = ALIAS_OPENED;
    }
    set_hsid(b, object, hsid, m->seq);
    struct object *row = &b->objects->rows[object];
    if (!(m->missing >> F_handle_create_type & 1) && m->v[F_handle_create_type] != OBJECT_FREE)
        row->type = (u8)m->v[F_handle_create_type];
    else if (row->type == OBJECT_FREE) /* not told: the call that made it tells */
        row->type = type_of_site(b, birth_site(b, m));
    if (!(m->missing >> F_handle_create_name & 1) && m->v[F_handle_create_name])
        row->name = (u32)m->v[F_handle_create_name];
    add_alias(b, object, how, handle, hsid, m);
    struct thread_state *t = &b->threads[m->place];
    if (role.role == ROLE_SPAWN) {
        t->spawn_object = object;
        t->spawn_object_call = m->position - m->call_back;
    }
    if (role.role == ROLE_SPAWN && t->spawn_child != UINT32_MAX && t->spawn_child_call == t->spawn_object_call)
        objects_set_target(b->objects, object, t->spawn_child);
}

static void on_duplicate(struct build *b, const struct mark *m)
{
    u64 handle = 0, source = 0, hsid = 0;
    value_of(m, F_handle_duplicate_handle, &handle);
    value_of(m, F_handle_duplicate_source, &source);
    value_of(m, F_handle_duplicate_hsid, &hsid);
    u32 object = hsid ? map_get(&b->objects->index->by_hsid, hsid) : MAP_NONE;
    object = object == OBJECTS_NONE ? named_by(b, source) : object;
    u8 how = ALIAS_DUPLICATED;
    if (object == OBJECTS_NONE) {
        object = object_add(b, m, OBJECT_OTHER);
        how = ALIAS_DUPLICATE_OF_UNKNOWN;
    }
    set_hsid(b, object, hsid, m->seq);
    add_alias(b, object, how, handle, hsid, m);
}

static void on_destroy(struct build *b, const struct mark *m)
{
    u64 handle;
    u32 alias = value_of(m, F_handle_destroy_handle, &handle) ? map_get(&b->current, handle) : MAP_NONE;
    if (alias != MAP_NONE)
        close_alias(b, alias, m);
}

static void on_spawn(struct build *b, const struct mark *m)
{
    u64 child, hsid = m->v[F_thread_create_hsid];
    struct thread_state *t = &b->threads[m->place];
    u32 place = value_of(m, F_thread_create_child, &child) ? run_thread_place(b->run, (u32)child) : UINT32_MAX;
    u32 object = hsid ? map_get(&b->objects->index->by_hsid, hsid) : MAP_NONE;
    u64 call = m->position - m->call_back;
    if (object == OBJECTS_NONE && m->call_site != UINT32_MAX && t->spawn_object != OBJECTS_NONE &&
        t->spawn_object_call == call)
        object = t->spawn_object;
    if (object == OBJECTS_NONE && hsid) {
        object = object_add(b, m, OBJECT_THREAD);
        set_birth(b, object, m);
    }
    t->spawn_child = place;
    t->spawn_child_call = call;
    if (object == OBJECTS_NONE)
        return;
    set_hsid(b, object, hsid, m->seq);
    objects_set_target(b->objects, object, place);
}

static void on_thread_exit(struct build *b, const struct mark *m)
{
    u32 object = objects_by_thread(b->objects, m->place);
    if (m->kind == EVENT_thread_exit || !run_thread(b->run, m->place)->exited)
        add_signal(b, m, object, ROLE_EXIT);
}

static void on_timer(struct build *b, const struct mark *m)
{
    u64 hsid;
    if (!value_of(m, F_timer_hsid, &hsid))
        return;
    u32 object = map_get(&b->objects->index->by_hsid, hsid);
    if (object == OBJECTS_NONE) {
        object = object_add(b, m, OBJECT_TIMER);
        set_hsid(b, object, hsid, m->seq);
    }
    add_signal(b, m, object, ROLE_ARM);
}

/* A wait on one address tells that address's identity. */
static void on_wait(struct build *b, const struct mark *m)
{
    const struct thread_state *t = &b->threads[m->place];
    if (!t->wait_address || t->wait_call != m->position - m->call_back || m->v[F_wait_begin_count] != 1 ||
        m->missing & 1)
        return;
    u64 hsid = m->v[F_wait_begin_object0];
    u32 known = hsid ? map_get(&b->objects->index->by_hsid, hsid) : OBJECTS_NONE;
    u32 object = named_by(b, t->wait_address);
    if (known != OBJECTS_NONE && known != object)
        add_alias(b, known, ALIAS_ADDRESS, t->wait_address, 0, m);
    else if (known == OBJECTS_NONE && object != OBJECTS_NONE)
        set_hsid(b, object, hsid, m->seq);
}

void objects_match(struct build *b, struct object_signal *signal, u32 object)
{
    if (object == OBJECTS_NONE || signal->object != OBJECTS_NONE)
        return;
    signal->object = object;
    b->objects->rows[object].signal_count++;
}

/* The engine says which object the thread's last producer signalled. */
static void on_match(struct build *b, const struct mark *m)
{
    struct thread_state *t = &b->threads[m->place];
    u64 hsid, handle;
    struct object_signal *signal = t->last_signal == UINT32_MAX ? NULL : &b->objects->signals[t->last_signal];
    if (!signal || signal->object != OBJECTS_NONE || signal->position != m->position - m->call_back)
        return;
    u32 object = value_of(m, F_signal_match_hsid, &hsid) ? map_get(&b->objects->index->by_hsid, hsid) : OBJECTS_NONE;
    if (object == OBJECTS_NONE && value_of(m, F_signal_match_handle, &handle))
        object = named_by(b, handle);
    objects_match(b, signal, object);
}

static void on_call(struct build *b, const struct mark *m)
{
    struct thread_state *t = &b->threads[m->place];
    struct role_row role = b->facts[m->site].role;
    bool is_made = role.role == ROLE_MAKE && !(m->missing & 1) && m->v[0];
    u32 object = role.role == ROLE_EXIT ? OBJECTS_NONE
                 : is_made              ? make_at_address(b, m)
                                        : object_of_argument(b, m, role.how);
    switch (role.role) {
    case ROLE_SET:
    case ROLE_PULSE:
    case ROLE_RELEASE:
        t->last_signal = b->objects->signal_count;
        add_signal(b, m, object, role.role);
        break;
    case ROLE_SIGNAL_AND_WAIT:
        t->last_signal = b->objects->signal_count;
        add_signal(b, m, m->missing >> 1 & 1 ? OBJECTS_NONE : named_by(b, m->v[1]), role.role);
        break;
    case ROLE_EXIT:
        on_thread_exit(b, m);
        break;
    case ROLE_DUPLICATE:
        t->duplicate_of = m->missing & 1 ? 0 : m->v[0];
        t->duplicate_call = m->position;
        break;
    case ROLE_REFERENCE:
        t->referenced = object;
        t->reference_call = m->position;
        break;
    case ROLE_WAIT:
        t->wait_address = m->missing & 1 ? 0 : m->v[0];
        t->wait_call = m->position;
        break;
    default:
        break;
    }
}

/* ObReferenceObjectByHandle: the handle's object has an address from now on. */
static void on_return(struct build *b, const struct mark *m)
{
    const struct thread_state *t = &b->threads[m->place];
    u64 address;
    if (t->referenced != OBJECTS_NONE && t->reference_call == m->position - m->call_back &&
        value_of(m, F_return_out0, &address))
        add_alias(b, t->referenced, ALIAS_REFERENCED, address, 0, m);
}

void objects_note(struct build *b, const struct mark *m)
{
    switch (m->kind) {
    case EVENT_call:
        on_call(b, m);
        break;
    case EVENT_return:
        on_return(b, m);
        break;
    case EVENT_handle_create:
        on_create(b, m);
        break;
    case EVENT_handle_duplicate:
        on_duplicate(b, m);
        break;
    case EVENT_handle_destroy:
        on_destroy(b, m);
        break;
    case EVENT_thread_create:
        on_spawn(b, m);
        break;
    case EVENT_thread_exit:
        on_thread_exit(b, m);
        break;
    case EVENT_timer:
        on_timer(b, m);
        break;
    case EVENT_wait_begin:
        on_wait(b, m);
        break;
    case EVENT_signal_match:
    case EVENT_wake_requested:
        on_match(b, m);
        break;
    default:
        break;
    }
}

u32 objects_address(const struct objects *objects, u32 object)
{
    const struct object *o = &objects->rows[object];
    for (u32 i = 0; i < o->alias_count; i++) {
        const struct object_alias *a = &objects->aliases[o->first_alias + i];
        if (a->how >= ALIAS_REFERENCED && a->value <= UINT32_MAX)
            return (u32)a->value;
    }
    return 0;
}

bool objects_are_siblings(const struct object *x, const struct object *y)
{
    return x->place != UINT32_MAX && y->place != UINT32_MAX && x->op == y->op && x->lr && x->lr == y->lr;
}
