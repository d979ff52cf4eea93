/* SPDX-License-Identifier: BSD-3-Clause
 * The writer's upper half: gathers a cut on the caller's thread, hands it to the background thread.
 *
 * Where cuts fall depends on the run alone (counts and virtual time), never on the host, so that identical runs make
 * identical blocks. When cuts are committed is the host's affair: at once when little is going on, together when they
 * come fast. What is committed is always a prefix of the run: its events, and the inputs and strings that they rest on.
 */
#include "replay/block.h"
#include "replay/hash.h"
#include "replay/intern.h"
#include "replay/journal.h"
#include "replay/journal_store.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    CUT_TICKS = 5000000,            /* 100 ms of virtual time */
    CUT_SIDE_BYTES = 8 << 20,       /* inputs and strings in one cut */
    QUEUE_BYTES = 64 << 20,         /* on the way to the background thread */
    COMMIT_NANOSECONDS = 100000000, /* of host time between commits */
    CHECKPOINT_PAGES = 128,         /* a megabyte is what a finish has left to put into the file */
    SPARES_MAX = 4,
};

enum side_kind { SIDE_META, SIDE_STRING, SIDE_INPUT };

/* What goes with the events of a cut. */
struct side {
    struct side *next;
    enum side_kind kind;
    u64 number; /* a string's id, an input's seq */
    struct journal_input_record input;
    size_t key_size; /* meta: the value stands behind the key's NUL */
    size_t size;
    u8 bytes[];
};

struct cut {
    struct cut *next;
    u8 *events; /* each without the values that it has not (store_events) */
    size_t size, capacity;
    u32 count;
    struct side *first;
    struct side **last;
    size_t side_bytes;
    bool commit; /* at once */
    bool finish; /* the last one of a whole journal */
    bool leave;  /* the background thread ends */
};

struct journal_writer {
    /* The caller's. */
    struct cut *cut;
    u64 next_cut; /* tick; 0: nothing has come yet */
    struct intern *strings;
    u64 inputs;
    /* Shared, under lock. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct cut *first;
    struct cut **last;
    size_t queued_bytes;
    u64 pushed, done; /* cuts */
    struct cut *spares;
    u32 spare_count;
    bool failed;
    struct err err;
    /* The background thread's. */
    pthread_t thread;
    struct journal_store *store;
    u64 last_commit;
};

static size_t cut_bytes(const struct cut *cut)
{
    return cut->size + cut->side_bytes;
}

static struct cut *cut_take(struct journal_writer *w)
{
    pthread_mutex_lock(&w->lock);
    struct cut *cut = w->spares;
    if (cut) {
        w->spares = cut->next;
        w->spare_count--;
    }
    pthread_mutex_unlock(&w->lock);
    if (!cut) {
        cut = calloc(1, sizeof *cut);
        CHECK(cut, "out of memory");
        cut->capacity = 1024 * sizeof(struct event);
        cut->events = malloc(cut->capacity);
        CHECK(cut->events, "out of memory");
    }
    u8 *events = cut->events;
    *cut = (struct cut){.events = events, .capacity = cut->capacity};
    cut->last = &cut->first;
    return cut;
}

static void cut_free(struct cut *cut)
{
    for (struct side *side = cut->first, *next; side; side = next) {
        next = side->next;
        free(side);
    }
    free(cut->events);
    free(cut);
}

/* ---- The background thread. ---- */

static void write_side(struct journal_store *store, const struct side *side)
{
    const char *text = (const char *)side->bytes;
    switch (side->kind) {
    case SIDE_META:
        store_meta(store, text, text + side->key_size + 1);
        break;
    case SIDE_STRING:
        store_string(store, (u32)side->number, text, side->size);
        break;
    case SIDE_INPUT:
        store_input(store, side->number, &side->input);
        break;
    }
}

static u64 host_nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (u64)now.tv_sec * 1000000000 + (u64)now.tv_nsec;
}

static void write_cut(struct journal_writer *w, const struct cut *cut)
{
    for (const struct side *side = cut->first; side; side = side->next)
        write_side(w->store, side);
    store_events(w->store, cut->events, cut->count);
    if (cut->finish) {
        store_finish(w->store);
    } else if (cut->commit || host_nanoseconds() - w->last_commit >= COMMIT_NANOSECONDS) {
        store_commit(w->store);
        w->last_commit = host_nanoseconds();
    }
}

static void cut_recycle(struct journal_writer *w, struct cut *cut)
{
    struct err err;
    bool failed = store_failed(w->store, &err);
    for (struct side *side = cut->first, *next; side; side = next) {
        next = side->next;
        free(side);
    }
    cut->first = NULL;
    pthread_mutex_lock(&w->lock);
    w->queued_bytes -= cut_bytes(cut);
    w->done++;
    if (failed && !w->failed) {
        w->err = err;
        w->failed = true;
    }
    bool keep = w->spare_count < SPARES_MAX;
    if (keep) {
        cut->next = w->spares;
        w->spares = cut;
        w->spare_count++;
    }
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    if (!keep)
        cut_free(cut);
}

/* Waits for a cut, but no longer than until the next commit is due when something is not committed; NULL then. */
static struct cut *cut_wait(struct journal_writer *w)
{
    bool open = store_has_work(w->store);
    u64 due = w->last_commit + COMMIT_NANOSECONDS;
    struct timespec until = {.tv_sec = (time_t)(due / 1000000000), .tv_nsec = (long)(due % 1000000000)};
    pthread_mutex_lock(&w->lock);
    while (!w->first) {
        if (!open)
            pthread_cond_wait(&w->changed, &w->lock);
        else if (pthread_cond_timedwait(&w->changed, &w->lock, &until) == ETIMEDOUT)
            break;
    }
    struct cut *cut = w->first;
    if (cut) {
        w->first = cut->next;
        if (!w->first)
            w->last = &w->first;
    }
    pthread_mutex_unlock(&w->lock);
    return cut;
}

static void *background(void *context)
{
    struct journal_writer *w = context;
    for (bool leave = false; !leave;) {
        struct cut *cut = cut_wait(w);
        if (!cut) {
            store_commit(w->store);
            w->last_commit = host_nanoseconds();
            continue;
        }
        write_cut(w, cut);
        leave = cut->leave;
        cut_recycle(w, cut);
    }
    return NULL;
}

/* ---- The caller's thread. ---- */

static void lock_init(struct journal_writer *w)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&w->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&w->lock, NULL);
}

static void writer_free(struct journal_writer *w)
{
    for (struct cut *cut = w->spares, *next; cut; cut = next) {
        next = cut->next;
        cut_free(cut);
    }
    if (w->cut)
        cut_free(w->cut);
    store_destroy(w->store);
    intern_destroy(w->strings);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

struct journal_writer *journal_create(const char *path, struct err *err)
{
    struct journal_store *store = store_create(path, err);
    if (!store)
        return NULL;
    struct journal_writer *w = calloc(1, sizeof *w);
    CHECK(w, "out of memory");
    w->store = store;
    w->last = &w->first;
    w->strings = intern_create();
    lock_init(w);
    store_checkpoint(store, CHECKPOINT_PAGES);
    w->cut = cut_take(w);
    int error = pthread_create(&w->thread, NULL, background, w);
    if (error) {
        err_set(err, "journal %s: cannot start its thread: %s", path, strerror(error));
        writer_free(w);
        return NULL;
    }
    return w;
}

static void cut_push(struct journal_writer *w)
{
    struct cut *cut = w->cut;
    size_t bytes = cut_bytes(cut);
    cut->next = NULL;
    pthread_mutex_lock(&w->lock);
    while (w->first && w->queued_bytes + bytes > QUEUE_BYTES)
        pthread_cond_wait(&w->changed, &w->lock);
    *w->last = cut;
    w->last = &cut->next;
    w->queued_bytes += bytes;
    w->pushed++;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    w->cut = cut_take(w);
}

static void cut_at(struct journal_writer *w, u64 tick)
{
    if (w->cut->count || w->cut->first)
        cut_push(w);
    w->next_cut = tick + CUT_TICKS;
}

static void cut_grow(struct cut *cut)
{
    cut->capacity *= 2;
    cut->events = realloc(cut->events, cut->capacity);
    CHECK(cut->events, "out of memory");
}

void journal_append(struct journal_writer *w, const struct event *event)
{
    CHECK(event->kind < EVENT_KINDS && event->count <= EVENT_FIELDS_MAX, "event of kind %u with %u values", event->kind,
          event->count);
    if (unlikely(event->time >= w->next_cut))
        cut_at(w, event->time);
    struct cut *cut = w->cut;
    if (unlikely(cut->capacity - cut->size < sizeof *event))
        cut_grow(cut);
    struct event *slot = (struct event *)(cut->events + cut->size);
    memcpy(slot, event, offsetof(struct event, v));
    for (u32 i = 0; i < event->count; i++)
        slot->v[i] = event->v[i];
    cut->size += store_event_size(event);
    if (unlikely(++cut->count == BLOCK_EVENTS_MAX))
        cut_at(w, event->time);
}

static struct side *side_add(struct journal_writer *w, enum side_kind kind, size_t size)
{
    struct side *side = malloc(sizeof *side + size);
    CHECK(side, "out of memory");
    *side = (struct side){.kind = kind, .size = size};
    *w->cut->last = side;
    w->cut->last = &side->next;
    w->cut->side_bytes += sizeof *side + size;
    return side;
}

/* Called when a side row is filled in: a cut is not only long by its events. */
static void side_done(struct journal_writer *w, u64 tick)
{
    if (w->cut->side_bytes >= CUT_SIDE_BYTES)
        cut_at(w, tick);
}

void journal_meta(struct journal_writer *w, const char *key, const char *value)
{
    size_t key_size = strlen(key), size = strlen(value);
    struct side *side = side_add(w, SIDE_META, key_size + size + 2);
    side->key_size = key_size;
    memcpy(side->bytes, key, key_size + 1);
    memcpy(side->bytes + key_size + 1, value, size + 1);
}

void journal_meta_u64(struct journal_writer *w, const char *key, u64 value)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    journal_meta(w, key, text);
}

u32 journal_intern(struct journal_writer *w, const char *text, size_t size)
{
    bool is_new;
    u32 id = intern_id(w->strings, text, size, &is_new);
    if (is_new) {
        struct side *side = side_add(w, SIDE_STRING, size);
        side->number = id;
        if (size)
            memcpy(side->bytes, text, size);
    }
    return id;
}

void journal_input(struct journal_writer *w, enum input_kind kind, u64 key, u64 tick, const void *data, size_t size)
{
    const struct input_type *type = input_type(kind);
    CHECK(type, "input of kind %u", kind);
    if (tick >= w->next_cut)
        cut_at(w, tick);
    bool stored = type->kept != INPUT_HASHED;
    struct side *side = side_add(w, SIDE_INPUT, stored ? size : 0);
    side->number = w->inputs++;
    side->input = (struct journal_input_record){.kind = kind, .key = key, .tick = tick, .size = size};
    side->input.hash = hash_bytes(data, size);
    side->input.data = stored ? side->bytes : NULL;
    if (stored && size)
        memcpy(side->bytes, data, size);
    side_done(w, tick);
}

void journal_flush(struct journal_writer *w)
{
    w->cut->commit = true;
    cut_push(w);
    pthread_mutex_lock(&w->lock);
    while (w->done < w->pushed)
        pthread_cond_wait(&w->changed, &w->lock);
    pthread_mutex_unlock(&w->lock);
}

bool journal_failed(struct journal_writer *w, struct err *err)
{
    pthread_mutex_lock(&w->lock);
    bool failed = w->failed;
    if (failed && err)
        *err = w->err;
    pthread_mutex_unlock(&w->lock);
    return failed;
}

static void writer_leave(struct journal_writer *w)
{
    w->cut->leave = true;
    cut_push(w);
    pthread_join(w->thread, NULL);
}

bool journal_finish(struct journal_writer *w, struct err *err)
{
    w->cut->finish = true;
    writer_leave(w);
    bool ok = !journal_failed(w, err);
    writer_free(w);
    return ok;
}

void journal_abandon(struct journal_writer *w)
{
    if (!w)
        return;
    w->cut->commit = true;
    writer_leave(w);
    writer_free(w);
}
