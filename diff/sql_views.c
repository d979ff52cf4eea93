/* SPDX-License-Identifier: BSD-3-Clause
 * The tables `waits`, `threads`, `objects` and `files` (diff/sql_source.h): rows of the views. */
#include "diff/sql_source.h"

#ifdef LOCKSTEP_EXTENSION
SQLITE_EXTENSION_INIT3
#endif

u64 sql_view_count(const struct sql_cursor *c)
{
    const struct sql_source *s = c->source;
    return c->table == SQL_waits     ? s->waits.count
           : c->table == SQL_threads ? run_thread_count(s->run)
           : c->table == SQL_objects ? s->objects.count
                                     : s->files.use_count;
}

bool sql_view_wants(const struct sql_cursor *c, u64 row)
{
    const struct window *w = &c->filter.window;
    if (c->table == SQL_waits) {
        const struct wait *wait = &c->source->waits.rows[row];
        return window_holds(w, wait->place, wait->begin_time, wait->begin_seq);
    }
    if (c->table == SQL_files) {
        const struct file_use *use = &c->source->files.uses[row];
        return window_holds(w, use->place, use->time, use->seq);
    }
    return true;
}

static u64 hsid_of(const struct sql_cursor *c, u32 object)
{
    return object == OBJECTS_NONE ? 0 : c->source->objects.rows[object].hsid;
}

static void put_index(struct sql_cursor *c, sqlite3_context *out, u32 place, u64 position)
{
    struct run_span span;
    struct err err;
    if (run_read(c->source->run, place, position, &span, &err) && span.count)
        sql_put_u64(out, span.index[0]);
}

static void put_wait_end(struct sql_cursor *c, sqlite3_context *out, const struct wait *w, int column)
{
    bool is_known = w->waker != WAKER_NONE && w->waker != WAKER_UNKNOWN;
    switch (column) {
    case C_waits_end_time:
        sql_put_time(out, w->end_time);
        break;
    case C_waits_latency:
        if (!wait_is_open(w))
            sql_put_u64(out, w->end_time - w->begin_time);
        break;
    case C_waits_status:
        if (w->has_status && !wait_is_open(w))
            sql_put_u64(out, w->status);
        break;
    case C_waits_waker:
        sql_put_text(out, wait_waker_name(w->waker));
        break;
    case C_waits_waker_thread:
        sql_put_thread(c, out, w->waker_place);
        break;
    case C_waits_waker_op:
        sql_put_op(c, out, is_known ? w->waker_op : 0);
        break;
    case C_waits_waker_lr:
        sql_put_lr(out, w->waker_lr);
        break;
    default:
        sql_put_function(c, out, w->waker_lr);
    }
}

static void put_wait(struct sql_cursor *c, sqlite3_context *out, const struct wait *w, int column)
{
    u32 object = w->objects[0];
    switch (column) {
    case C_waits_seq:
        sql_put_u64(out, w->begin_seq);
        break;
    case C_waits_thread:
        sql_put_thread(c, out, w->place);
        break;
    case C_waits_idx:
        put_index(c, out, w->place, w->call);
        break;
    case C_waits_time:
        sql_put_u64(out, w->begin_time);
        break;
    case C_waits_op:
        sql_put_op(c, out, w->op);
        break;
    case C_waits_lr:
        sql_put_lr(out, w->lr);
        break;
    case C_waits_function:
        sql_put_function(c, out, w->lr);
        break;
    case C_waits_state:
        sql_put_text(out, wait_state_name(w->state));
        break;
    case C_waits_blocked:
        sqlite3_result_int(out, w->blocked);
        break;
    case C_waits_timeout:
        if (w->has_deadline && !wait_is_latency(w))
            sqlite3_result_int64(out, w->deadline == UINT64_MAX ? -1 : (s64)(w->deadline - w->begin_time));
        break;
    case C_waits_count:
        if (w->object_count || w->tells_count)
            sqlite3_result_int(out, w->object_count);
        break;
    case C_waits_wait_all:
        if (w->tells_all)
            sqlite3_result_int(out, w->all);
        break;
    case C_waits_object:
        sql_put_hsid(out, hsid_of(c, object));
        break;
    case C_waits_object_type:
        if (object != OBJECTS_NONE)
            sql_put_text(out, object_type_name((enum object_type)c->source->objects.rows[object].type));
        break;
    default:
        put_wait_end(c, out, w, column);
    }
}

static void put_creation(sqlite3_context *out, const struct run_thread *t, int column)
{
    u64 value = column == C_threads_ordinal   ? t->ordinal
                : column == C_threads_context ? t->context
                : column == C_threads_stack   ? t->stack
                                              : t->flags;
    u32 field = column == C_threads_ordinal   ? (u32)F_thread_create_ordinal
                : column == C_threads_context ? (u32)F_thread_create_context
                : column == C_threads_stack   ? (u32)F_thread_create_stack
                                              : (u32)F_thread_create_flags;
    if (run_thread_tells(t, field))
        sql_put_u64(out, value);
}

static void put_thread(struct sql_cursor *c, sqlite3_context *out, u32 place, int column)
{
    const struct run_thread *t = run_thread(c->source->run, place);
    u32 open;
    switch (column) {
    case C_threads_thread:
        sql_put_u64(out, t->thread);
        break;
    case C_threads_lineage:
        sql_put_hsid(out, t->lineage);
        break;
    case C_threads_entry:
        sql_put_lr(out, t->entry);
        break;
    case C_threads_parent:
        sql_put_thread(c, out, t->parent);
        break;
    case C_threads_spawn_op:
        sql_put_op(c, out, t->spawn_op);
        break;
    case C_threads_spawn_lr:
        sql_put_lr(out, t->spawn_lr);
        break;
    case C_threads_first:
        sql_put_time(out, t->events ? t->first_time : UINT64_MAX);
        break;
    case C_threads_last:
        sql_put_time(out, t->events ? t->last_time : UINT64_MAX);
        break;
    case C_threads_events:
        sql_put_u64(out, t->events);
        break;
    case C_threads_keys:
        sql_put_u64(out, t->keys);
        break;
    case C_threads_exited:
        sqlite3_result_int(out, t->exited);
        break;
    case C_threads_blocked:
        open = waits_open(&c->source->waits, place);
        if (open != UINT32_MAX && !t->exited)
            sql_put_hsid(out, hsid_of(c, c->source->waits.rows[open].objects[0]));
        break;
    case C_threads_function:
        sql_put_name(c, out, t->entry);
        break;
    case C_threads_spawn_function:
        sql_put_function(c, out, t->spawn_lr);
        break;
    case C_threads_context_name:
        sql_put_name(c, out, t->context <= UINT32_MAX ? (u32)t->context : 0);
        break;
    default:
        put_creation(out, t, column);
    }
}

static void put_object(struct sql_cursor *c, sqlite3_context *out, u32 object, int column)
{
    const struct objects *objects = &c->source->objects;
    const struct object *o = &objects->rows[object];
    switch (column) {
    case C_objects_hsid:
        sql_put_hsid(out, o->hsid);
        break;
    case C_objects_type:
        sql_put_text(out, object_type_name((enum object_type)o->type));
        break;
    case C_objects_name:
        sql_put_string(c, out, o->name);
        break;
    case C_objects_thread:
        sql_put_thread(c, out, o->place);
        break;
    case C_objects_seq:
        sql_put_u64(out, o->seq);
        break;
    case C_objects_time:
        sql_put_u64(out, o->time);
        break;
    case C_objects_op:
        sql_put_op(c, out, o->op);
        break;
    case C_objects_lr:
        sql_put_lr(out, o->lr);
        break;
    case C_objects_ordinal:
        if (o->place != UINT32_MAX)
            sql_put_u64(out, o->ordinal);
        break;
    case C_objects_handle:
        if (o->alias_count)
            sql_put_u64(out, objects->aliases[o->first_alias].value);
        break;
    case C_objects_handles:
        sql_put_u64(out, o->alias_count);
        break;
    case C_objects_end_time:
        sql_put_time(out, o->end_time);
        break;
    case C_objects_target:
        sql_put_thread(c, out, o->target);
        break;
    case C_objects_waits:
        sql_put_u64(out, o->wait_count);
        break;
    case C_objects_signals:
        sql_put_u64(out, o->signal_count);
        break;
    case C_objects_producers:
        sql_put_u64(out, objects_signal_threads(objects, object));
        break;
    case C_objects_function:
        sql_put_function(c, out, o->lr);
        break;
    default:
        sql_put_name(c, out, objects_address(objects, object));
    }
}

static void put_file(struct sql_cursor *c, sqlite3_context *out, const struct file_use *use, int column)
{
    switch (column) {
    case C_files_path:
        sql_put_string(c, out, use->name);
        break;
    case C_files_thread:
        sql_put_thread(c, out, use->place);
        break;
    case C_files_seq:
        sql_put_u64(out, use->seq);
        break;
    case C_files_time:
        sql_put_u64(out, use->time);
        break;
    case C_files_op:
        sql_put_op(c, out, use->op);
        break;
    case C_files_lr:
        sql_put_lr(out, use->lr);
        break;
    case C_files_act:
        sql_put_text(out, file_act_name(use->act));
        break;
    case C_files_status:
        if (use->has_status)
            sql_put_u64(out, use->status);
        break;
    case C_files_handle:
        if (use->handle)
            sql_put_u64(out, use->handle);
        break;
    case C_files_length:
        if (use->has_length)
            sql_put_u64(out, use->length);
        break;
    default:
        sql_put_function(c, out, use->lr);
    }
}

void sql_view_column(struct sql_cursor *c, sqlite3_context *out, int column)
{
    if (c->table == SQL_waits)
        put_wait(c, out, &c->source->waits.rows[c->at], column);
    else if (c->table == SQL_threads)
        put_thread(c, out, (u32)c->at, column);
    else if (c->table == SQL_objects)
        put_object(c, out, (u32)c->at, column);
    else
        put_file(c, out, &c->source->files.uses[c->at], column);
}
