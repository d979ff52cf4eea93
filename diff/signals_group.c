/* SPDX-License-Identifier: BSD-3-Clause
 * Waits and deeds by thread and by object (diff/signals.h). */
#include "diff/signals.h"

#include <stdlib.h>

static void *table(u32 count, size_t size)
{
    void *rows = malloc((count + 1u) * size);
    CHECK(rows, "out of memory");
    return rows;
}

static void index_waits(struct signals *s)
{
    u32 *place = table(s->wait_count, sizeof *place), *ended_by = table(s->wait_count, sizeof *ended_by);
    u64 *end = table(s->wait_count, sizeof *end);
    s->hangs = table(0, sizeof *s->hangs);
    for (u32 i = 0; i < s->wait_count; i++) {
        const struct wait *w = signals_wait(s, i);
        place[i] = w->place;
        ended_by[i] = wait_is_open(w) ? OBJECTS_NONE : w->ended_by;
        end[i] = wait_is_open(w) ? 0 : w->end_seq; /* in no list, and a number as large as any would take longer */
        if (!signals_hangs(w))
            continue;
        s->hangs = realloc(s->hangs, (s->hang_count + 1u) * sizeof *s->hangs);
        CHECK(s->hangs, "out of memory");
        s->hangs[s->hang_count++] = i;
    }
    u32 *by_end = order_make(end, s->wait_count);
    groups_make(&s->waits_by_place, NULL, s->wait_count, place, run_thread_count(s->run));
    groups_make(&s->ended_by_object, by_end, s->wait_count, ended_by, s->objects.count);
    free(by_end);
    free(end);
    free(ended_by);
    free(place);
}

void signals_group(struct signals *s)
{
    u32 *place = table(s->deed_count, sizeof *place), *object = table(s->deed_count, sizeof *object);
    u32 *target = table(s->deed_count, sizeof *target);
    index_waits(s);
    for (u32 i = 0; i < s->deed_count; i++) {
        place[i] = s->deeds[i].place;
        object[i] = s->deeds[i].object;
        target[i] = object[i] == (u32)SIGNALS_NONE ? UINT32_MAX : s->objects.rows[object[i]].target;
    }
    groups_make(&s->deeds_by_place, NULL, s->deed_count, place, run_thread_count(s->run));
    groups_make(&s->deeds_on_object, NULL, s->deed_count, object, s->objects.count);
    groups_make(&s->deeds_on_thread, NULL, s->deed_count, target, run_thread_count(s->run));
    free(target);
    free(object);
    free(place);
}

static struct signals_list list(const struct groups *groups, u32 group, u32 count)
{
    if (group >= count)
        return (struct signals_list){NULL, 0};
    return (struct signals_list){groups->rows + groups->first[group], groups->first[group + 1] - groups->first[group]};
}

struct signals_list signals_waits(const struct signals *s, u32 place)
{
    return list(&s->waits_by_place, place, run_thread_count(s->run));
}

struct signals_list signals_ended(const struct signals *s, u32 object)
{
    return list(&s->ended_by_object, object, s->objects.count);
}

struct signals_list signals_deeds_of(const struct signals *s, u32 place)
{
    return list(&s->deeds_by_place, place, run_thread_count(s->run));
}

struct signals_list signals_deeds_on(const struct signals *s, u32 object)
{
    return list(&s->deeds_on_object, object, s->objects.count);
}

struct signals_list signals_deeds_on_thread(const struct signals *s, u32 place)
{
    return list(&s->deeds_on_thread, place, run_thread_count(s->run));
}
