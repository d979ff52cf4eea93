/* SPDX-License-Identifier: BSD-3-Clause
 * A wait that ended otherwise in each run: who should have ended it, and when that thread did (diff/explain.h). */
#include "diff/explain.h"

#include "diff/waits.h"
#include "schema/role.h"

#include <stdio.h>

/* The waits of both runs, read once. */
struct side {
    struct objects objects;
    struct waits waits;
    const struct wait *row;
    bool is_read;
};

static bool read_side(struct explain *x, u32 k, u32 place, u64 position, struct side *side)
{
    struct err err;
    side->is_read = true;
    if (!waits_make(&side->waits, &side->objects, x->run[k], &err))
        return false;
    for (u32 i = side->waits.first[place]; i < side->waits.first[place + 1]; i++)
        if (side->waits.rows[i].call == position)
            side->row = &side->waits.rows[i];
    return side->row != NULL;
}

static void free_sides(struct side side[2])
{
    for (u32 k = 0; k < 2; k++) {
        if (!side[k].is_read)
            continue;
        waits_free(&side[k].waits);
        objects_free(&side[k].objects);
    }
}

static const char *how_late(const struct wait *wait, const struct event *signal)
{
    if (signal->seq < wait->begin_seq)
        return "before the wait began";
    return wait_is_open(wait) || signal->seq > wait->end_seq ? "when the wait's time was over" : "in time";
}

/* Both runs make the signal; in one it does not meet the wait. */
static enum explain_next put_order(struct explain *x, const struct side side[2], u32 signaller,
                                   const struct event signal[2], u32 pair, const struct event call[2])
{
    struct explain_cause *cause = &x->story.cause;
    char name[2][128];
    cause->kind = EXPLAIN_SCHEDULE;
    cause->op = call[0].op;
    cause->pc = call[0].lr;
    cause->other_op = signal[0].op;
    cause->other_pc = signal[0].lr;
    for (u32 k = 0; k < 2; k++) {
        cause->at[k] = explain_at_event(&call[k]);
        cause->at[k].value = side[k].row->has_status ? side[k].row->status : 0;
        cause->other[k] = explain_at_event(&signal[k]);
        cause->other_first[k] = signal[k].seq < side[k].row->begin_seq;
        cause->nth[k] = explain_count(x, pair, k, call[k].op, call[k].index);
        cause->other_nth[k] = explain_count(x, signaller, k, signal[k].op, signal[k].index);
    }
    cause->is_order = cause->other_first[0] != cause->other_first[1];
    snprintf(cause->text, sizeof cause->text,
             "thread %u waits in %s at %s; thread %u signals it with %s at %s: in A %s, in B %s", call[0].thread,
             run_op_name(x->run[0], call[0].op), explain_name(x, call[0].lr - 4, name[0], sizeof name[0]),
             signal[0].thread, run_op_name(x->run[0], signal[0].op),
             explain_name(x, signal[0].lr - 4, name[1], sizeof name[1]), how_late(side[0].row, &signal[0]),
             how_late(side[1].row, &signal[1]));
    struct explain_link *link = explain_add(x, LINK_ORDER, "%s", cause->text);
    link->op = cause->other_op;
    link->pc = cause->other_pc;
    link->at[0] = cause->other[0];
    link->at[1] = cause->other[1];
    return NEXT_END;
}

/* What the signal acts on: an hsid, or an address; 0: not told. */
static u64 object_of(const struct side *side, const struct event *signal)
{
    const struct role_row row = role_of(signal->op);
    if (row.how == ROLE_BY_NOTHING || row.argument >= 8 || !event_tells(signal, F_call_a0 + row.argument))
        return 0;
    u64 value = signal->v[F_call_a0 + row.argument];
    u32 object = row.how == ROLE_BY_HANDLE ? objects_by_handle(&side->objects, value, signal->seq) : OBJECTS_NONE;
    return row.how == ROLE_BY_ADDRESS ? (u32)value : object == OBJECTS_NONE ? 0 : side->objects.rows[object].hsid;
}

/* Both make the signal, but one of them gives it to something else. */
static enum explain_next other_object(struct explain *x, u32 pair, const struct event signal[2],
                                      struct explain_spot *spot, struct err *err)
{
    struct values_call calls[2];
    for (u32 k = 0; k < 2; k++)
        if (!explain_read_call(x, pair, k, signal[k].index, &calls[k])) {
            explain_stop(x, "the signal cannot be read from %s", run_path(x->run[k]));
            return NEXT_END;
        }
    return explain_passed(x, pair, calls, role_of(signal[0].op).argument, spot, err);
}

static enum explain_next find_signal(struct explain *x, struct side side[2], u32 k, u32 waiter,
                                     const struct event call[2], struct explain_spot *spot, struct err *err)
{
    const struct wait *met = side[k].row;
    struct event signal[2];
    struct err why;
    if (met->waker_place == UINT32_MAX || met->waker_position == UINT64_MAX)
        return explain_order(x, call, spot, err);
    u32 pair = (k ? x->pairing->of_b : x->pairing->of_a)[met->waker_place];
    if (!run_event(x->run[k], met->waker_place, met->waker_position, &signal[k], &why)) {
        explain_stop(x, "what ends the wait in %c cannot be read: %s", 'A' + (int)k, why.text);
        return NEXT_END;
    }
    if (explain_place(x, pair, !k) == PAIR_NOBODY) {
        explain_stop(x, "the thread that ends the wait in %c is not in the other run", 'A' + (int)k);
        return NEXT_END;
    }
    u64 key = explain_key_before(x, pair, k, signal[k].index);
    if (key < explain_keys(x, pair)->common && explain_key_event(x, pair, !k, key, &signal[!k]) &&
        signal[k].op == signal[!k].op) {
        u64 acts_on[2] = {object_of(&side[0], &signal[0]), object_of(&side[1], &signal[1])};
        return acts_on[0] && acts_on[1] && acts_on[0] != acts_on[1] ? other_object(x, pair, signal, spot, err)
                                                                    : put_order(x, side, pair, signal, waiter, call);
    }
    struct explain_link *link = explain_add(x, LINK_ORDER, "thread %u ends this wait in %c, and not in the other run",
                                            signal[k].thread, 'A' + (int)k);
    link->op = signal[k].op;
    link->pc = signal[k].lr;
    link->at[k] = explain_at_event(&signal[k]);
    return explain_order(x, call, spot, err);
}

enum explain_next explain_wait(struct explain *x, u32 pair, const u64 position[2], struct explain_spot *spot,
                               struct err *err)
{
    struct side side[2] = {0};
    struct event call[2];
    struct err why;
    enum explain_next next = NEXT_END;
    bool good = true;
    for (u32 k = 0; k < 2 && good; k++)
        good = read_side(x, k, explain_place(x, pair, k), position[k], &side[k]) &&
               run_event(x->run[k], explain_place(x, pair, k), position[k], &call[k], &why);
    if (good) {
        /* The one that somebody ended. */
        u32 k = side[0].row->waker_position == UINT64_MAX || wait_is_open(side[0].row);
        next = find_signal(x, side, k, pair, call, spot, err);
    } else {
        explain_stop(x, "the wait is not told by both journals");
    }
    free_sides(side);
    return next;
}
