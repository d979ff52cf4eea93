/* SPDX-License-Identifier: BSD-3-Clause
 * Wrappers (diff/fires.h): functions that do little but make one call, so that the LR tells nothing of who wanted it. A
 * probe at the kernel's door and one at the wrapper's tell different LRs of the same call. */
#include "diff/fires.h"
#include "diff/symbols.h"

#include <stdlib.h>

enum { DEPTH_MOST = 8, FAMILIES_MOST = 64 };

static struct symbols *symbols_of(const struct fires *f, u32 side)
{
    return symbols_open(run_journal(f->run[side]));
}

/* The wrapper's start; 0: lr is in none. */
static u32 wrapper_of(const struct fires *f, u32 lr)
{
    for (u32 side = 0; side < 2 && lr; side++) {
        struct symbols_wrapper wrapper;
        struct symbols_function function = {.start = 0};
        if (symbols_wrapper(symbols_of(f, side), lr, &wrapper))
            return wrapper.function;
        symbols_function(symbols_of(f, side), lr - 4, &function);
        for (u32 i = 0; i < f->options->wrapper_count; i++)
            if (f->options->wrappers[i] == lr || (function.start && f->options->wrappers[i] == function.start))
                return function.start ? function.start : lr;
    }
    return 0;
}

bool fires_is_wrapped(const struct fires *f, u32 lr)
{
    return wrapper_of(f, lr) != 0;
}

struct callers {
    u32 count;
    u32 site; /* of the last one */
};

static bool note_caller(void *context, const struct symbols_call *call)
{
    struct callers *callers = context;
    callers->count++;
    callers->site = call->site;
    return true;
}

static struct callers callers_of(const struct fires *f, u32 function)
{
    struct callers callers = {0};
    for (u32 side = 0; side < 2 && !callers.count; side++)
        symbols_callers(symbols_of(f, side), function, note_caller, &callers);
    return callers;
}

u32 fires_unwrap(const struct fires *f, u32 lr)
{
    for (u32 depth = 0; depth < DEPTH_MOST; depth++) {
        u32 wrapper = wrapper_of(f, lr);
        struct callers callers = wrapper ? callers_of(f, wrapper) : (struct callers){0};
        if (callers.count != 1)
            break;
        lr = callers.site + 4;
    }
    return lr;
}

static void note_start(struct fires_unwrapped *u, u32 start)
{
    for (u32 i = 0; i < u->start_count; i++)
        if (u->starts[i] == start)
            return;
    if (u->start_count < FIRES_WRAPPERS_MOST)
        u->starts[u->start_count++] = start;
}

void fires_count_unwrapped(struct fires *f, struct run *run)
{
    struct fires_unwrapped *u = &f->unwrapped;
    u->has_symbols = symbols_are_there(symbols_of(f, 0)) || symbols_are_there(symbols_of(f, 1));
    for (u32 i = 0; i < run_site_count(run); i++) {
        const struct run_site *site = run_site(run, i);
        u32 wrapper = site->kind == EVENT_call ? wrapper_of(f, site->lr) : 0;
        if (!wrapper)
            continue;
        if (fires_unwrap(f, site->lr) != site->lr) {
            u->resolved++;
        } else {
            u->left++;
            note_start(u, wrapper);
        }
    }
}

u32 fires_count_families(const struct fires *f, u32 op, u32 lr)
{
    u32 entries[FAMILIES_MOST], count = 0;
    for (u32 side = 0; side < 2; side++) {
        struct run *run = f->run[side];
        u64 *counts = calloc(run_site_count(run) + 1u, sizeof *counts);
        struct err err;
        CHECK(counts, "out of memory");
        for (u32 place = 0; place < run_thread_count(run) && count < FAMILIES_MOST; place++) {
            const struct run_thread *t = run_thread(run, place);
            u32 known = 0;
            bool comes = false;
            memset(counts, 0, run_site_count(run) * sizeof *counts);
            run_count(run, place, 0, t->events, counts, NULL, &err);
            for (u32 i = 0; i < run_site_count(run) && !comes; i++)
                comes = counts[i] && run_site(run, i)->op == op && run_site(run, i)->lr == lr;
            while (known < count && entries[known] != t->entry)
                known++;
            if (comes && known == count)
                entries[count++] = t->entry;
        }
        free(counts);
    }
    return count;
}

/* Calls of the op at other LRs, which only that run has. */
static u64 count_elsewhere(const struct fires *f, const struct fires_row *row, u32 side)
{
    u64 count = 0;
    for (u32 i = 0; i < f->row_count; i++) {
        const struct fires_row *r = &f->rows[i];
        bool is_same = r->key.op == row->key.op && r->key.pair == row->key.pair && r->key.family == row->key.family;
        count += is_same && !r->count[!side] && !r->is_wrapped ? r->count[side] : 0;
    }
    return count;
}

/* A run has the wrapper's LR, the other one tells the same op by the LRs of callers: neither is missing. */
static void mix(struct fires *f, struct fires_row *row, u32 side, u64 elsewhere)
{
    row->status = FIRES_MIXED;
    snprintf(row->reason, sizeof row->reason, "in a wrapper; %s tells %llu calls of the op by their callers",
             side ? "B" : "A", (unsigned long long)elsewhere);
    for (u32 i = 0; i < f->row_count; i++) {
        struct fires_row *r = &f->rows[i];
        if (r->key.op != row->key.op || r->key.pair != row->key.pair || r->key.family != row->key.family ||
            r->count[!side] || r->is_wrapped)
            continue;
        r->status = FIRES_MIXED;
        snprintf(r->reason, sizeof r->reason, "%s tells them by the wrapper's 0x%08X", side ? "A" : "B", row->key.lr);
    }
}

void fires_judge_wrappers(struct fires *f)
{
    for (u32 i = 0; i < f->row_count; i++) {
        struct fires_row *r = &f->rows[i];
        if (!r->is_wrapped || r->status == FIRES_MATCH || r->status == FIRES_UNCAPTURED)
            continue;
        u32 side = r->count[0] == 0 ? 0 : 1; /* the one that may tell it by its callers */
        u64 elsewhere = !r->count[side] && f->options->dimensions & FIRES_OP ? count_elsewhere(f, r, side) : 0;
        if (elsewhere) {
            mix(f, r, side, elsewhere);
        } else if (!*r->reason) {
            if (f->options->is_unwrapped)
                r->status = FIRES_MIXED;
            struct callers callers = callers_of(f, wrapper_of(f, r->key.lr));
            snprintf(r->reason, sizeof r->reason, "in a wrapper of %u known callers; the journals tell one LR a call",
                     callers.count);
        }
    }
}
