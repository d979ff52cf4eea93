/* SPDX-License-Identifier: BSD-3-Clause
 * Walking through a journal's events. Each block is in order of seq; the walk merges the blocks whose ranges meet. A
 * block that cannot be unpacked, and a hole in the numbering, are told once and passed over. */
#include "replay/block.h"
#include "replay/journal_format.h"
#include "replay/journal_read.h"
#include "replay/template.h"

#include <stdlib.h>

struct open_block {
    struct event *events;
    u32 count;
    u32 place;
    /* With filter.lines: */
    u64 *fields; /* BLOCK_FIELDS_MAX for each event */
    struct buffer text;
    struct journal_columns columns; /* sites */
};

struct journal_cursor {
    struct journal_reader *r;
    struct journal_filter filter;
    const struct journal_block **blocks; /* those the filter wants, in order of first_seq */
    size_t block_count;
    size_t next_block;
    struct open_block *open;
    size_t open_count;
    size_t open_capacity;
    size_t winner; /* in open[] */
    u64 limit;     /* the winner's events up to this seq come before all others */
    bool counting; /* every event of the stream is to come: holes are damage */
    u64 expected;  /* the next seq, or index within a thread */
    u64 excused;   /* holes below this were told already */
    bool held;     /* the event at hand was kept back to tell of a hole */
    struct buffer line;
    u8 *sites; /* a flag by site, or NULL: all */
};

static bool wants_block(const struct journal_filter *f, const struct journal_block *b)
{
    if (f->by_thread && (b->thread != f->thread || b->last_index < f->first_index))
        return false;
    return b->last_seq >= f->first_seq && b->first_seq <= f->last_seq && b->last_time >= f->first_time &&
           b->first_time <= f->last_time;
}

static bool wants_event(const struct journal_filter *f, const struct event *e)
{
    if (f->by_thread && e->index < f->first_index)
        return false;
    return e->seq >= f->first_seq && e->seq <= f->last_seq && e->time >= f->first_time && e->time <= f->last_time;
}

static int by_first_seq(const void *a, const void *b)
{
    const struct journal_block *x = *(const struct journal_block *const *)a;
    const struct journal_block *y = *(const struct journal_block *const *)b;
    if (x->first_seq != y->first_seq)
        return x->first_seq < y->first_seq ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

struct journal_cursor *journal_cursor_open(struct journal_reader *r, const struct journal_filter *filter,
                                           struct err *err)
{
    (void)err;
    struct journal_cursor *c = calloc(1, sizeof *c);
    CHECK(c, "out of memory");
    c->r = r;
    c->filter = *filter;
    c->blocks = malloc((r->block_count + 1) * sizeof *c->blocks);
    CHECK(c->blocks, "out of memory");
    for (size_t i = 0; i < r->block_count; i++)
        if (wants_block(filter, &r->blocks[i]))
            c->blocks[c->block_count++] = &r->blocks[i];
    qsort(c->blocks, c->block_count, sizeof *c->blocks, by_first_seq);
    c->counting = !filter->first_time && filter->last_time == UINT64_MAX && filter->last_seq == UINT64_MAX &&
                  (!filter->by_thread || (!filter->first_seq && !r->foreign));
    c->expected = filter->by_thread ? filter->first_index : filter->first_seq;
    if (filter->sites && !filter->lines) {
        c->sites = malloc(r->site_count + 1u);
        CHECK(c->sites, "out of memory");
        memcpy(c->sites, filter->sites, r->site_count);
    }
    c->counting = c->counting && !c->sites && !filter->by_index;
    return c;
}

struct journal_cursor *journal_cursor_all(struct journal_reader *r, u64 first_seq, struct err *err)
{
    struct journal_filter filter = {.first_seq = first_seq, .last_time = UINT64_MAX, .last_seq = UINT64_MAX};
    return journal_cursor_open(r, &filter, err);
}

struct journal_cursor *journal_cursor_thread(struct journal_reader *r, u32 thread, u32 first_index, struct err *err)
{
    struct journal_filter filter = {.by_thread = true,
                                    .thread = thread,
                                    .first_index = first_index,
                                    .last_time = UINT64_MAX,
                                    .last_seq = UINT64_MAX};
    return journal_cursor_open(r, &filter, err);
}

static void close_block(struct open_block *open)
{
    free(open->events);
    free(open->fields);
    buffer_free(&open->text);
    journal_columns_free(&open->columns);
}

void journal_cursor_close(struct journal_cursor *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->open_count; i++)
        close_block(&c->open[i]);
    free(c->open);
    free(c->blocks);
    buffer_free(&c->line);
    free(c->sites);
    free(c);
}

static u64 head_seq(const struct open_block *open)
{
    return open->events[open->place].seq;
}

static bool open_block(struct journal_cursor *c, const struct journal_block *block, struct open_block *open,
                       struct err *err)
{
    u32 count = block->count && block->count <= BLOCK_EVENTS_MAX ? block->count : 1;
    open->count = block->count;
    open->events = malloc(count * sizeof *open->events);
    CHECK(open->events, "out of memory");
    if (c->sites)
        return reader_block_sites(c->r, block, c->sites, open->events, &open->count, err);
    if (!c->filter.lines)
        return reader_block(c->r, block, open->events, NULL, NULL, err);
    open->fields = calloc(count, BLOCK_FIELDS_MAX * sizeof *open->fields);
    CHECK(open->fields, "out of memory");
    return reader_block(c->r, block, open->events, open->fields, &open->text, err) &&
           journal_block_columns(c->r, (size_t)(block - c->r->blocks), COLUMN_SITE, &open->columns, err);
}

/* By its head. A head that is damaged is told of when the block is unpacked. */
static bool may_hold_some(struct journal_cursor *c, const struct journal_block *block)
{
    struct err err;
    if (!c->sites && !c->filter.by_index)
        return true;
    const struct journal_opened *o = journal_block_open(c->r, (size_t)(block - c->r->blocks), &err);
    if (!o)
        return true;
    if (c->filter.by_index && o->is_dense &&
        (o->first_index > c->filter.most_index || (u64)o->first_index + o->count <= c->filter.least_index))
        return false;
    for (u32 i = 0; c->sites && i < o->site_count; i++)
        if (c->sites[o->sites[i]])
            return true;
    return !c->sites;
}

/* Unpacks the next block of the list; false: damage, and the walk goes on behind it. */
static bool open_next(struct journal_cursor *c, struct err *err)
{
    const struct journal_block *block = c->blocks[c->next_block++];
    if (!may_hold_some(c, block))
        return true;
    if (c->open_count == c->open_capacity) {
        c->open_capacity = c->open_capacity ? c->open_capacity * 2 : 16;
        c->open = realloc(c->open, c->open_capacity * sizeof *c->open);
        CHECK(c->open, "out of memory");
    }
    struct open_block open = {0};
    if (!open_block(c, block, &open, err)) {
        u64 behind = (c->filter.by_thread ? block->last_index : block->last_seq) + (u64)1;
        c->excused = behind > c->excused ? behind : c->excused;
        close_block(&open);
        return false;
    }
    if (open.count)
        c->open[c->open_count++] = open;
    else
        close_block(&open);
    return true;
}

static void close_used_up(struct journal_cursor *c)
{
    for (size_t i = 0; i < c->open_count;) {
        if (c->open[i].place < c->open[i].count) {
            i++;
            continue;
        }
        close_block(&c->open[i]);
        c->open[i] = c->open[--c->open_count];
    }
}

/* Finds the block with the least head and how far it may be read. 1, 0: the end, -1: damage. */
static int choose(struct journal_cursor *c, struct err *err)
{
    close_used_up(c);
    c->limit = 0; /* after damage the next call chooses anew */
    for (;;) {
        u64 least = UINT64_MAX, second = UINT64_MAX;
        for (size_t i = 0; i < c->open_count; i++) {
            u64 seq = head_seq(&c->open[i]);
            if (seq < least) {
                second = least;
                least = seq;
                c->winner = i;
            } else if (seq < second) {
                second = seq;
            }
        }
        bool more = c->next_block < c->block_count;
        u64 next = more ? c->blocks[c->next_block]->first_seq : UINT64_MAX;
        if (!more || (c->open_count && next > least)) {
            c->limit = second < next ? second : next;
            return c->open_count ? 1 : 0;
        }
        if (!open_next(c, err))
            return -1;
    }
}

/* True: there is a hole before `place`, which was not told yet. */
static bool tell_hole(struct journal_cursor *c, u64 place, struct err *err)
{
    u64 from = c->expected;
    c->expected = place;
    if (!c->counting || place == from || place <= c->excused)
        return false;
    const char *what = c->filter.by_thread ? "index" : "seq";
    c->excused = place + BLOCK_EVENTS_MAX; /* a lost block lies within one cut */
    if (place < from)
        err_set(err, "journal %s: event with %s %llu stands behind %llu", c->r->path, what, (unsigned long long)place,
                (unsigned long long)from - 1);
    else
        err_set(err, "journal %s: events with %s %llu to %llu are missing", c->r->path, what, (unsigned long long)from,
                (unsigned long long)place - 1);
    return true;
}

static int at_end(struct journal_cursor *c, struct err *err)
{
    u64 total;
    if (c->filter.by_thread || !journal_get_u64(c->r, "journal.events", &total) || c->expected >= total)
        return 0;
    return tell_hole(c, total, err) ? -1 : 0;
}

int journal_cursor_next(struct journal_cursor *c, const struct event **event, struct err *err)
{
    for (;;) {
        struct open_block *open = c->winner < c->open_count ? &c->open[c->winner] : NULL;
        if (!open || open->place == open->count || head_seq(open) >= c->limit) {
            int chosen = choose(c, err);
            if (chosen <= 0)
                return chosen ? chosen : at_end(c, err);
            open = &c->open[c->winner];
        }
        const struct event *e = &open->events[open->place];
        if (!wants_event(&c->filter, e)) {
            open->place++;
            continue;
        }
        u64 place = c->filter.by_thread ? e->index : e->seq;
        if (place != c->expected && tell_hole(c, place, err))
            return -1;
        open->place++;
        c->expected = place + 1;
        *event = e;
        return 1;
    }
}

static const char *string_of(void *reader, u32 id, size_t *size)
{
    return journal_string(reader, id, size);
}

bool journal_cursor_line(struct journal_cursor *c, const char **line, size_t *size)
{
    const struct open_block *open = c->winner < c->open_count ? &c->open[c->winner] : NULL;
    if (!open || !open->fields || !open->place)
        return false;
    u32 place = open->place - 1;
    const struct event *e = &open->events[place];
    const struct template *t = c->r->sites[open->columns.site[place]].body;
    const struct template_line from = {.thread = e->thread,
                                       .index = e->index,
                                       .time = e->time,
                                       .fields = open->fields + (size_t)place * BLOCK_FIELDS_MAX,
                                       .text = &open->text,
                                       .string = string_of,
                                       .context = c->r};
    c->line.size = 0;
    if (!t || !template_print(t, &from, &c->line))
        return false;
    *line = c->line.size ? (const char *)c->line.data : "";
    *size = c->line.size;
    return true;
}
