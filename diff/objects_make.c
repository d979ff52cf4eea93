/* SPDX-License-Identifier: BSD-3-Clause
 * Making and looking up the objects of a run (diff/objects.h). */
#include "diff/objects_build.h"
#include "diff/objects_pass.h"
#include "diff/order.h"

#include <stdlib.h>

static bool is_wait_by_address(const struct site_fact *fact)
{
    return fact->kind == EVENT_call && fact->role.role == ROLE_WAIT && fact->role.how == ROLE_BY_ADDRESS;
}

/* A wait's begin tells of objects only behind such a call. */
static bool is_wanted_begin(const struct site_fact *fact)
{
    return fact->kind == EVENT_wait_begin && (fact->role.how == ROLE_BY_ADDRESS || !fact->op);
}

/* Which others are looked at. */
static bool is_wanted(const struct site_fact *fact)
{
    switch (fact->kind) {
    case EVENT_handle_create:
    case EVENT_handle_destroy:
    case EVENT_handle_duplicate:
    case EVENT_thread_create:
    case EVENT_thread_exit:
    case EVENT_timer:
    case EVENT_signal_match:
    case EVENT_wake_requested:
        return true;
    case EVENT_return:
        return fact->role.role == ROLE_REFERENCE;
    case EVENT_call:
        return role_is_producer(fact->role.role) || fact->role.role == ROLE_EXIT || fact->role.role == ROLE_DUPLICATE ||
               fact->role.role == ROLE_REFERENCE || fact->role.role == ROLE_MAKE || fact->role.role == ROLE_ARM ||
               is_wait_by_address(fact);
    default:
        return false;
    }
}

static bool is_match(const struct site_fact *fact)
{
    return fact->kind == EVENT_signal_match || fact->kind == EVENT_wake_requested;
}

/* Of those, what may make an object or tell which one it is. */
static bool tells_identity(const struct site_fact *fact)
{
    bool is_made = fact->role.role == ROLE_DUPLICATE || fact->role.role == ROLE_REFERENCE ||
                   fact->role.role == ROLE_MAKE || fact->role.how == ROLE_BY_ADDRESS;
    return fact->kind != EVENT_thread_exit && !is_match(fact) && (fact->kind != EVENT_call || is_made);
}

void objects_set_target(struct objects *objects, u32 object, u32 place)
{
    if (place == UINT32_MAX)
        return;
    objects->rows[object].target = place;
    objects->rows[object].type = OBJECT_THREAD;
    objects->index->by_thread[place] = object;
}

static void begin(struct build *b)
{
    u32 threads = run_thread_count(b->run);
    struct objects_index *index = calloc(1, sizeof *index);
    CHECK(index, "out of memory");
    b->objects->index = index;
    index->by_thread = malloc((threads + 1u) * sizeof *index->by_thread);
    b->threads = calloc(threads + 1u, sizeof *b->threads);
    b->types = malloc(run_site_count(b->run) + 1u);
    CHECK(index->by_thread && b->threads && b->types, "out of memory");
    memset(b->types, TYPE_NOT_LOOKED_UP, run_site_count(b->run));
    for (u32 i = 0; i < threads; i++) {
        index->by_thread[i] = OBJECTS_NONE;
        b->threads[i] = (struct thread_state){.spawn_object = OBJECTS_NONE,
                                              .spawn_child = UINT32_MAX,
                                              .referenced = OBJECTS_NONE,
                                              .last_signal = UINT32_MAX};
    }
}

/* A thread that ended before its object was known, or whose object has no event of its own. */
static void name_threads(struct objects *o)
{
    for (u32 place = 0; place < run_thread_count(o->run); place++) {
        const struct run_thread *t = run_thread(o->run, place);
        u32 object = o->index->by_thread[place];
        if (object == OBJECTS_NONE && t->hsid)
            object = map_get(&o->index->by_hsid, t->hsid);
        if (object != OBJECTS_NONE)
            objects_set_target(o, object, place);
    }
    for (u32 i = 0; i < o->signal_count; i++)
        if (o->signals[i].role == ROLE_EXIT && o->signals[i].object == OBJECTS_NONE &&
            o->index->by_thread[o->signals[i].place] != OBJECTS_NONE) {
            o->signals[i].object = o->index->by_thread[o->signals[i].place];
            o->rows[o->signals[i].object].signal_count++;
        }
}

/* Puts rows in order of their objects, and keeps their order within each: a counting sort. */
static void group_aliases(struct objects *o)
{
    struct object_alias *sorted = malloc((o->alias_count + 1u) * sizeof *sorted);
    u32 *place = calloc(o->count + 1u, sizeof *place);
    CHECK(sorted && place, "out of memory");
    u32 at = 0;
    for (u32 i = 0; i < o->count; i++) {
        o->rows[i].first_alias = place[i] = at;
        at += o->rows[i].alias_count;
    }
    for (u32 i = 0; i < o->alias_count; i++)
        sorted[place[o->aliases[i].object]++] = o->aliases[i];
    free(place);
    free(o->aliases);
    o->aliases = sorted;
}

static void group_signals(struct objects *o)
{
    struct object_signal *sorted = malloc((o->signal_count + 1u) * sizeof *sorted);
    u32 *place = calloc(o->count + 1u, sizeof *place);
    o->in_order = malloc((o->signal_count + 1u) * sizeof *o->in_order);
    CHECK(sorted && place && o->in_order, "out of memory");
    u32 at = 0;
    for (u32 i = 0; i < o->count; i++) {
        o->rows[i].first_signal = place[i] = at;
        at += o->rows[i].signal_count;
    }
    o->index->unknown_first = place[o->count] = at;
    for (u32 i = 0; i < o->signal_count; i++) {
        u32 object = o->signals[i].object;
        u32 row = o->in_order[i] = place[object == OBJECTS_NONE ? o->count : object]++;
        sorted[row] = o->signals[i];
    }
    free(place);
    free(o->signals);
    o->signals = sorted;
}

/* By value, and by seq where it is the same. */
static void index_values(struct objects *o)
{
    struct objects_index *index = o->index;
    u64 *numbers = malloc((o->alias_count + 1u) * sizeof *numbers);
    index->values = malloc((o->alias_count + 1u) * sizeof *index->values);
    CHECK(numbers && index->values, "out of memory");
    for (u32 i = 0; i < o->alias_count; i++)
        numbers[i] = o->aliases[i].from_seq;
    u32 *by_seq = order_make(numbers, o->alias_count);
    for (u32 i = 0; i < o->alias_count; i++)
        numbers[i] = o->aliases[by_seq[i]].value;
    u32 *by_value = order_make(numbers, o->alias_count);
    for (u32 i = 0; i < o->alias_count; i++) {
        u32 alias = by_seq[by_value[i]];
        const struct object_alias *a = &o->aliases[alias];
        if (a->value)
            index->values[index->value_count++] = (struct objects_value){a->value, a->from_seq, alias};
    }
    free(by_value);
    free(by_seq);
    free(numbers);
}

enum { FOR_OBJECTS = 1, FOR_OTHERS = 2 };

static bool is_wanted_here(const struct build *b, const struct site_fact *fact)
{
    return (is_wanted(fact) || is_wanted_begin(fact)) && (!b->is_bare || tells_identity(fact));
}

static u8 *find_wanted(const struct build *b, const struct objects_pass *pass)
{
    u32 sites = run_site_count(b->run);
    u8 *wanted = calloc(sites + 1u, 1);
    CHECK(wanted, "out of memory");
    for (u32 i = 0; i < sites; i++) {
        bool is_for_objects = is_wanted_here(b, &b->facts[i]);
        wanted[i] = (is_for_objects ? FOR_OBJECTS : 0) | (pass && pass->wanted && pass->wanted[i] ? FOR_OTHERS : 0);
    }
    return wanted;
}

static u8 *find_marks(const struct build *b, const u8 *wanted)
{
    u32 sites = run_site_count(b->run);
    u8 *marks = calloc(sites + 1u, 1);
    CHECK(marks, "out of memory");
    for (u32 i = 0; i < sites; i++) {
        const struct site_fact *fact = &b->facts[i];
        bool is_led = wanted[i] == FOR_OBJECTS && (is_wanted_begin(fact) || is_match(fact));
        marks[i] = !wanted[i] ? 0 : is_led ? MARKS_LED : MARKS_WANTED;
        marks[i] |= wanted[i] && (is_wait_by_address(fact) || b->mute[i]) ? MARKS_LEADS : 0;
    }
    return marks;
}

static void forget(struct build *b)
{
    map_free(&b->current);
    map_free(&b->births);
    map_free(&b->last_naming);
    free(b->mute);
    free(b->namings);
    free(b->open_handles);
    free(b->threads);
    free(b->types);
}

static bool note_marks(struct build *b, const struct objects_pass *pass, struct err *err)
{
    const struct mark *mark;
    int more;
    u8 *wanted = find_wanted(b, pass), *looks = find_marks(b, wanted);
    struct marks *marks = marks_open(b->run, b->facts, looks, pass ? pass->watch : NULL);
    if (b->is_bare)
        marks_leave_times(marks);
    while ((more = marks_next(marks, &mark, err)) > 0) {
        if (wanted[mark->site] & FOR_OBJECTS)
            objects_note(b, mark);
        if (wanted[mark->site] & FOR_OTHERS)
            pass->note(pass->context, mark);
    }
    marks_close(marks);
    free(wanted);
    free(looks);
    return !more;
}

static bool make(struct build *b, const struct objects_pass *pass, struct err *err)
{
    struct objects *o = b->objects;
    *o = (struct objects){.run = b->run};
    b->mute = objects_find_mute(b);
    begin(b);
    bool ok = note_marks(b, pass, err);
    name_threads(o);
    group_aliases(o);
    index_values(o);
    ok = ok && (b->is_bare || objects_match_all(b, err));
    group_signals(o);
    forget(b);
    return ok;
}

bool objects_make_along(struct objects *o, struct run *run, const struct site_fact *facts,
                        const struct objects_pass *pass, struct err *err)
{
    struct build b = {.run = run, .objects = o, .facts = facts};
    return make(&b, pass, err);
}

bool objects_make_bare(struct objects *o, struct run *run, const struct site_fact *facts, struct err *err)
{
    struct build b = {.run = run, .objects = o, .facts = facts, .is_bare = true};
    return make(&b, NULL, err);
}

bool objects_make(struct objects *o, struct run *run, struct err *err)
{
    struct site_fact *facts = sites_make(run);
    bool ok = objects_make_along(o, run, facts, NULL, err);
    free(facts);
    return ok;
}

void objects_free(struct objects *o)
{
    if (o->index) {
        map_free(&o->index->by_hsid);
        free(o->index->by_thread);
        free(o->index->values);
        free(o->index);
    }
    free(o->rows);
    free(o->aliases);
    free(o->signals);
    free(o->in_order);
    *o = (struct objects){0};
}

u32 objects_by_hsid(const struct objects *o, u64 hsid)
{
    return hsid ? map_get(&o->index->by_hsid, hsid) : OBJECTS_NONE;
}

u32 objects_by_thread(const struct objects *o, u32 place)
{
    return o->index->by_thread[place];
}

u32 objects_by_handle(const struct objects *o, u64 handle, u64 seq)
{
    const struct objects_index *index = o->index;
    u32 low = 0, high = index->value_count;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        const struct objects_value *v = &index->values[middle];
        if (v->value < handle || (v->value == handle && v->seq < seq))
            low = middle + 1;
        else
            high = middle;
    }
    const struct object_alias *a = low ? &o->aliases[index->values[low - 1].alias] : NULL;
    return a && a->value == handle && a->to_seq >= seq ? a->object : OBJECTS_NONE;
}

u32 objects_unknown_signals(const struct objects *o)
{
    return o->signal_count - o->index->unknown_first;
}

u32 objects_untold_signals(const struct objects *o)
{
    u32 count = 0;
    for (u32 i = o->index->unknown_first; i < o->signal_count; i++)
        count += o->signals[i].role != ROLE_EXIT;
    return count;
}

u32 objects_last_signal(const struct objects *o, u32 object, u64 seq, u32 *hint)
{
    u32 first = object == OBJECTS_NONE ? o->index->unknown_first : o->rows[object].first_signal;
    u32 low = first, high = object == OBJECTS_NONE ? o->signal_count : first + o->rows[object].signal_count;
    if (*hint >= low && *hint < high && o->signals[*hint].seq < seq) {
        u32 step = 1; /* twice as far each time */
        for (low = *hint + 1; step <= high - low && o->signals[low + step - 1].seq < seq; step *= 2)
            low += step;
        high = step <= high - low ? low + step - 1 : high;
    }
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (o->signals[middle].seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    *hint = low > first ? low - 1 : UINT32_MAX;
    return *hint;
}

u32 objects_signal_threads(const struct objects *o, u32 object)
{
    u32 threads = 0;
    u8 *seen = calloc(run_thread_count(o->run) + 1u, 1);
    CHECK(seen, "out of memory");
    const struct object *row = &o->rows[object];
    for (u32 i = 0; i < row->signal_count; i++) {
        u32 place = o->signals[row->first_signal + i].place;
        threads += !seen[place];
        seen[place] = 1;
    }
    free(seen);
    return threads;
}

const char *alias_how_name(u8 how)
{
    static const char *const names[] = {"created",    "opened", "duplicated", "duplicate-of-unknown",
                                        "referenced", "address"};
    return how < countof(names) ? names[how] : "unknown";
}
