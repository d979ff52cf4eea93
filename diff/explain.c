/* SPDX-License-Identifier: BSD-3-Clause
 * Explaining a divergence (diff/explain.h): where it begins, and the trails that the others read. */
#include "diff/explain.h"

#include "diff/child.h"
#include "diff/symbols.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *explain_kind_name(u8 kind)
{
    static const char *const names[] = {"unknown",       "input", "result",   "memory",
                                        "uninitialised", "race",  "schedule", "engine"};
    return names[kind];
}

const char *explain_verdict_name(u8 verdict)
{
    static const char *const names[] = {"unknown", "unconfirmed", "confirmed"};
    return names[verdict];
}

const char *explain_link_name(u8 kind)
{
    static const char *const names[] = {"divergence", "branch",  "computed", "moved", "loaded", "stored",
                                        "returned",   "written", "passed",   "order", "input"};
    return names[kind];
}

/* ---- Links. ---- */

struct explain_at explain_at_event(const struct event *event)
{
    return (struct explain_at){.is_there = true, .thread = event->thread, .index = event->index, .time = event->time};
}

/* A cause may lie behind a loop of many thousand turns: what gives way are links of its middle. */
static void make_room(struct explain_story *story)
{
    enum { MIDDLE = (EXPLAIN_LINKS - EXPLAIN_BEGINNING) / 2 };
    struct explain_link *middle = story->link + EXPLAIN_BEGINNING;
    memmove(middle, middle + MIDDLE, (story->link_count - EXPLAIN_BEGINNING - MIDDLE) * sizeof *middle);
    story->link_count -= MIDDLE;
    story->left_out += MIDDLE;
}

struct explain_link *explain_add(struct explain *x, u8 kind, const char *format, ...)
{
    if (x->story.link_count == EXPLAIN_LINKS)
        make_room(&x->story);
    struct explain_link *link = &x->story.link[x->story.link_count++];
    *link = (struct explain_link){.kind = kind};
    va_list args;
    va_start(args, format);
    vsnprintf(link->text, sizeof link->text, format, args);
    va_end(args);
    return link;
}

void explain_stop(struct explain *x, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(x->story.stopped, sizeof x->story.stopped, format, args);
    va_end(args);
}

void explain_put_steps(struct explain *x, struct explain_link *link, const struct explain_spot *spot)
{
    for (u32 k = 0; k < 2; k++) {
        if (spot->step[k] == TRAIL_NONE)
            continue;
        const struct trail_step *s = &x->trail[k].steps[spot->step[k]];
        link->pc = s->pc;
        link->at[k].is_there = true;
        link->at[k].thread = run_thread(x->run[k], explain_place(x, x->pair, k))->thread;
        link->at[k].index = s->event;
        link->at[k].time = s->time;
        link->at[k].number = s->number;
    }
}

const char *explain_name(struct explain *x, u32 address, char *out, size_t capacity)
{
    struct symbols *s = symbols_open(run_journal(x->run[0]));
    if (!symbols_are_there(s))
        s = symbols_open(run_journal(x->run[1]));
    return symbols_name(s, address, out, capacity);
}

const char *explain_instruction(u32 word, u32 pc, char *out, size_t capacity)
{
    char *to = out;
    ppc_disassemble_as(PPC_SIMPLIFIED, word, pc, out, capacity);
    for (const char *p = out; *p; p++)
        if (*p != ' ' || to == out || to[-1] != ' ')
            *to++ = *p == '\t' ? ' ' : *p;
    *to = '\0';
    return out;
}

/* ---- Threads, keys, events. ---- */

u32 explain_place(const struct explain *x, u32 pair, u32 side)
{
    const struct pair *p = &x->pairing->pairs[pair];
    return side ? p->b : p->a;
}

u32 explain_pair_of(const struct explain *x, u32 side, u32 thread)
{
    u32 place = run_thread_place(x->run[side], thread);
    if (place == UINT32_MAX)
        return PAIR_NOBODY;
    return (side ? x->pairing->of_b : x->pairing->of_a)[place];
}

bool explain_event(struct explain *x, u32 side, u32 place, u32 index, struct event *event)
{
    struct err err;
    u64 position = run_position_at_index(x->run[side], place, index);
    return position < run_thread(x->run[side], place)->events && run_event(x->run[side], place, position, event, &err);
}

void explain_read_keys(struct run *const run[2], const u32 place[2], struct explain_keys *keys)
{
    u32 *sites[2] = {0};
    struct err err;
    *keys = (struct explain_keys){.is_read = true};
    for (u32 k = 0; k < 2; k++) {
        if (place[k] == PAIR_NOBODY)
            continue;
        u64 most = run_thread(run[k], place[k])->quiet_keys;
        keys->position[k] = malloc((most + 1) * sizeof(u64));
        sites[k] = malloc((most + 1) * sizeof(u32));
        CHECK(keys->position[k] && sites[k], "no memory for keys");
        err.text[0] = '\0';
        keys->count[k] = run_keys(run[k], place[k], 0, true, sites[k], keys->position[k], most, &err);
    }
    while (keys->common < keys->count[0] && keys->common < keys->count[1] &&
           run_site(run[0], sites[0][keys->common])->key == run_site(run[1], sites[1][keys->common])->key)
        keys->common++;
    free(sites[0]);
    free(sites[1]);
}

void explain_free_keys(struct explain_keys *keys)
{
    free(keys->position[0]);
    free(keys->position[1]);
    *keys = (struct explain_keys){0};
}

const struct explain_keys *explain_keys(struct explain *x, u32 pair)
{
    struct explain_keys *keys = &x->keys[pair];
    const u32 place[2] = {explain_place(x, pair, 0), explain_place(x, pair, 1)};
    if (!keys->is_read)
        explain_read_keys(x->run, place, keys);
    return keys;
}

u64 explain_key_before(struct explain *x, u32 pair, u32 side, u32 index)
{
    const struct explain_keys *keys = explain_keys(x, pair);
    u64 position = run_position_at_index(x->run[side], explain_place(x, pair, side), index);
    u64 low = 0, high = keys->count[side];
    while (low < high) {
        u64 middle = low + (high - low) / 2;
        if (keys->position[side][middle] < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool explain_key_event(struct explain *x, u32 pair, u32 side, u64 k, struct event *event)
{
    const struct explain_keys *keys = explain_keys(x, pair);
    struct err err;
    return k < keys->count[side] &&
           run_event(x->run[side], explain_place(x, pair, side), keys->position[side][k], event, &err);
}

/* ---- Trails. ---- */

bool explain_open(struct explain *x, u32 pair, u64 from, const u32 to[2], const u64 until[2], struct err *err)
{
    struct trail_ask ask[2] = {0};
    trail_free(&x->trail[0]);
    trail_free(&x->trail[1]);
    x->pair = pair;
    x->from = from;
    for (u32 k = 0; k < 2; k++) {
        struct event event = {0};
        x->to[k] = to[k];
        x->until[k] = until[k];
        if (from && !explain_key_event(x, pair, k, from - 1, &event))
            return err_set(err, "%s: an event that was there cannot be read", run_path(x->run[k]));
        ask[k] = (struct trail_ask){.run = run_path(x->run[k]),
                                    .thread = run_thread(x->run[k], explain_place(x, pair, k))->thread,
                                    .from = from ? event.index : 0,
                                    .to = to[k],
                                    .until = until[k]};
    }
    x->replays += 2;
    if (!trail_read(ask, x->trail, x->folder, err))
        return false;
    trail_align(x->trail, x->parted);
    return true;
}

bool explain_widen(struct explain *x, struct explain_spot *spot, struct err *err)
{
    u64 number[2], back = 1;
    err->text[0] = '\0';
    if (!x->from)
        return false;
    for (u32 k = 0; k < 2; k++)
        number[k] = x->trail[k].steps[spot->step[k]].number;
    u64 end = explain_key_before(x, x->pair, 0, x->to[0] == UINT32_MAX ? UINT32_MAX : x->to[0]);
    if (end > x->from)
        back = end - x->from + 1;
    u64 from = x->from > 4 * back ? x->from - 4 * back : 0;
    u32 to[2] = {x->to[0], x->to[1]};
    u64 until[2] = {x->until[0], x->until[1]};
    if (!explain_open(x, x->pair, from, to, until, err))
        return false;
    for (u32 k = 0; k < 2; k++) {
        spot->step[k] = trail_find(&x->trail[k], number[k]);
        if (spot->step[k] == TRAIL_NONE)
            return err_set(err, "it leads further back than %d instructions of the thread", TRAIL_MOST);
    }
    return true;
}

void explain_finish(struct explain *x)
{
    trail_free(&x->trail[0]);
    trail_free(&x->trail[1]);
    for (u32 i = 0; x->keys && i < x->pairing->count; i++)
        explain_free_keys(&x->keys[i]);
    free(x->keys);
    if (x->folder[0])
        child_folder_remove(x->folder);
}
