/* SPDX-License-Identifier: BSD-3-Clause
 * Gathering marks: thread by thread, so that blocks are read in order, then merged (diff/marks.h). */
#include "diff/marks.h"

#include <stdlib.h>

static struct mark *add(struct marks *marks)
{
    if (marks->count == marks->capacity) {
        marks->capacity = marks->capacity ? marks->capacity * 2 : 1024;
        marks->rows = realloc(marks->rows, marks->capacity * sizeof *marks->rows);
        CHECK(marks->rows, "out of memory");
    }
    return &marks->rows[marks->count++];
}

static void pick(struct mark *mark, const struct event *e, u32 place, u32 field)
{
    u16 bit = (u16)(1u << place);
    mark->v[place] = e->v[field];
    mark->missing = (u16)((mark->missing & ~bit) | (e->missing >> field & 1 ? bit : 0));
}

static bool fill(struct mark *mark, struct run *run, const struct site_fact *facts, struct err *err)
{
    struct event e;
    if (!run_event(run, mark->place, mark->position, &e, err))
        return false;
    mark->seq = e.seq;
    mark->time = e.time;
    mark->missing = e.missing;
    memcpy(mark->v, e.v, sizeof mark->v);
    if (e.kind == EVENT_call) {
        pick(mark, &e, 0, facts[mark->site].role.argument);
        pick(mark, &e, 1, F_call_a0);
        pick(mark, &e, 2, F_call_text);
        pick(mark, &e, 3, F_call_a6);
    } else if (e.kind == EVENT_thread_create) {
        pick(mark, &e, 3, F_thread_create_hsid);
    } else if (e.kind == EVENT_wait_begin) {
        pick(mark, &e, 3, F_wait_begin_object0);
    } else if (e.kind == EVENT_file) {
        pick(mark, &e, 3, F_file_length);
    }
    return true;
}

struct last_call {
    u32 site;
    u64 position;
};

/* The wanted ones of a span; their values are read after it, since that ends the span's life. */
static void scan(struct marks *marks, u32 place, const struct run_span *span, const u8 *wanted,
                 const struct site_fact *facts, struct last_call *call)
{
    for (u32 i = 0; i < span->count; i++) {
        u32 site = span->site[i];
        if (facts[site].kind == EVENT_call)
            *call = (struct last_call){site, span->position + i};
        if (!wanted[site])
            continue;
        u64 back = span->position + i - call->position;
        *add(marks) = (struct mark){
            .position = span->position + i,
            .place = place,
            .site = site,
            .call_site = call->site,
            .call_back = back > UINT32_MAX ? UINT32_MAX : (u32)back,
            .kind = facts[site].kind,
        };
    }
}

static bool gather_thread(struct marks *marks, struct run *run, u32 place, const u8 *wanted,
                          const struct site_fact *facts, struct err *err)
{
    struct run_span span;
    struct last_call call = {UINT32_MAX, 0};
    for (u64 position = 0;; position += span.count) {
        u64 first = marks->count;
        if (!run_read_some(run, place, position, COLUMN_SITE, &span, err))
            return false;
        if (!span.count)
            return true;
        scan(marks, place, &span, wanted, facts, &call);
        for (u64 i = first; i < marks->count; i++)
            if (!fill(&marks->rows[i], run, facts, err))
                return false;
    }
}

static void merge_two(struct mark *out, const struct mark *a, const struct mark *a_end, const struct mark *b,
                      const struct mark *b_end)
{
    while (a < a_end && b < b_end)
        *out++ = a->seq <= b->seq ? *a++ : *b++;
    memcpy(out, a, (size_t)(a_end - a) * sizeof *a);
    memcpy(out + (a_end - a), b, (size_t)(b_end - b) * sizeof *b);
}

/* bounds: where each thread's marks begin, and the end; neighbours are merged until one is left. */
static void merge(struct marks *marks, u64 *bounds, u32 parts)
{
    struct mark *other = malloc((marks->count + 1) * sizeof *other);
    CHECK(other, "out of memory");
    for (; parts > 1; parts = (parts + 1) / 2) {
        for (u32 i = 0; i < parts; i += 2) {
            u64 middle = bounds[i + 1], end = i + 1 < parts ? bounds[i + 2] : middle;
            merge_two(other + bounds[i], marks->rows + bounds[i], marks->rows + middle, marks->rows + middle,
                      marks->rows + end);
            bounds[i / 2] = bounds[i];
            bounds[i / 2 + 1] = end;
        }
        struct mark *rows = marks->rows;
        marks->rows = other;
        other = rows;
        marks->capacity = marks->count + 1;
    }
    free(other);
}

bool marks_gather(struct marks *marks, struct run *run, const struct site_fact *facts, const u8 *wanted,
                  struct err *err)
{
    u32 threads = run_thread_count(run);
    u64 *bounds = calloc(threads + 2u, sizeof *bounds);
    CHECK(bounds, "out of memory");
    *marks = (struct marks){0};
    bool ok = true;
    for (u32 place = 0; place < threads && ok; place++) {
        ok = gather_thread(marks, run, place, wanted, facts, err);
        bounds[place + 1] = marks->count;
    }
    if (ok && marks->count)
        merge(marks, bounds, threads);
    free(bounds);
    return ok;
}

void marks_free(struct marks *marks)
{
    free(marks->rows);
    *marks = (struct marks){0};
}
