/* SPDX-License-Identifier: BSD-3-Clause
 * The ladder for people: the roots first, then rung by rung who rests on whom (diff/ladder.h). */
#include "diff/ends.h"
#include "diff/holes.h"
#include "diff/ladder.h"
#include "diff/table.h"
#include "diff/unlogged.h"
#include "schema/status.h"

#include <inttypes.h>
#include <stdlib.h>
#include <xxhash.h>

/* Of rungs that look alike so many are shown whole, and of the others so many threads named. */
enum { ALIKE_SHOWN = 4, ALIKE_NAMED = 12 };

struct look {
    u32 first; /* rung that looks like this one; there stand the others: */
    u32 all, shown;
    u32 lead; /* the one that was shown first */
    bool is_folded;
};

struct view {
    const struct ladder *l;
    FILE *out;
    struct look *looks; /* by rung: see view_open */
};

static const char *time_in(struct run *run, u64 time)
{
    static char text[4][64];
    static u32 next;
    char *out = text[next++ % 4];
    const struct run_clock *clock = run_clock(run);
    table_show_time(clock, time, out, 48);
    if (clock->hz)
        strcat(out, " s");
    return out;
}

static u32 thread_id(struct run *run, u32 place)
{
    return run_thread(run, place)->thread;
}

static void print_call(struct view *v, struct run *run, u32 op, u32 lr)
{
    fprintf(v->out, "%s", op ? run_op_name(run, op) : "no call");
    if (lr)
        fprintf(v->out, " lr 0x%08X", lr);
}

static void print_cite(struct view *v, struct run *run, u32 place, u64 position)
{
    fprintf(v->out, " [%s:%u@%u]", run == v->l->a ? "A" : "B", thread_id(run, place), run_index(run, place, position));
}

static void print_object(struct view *v, const struct signals *s, u32 object)
{
    const struct object *o = &s->objects.rows[object];
    if (o->target != UINT32_MAX) {
        fprintf(v->out, "the end of thread %u", thread_id(s->run, o->target));
        return;
    }
    bool is_typed = o->type != OBJECT_OTHER && o->type != OBJECT_FREE;
    fprintf(v->out, "%s", is_typed ? object_type_name((enum object_type)o->type) : "an object");
    if (o->name)
        fprintf(v->out, " \"%s\"", journal_string(run_journal(s->run), o->name, &(size_t){0}));
    if (o->hsid)
        fprintf(v->out, " hsid 0x%016" PRIX64, o->hsid);
    if (signals_handle(s, object))
        fprintf(v->out, ", handle 0x%X", signals_handle(s, object));
    if (signals_address(s, object))
        fprintf(v->out, ", at 0x%08X", signals_address(s, object));
}

static void print_birth(struct view *v, const struct signals *s, u32 object)
{
    const struct object *o = &s->objects.rows[object];
    if (o->place == UINT32_MAX || o->target != UINT32_MAX)
        return;
    fprintf(v->out, "      made by thread %u, ", thread_id(s->run, o->place));
    print_call(v, s->run, o->op, o->lr);
    fprintf(v->out, ", number %u there\n", o->ordinal + 1);
}

static void print_waiter(struct view *v, const struct ladder_rung *r)
{
    const struct signals *b = v->l->signals_b;
    if (r->kind == LADDER_CREATION) {
        char entry[TABLE_ADDRESS];
        fprintf(v->out, "A's thread %u, entry %s, was never created", thread_id(v->l->a, r->place),
                table_show_address(run_thread(v->l->a, r->place)->entry, entry));
        return;
    }
    const struct run_thread *t = run_thread(v->l->b, r->place);
    fprintf(v->out, "thread %u", t->thread);
    if (t->entry)
        fprintf(v->out, ", entry 0x%08X,", t->entry);
    if (r->kind == LADDER_RESUME) {
        fprintf(v->out, " %s", t->events ? "was suspended and not resumed" : "was created and never ran");
        return;
    }
    const struct wait *w = signals_wait(b, r->wait);
    fprintf(v->out, " waits since %s in ", time_in(v->l->b, w->begin_time));
    print_call(v, v->l->b, w->op, w->lr);
    print_cite(v, v->l->b, r->place, w->call);
    if (w->state == WAIT_PHANTOM)
        fprintf(v->out, " (the log has a return: a phantom%s)", w->by_snapshot ? ", the dump says blocked" : "");
}

static void print_producers(struct view *v, const struct ladder_need *n)
{
    const struct ladder *l = v->l;
    for (u32 i = 0; i < n->producer_count && i < 8; i++) {
        const struct ladder_producer *p = &l->producers[n->first_producer + i];
        fprintf(v->out, "      in A: %s", p->is_sibling ? "things made at that site are signalled by " : "");
        fprintf(v->out, "thread %u, ", thread_id(l->a, p->place));
        print_call(v, l->a, p->op, p->lr);
        fprintf(v->out, ", %" PRIu64 " time%s, first at %s", p->count, p->count == 1 ? "" : "s",
                time_in(l->a, p->first_time));
        print_cite(v, l->a, p->place, p->first_position);
        fprintf(v->out, "%s\n", p->is_guessed ? " (guessed: the log does not tell the object)" : "");
    }
    if (n->producer_count > 8)
        fprintf(v->out, "      in A: and %u more sites\n", n->producer_count - 8);
}

static void print_status(struct view *v, const struct signal_deed *d)
{
    u32 result;
    if (!signals_result_alone(v->l->signals_b, d, &result) || result < 0x80000000u)
        return;
    const char *name = status_name(result);
    if (name)
        fprintf(v->out, ", which returned %s", name);
    else
        fprintf(v->out, ", which returned 0x%08X", result);
}

static void print_turn(struct view *v, const struct ladder_need *n)
{
    if (n->turn_b == (u32)LADDER_NONE || n->place == (u32)LADDER_NONE)
        return;
    const struct wait *w = signals_wait(v->l->signals_b, n->turn_b);
    if (w->ended_by == OBJECTS_NONE)
        return;
    fprintf(v->out, "      in B the turn was thread %u's: number %u on ", thread_id(v->l->b, n->place), n->turn);
    print_object(v, v->l->signals_b, w->ended_by);
    print_cite(v, v->l->b, w->place, w->call);
    fputc('\n', v->out);
}

static void print_made(struct view *v, const struct ladder_need *n)
{
    fprintf(v->out, ", ");
    print_call(v, v->l->b, n->made.op, n->made.lr);
    print_cite(v, v->l->b, n->made.place, n->made.position);
    print_status(v, &n->made);
    if (n->made.object != n->object && n->made.object != (u32)SIGNALS_NONE)
        fprintf(v->out, ", on another object");
}

static void print_state(struct view *v, const struct ladder_need *n)
{
    fprintf(v->out, "      ");
    if (n->place != (u32)LADDER_NONE)
        fprintf(v->out, "thread %u in B ", thread_id(v->l->b, n->place));
    if (n->state == LADDER_NOT_RUN && n->place == (u32)LADDER_NONE)
        fprintf(v->out, "B has no such thread");
    else
        fprintf(v->out, "%s", ladder_state_text(n->state));
    if (n->is_strange)
        fprintf(v->out, ", in a wait that A does not have there");
    if (n->state == LADDER_MADE && n->made.kind != DEED_NONE)
        print_made(v, n);
}

static void print_way(struct view *v, const char *label, struct run *run, u32 place, u64 position, bool is_there)
{
    struct event e;
    struct err err;
    fprintf(v->out, "%s ", label);
    if (!is_there || !run_event(run, place, position, &e, &err)) {
        fprintf(v->out, "does nothing more");
        return;
    }
    print_call(v, run, e.op, e.lr);
    print_cite(v, run, place, position);
}

static void print_parting(struct view *v, const struct ladder_need *n)
{
    const struct ladder_parting *p = &n->parting;
    if (!p->is_known || (n->state != LADDER_PASSED && n->state != LADDER_ENDED && n->state != LADDER_RUNS))
        return;
    fprintf(v->out, "      there they part: after %" PRIu64 " call%s the same, ", p->common,
            p->common == 1 ? " that is" : "s that are");
    print_way(v, "A", v->l->a, n->signal.place, p->a, p->has_a);
    print_way(v, ", B", v->l->b, n->place, p->b, p->has_b);
    fputc('\n', v->out);
}

/* What was done in B to the thing that is waited for. */
static void print_deeds(struct view *v, const struct ladder_need *n)
{
    const struct signals *b = v->l->signals_b;
    u32 shown = 0;
    for (u32 i = b->deed_count; n->object != (u32)LADDER_NONE && i > 0 && shown < 4; i--) {
        const struct signal_deed *d = &b->deeds[i - 1];
        if (d->object != n->object || d->kind == DEED_SPAWN)
            continue;
        fprintf(v->out, "      done to it in B: thread %u, ", thread_id(v->l->b, d->place));
        print_call(v, v->l->b, d->op, d->lr);
        fprintf(v->out, ", at %s", time_in(v->l->b, d->time));
        print_cite(v, v->l->b, d->place, d->position);
        print_status(v, d);
        fputc('\n', v->out);
        shown++;
    }
}

static void print_need(struct view *v, const struct ladder_need *n, bool is_root)
{
    if (n->object != (u32)LADDER_NONE) {
        fprintf(v->out, "      for ");
        print_object(v, v->l->signals_b, n->object);
        fputc('\n', v->out);
        if (is_root)
            print_birth(v, v->l->signals_b, n->object);
    }
    print_producers(v, n);
    if (is_root)
        print_turn(v, n);
    if (is_root && n->made.kind == DEED_ENTER) {
        fprintf(v->out, "      held in B by thread %u, ", thread_id(v->l->b, n->made.place));
        print_call(v, v->l->b, n->made.op, n->made.lr);
        print_cite(v, v->l->b, n->made.place, n->made.position);
        fputc('\n', v->out);
    }
    print_state(v, n);
    if (n->next != (u32)LADDER_NONE)
        fprintf(v->out, ": see %u", n->next + 1);
    fputc('\n', v->out);
    if (is_root) {
        print_parting(v, n);
        print_deeds(v, n);
    }
}

static void print_group(struct view *v, u32 rung)
{
    u32 others = 0;
    for (u32 i = rung + 1; i < v->l->rung_count; i++) {
        if (v->l->rungs[i].group != rung)
            continue;
        struct run *run = v->l->rungs[i].kind == LADDER_CREATION ? v->l->a : v->l->b;
        fprintf(v->out, "%s%u", others++ ? ", " : "      the same: thread ", thread_id(run, v->l->rungs[i].place));
    }
    if (others)
        fputc('\n', v->out);
}

static void print_rung(struct view *v, u32 rung, bool is_root)
{
    const struct ladder_rung *r = &v->l->rungs[rung];
    bool is_told = r->kind != LADDER_WAIT || signals_wait(v->l->signals_b, r->wait)->tells_all;
    fprintf(v->out, "  %u. ", rung + 1);
    print_waiter(v, r);
    fputc('\n', v->out);
    if (r->need_count > 1)
        fprintf(v->out, "      for %s of %u things%s\n",
                r->is_all ? "all"
                : is_told ? "any"
                          : "any or all",
                r->need_count, r->is_all || is_told ? "" : ": which is not told");
    const struct ladder_need *one = ladder_need(v->l, r);
    for (u32 i = 0; i < r->need_count; i++) {
        const struct ladder_need *n = &v->l->needs[r->first_need + i];
        if (r->is_all || n == one)
            print_need(v, n, is_root);
    }
    if (r->is_cycle)
        fprintf(v->out, "      it stands in a circle: each waits for the next\n");
    if (is_root)
        fprintf(v->out, "      %u more hang on it\n", r->held);
}

/* What never came may only have been lost with its lines. */
static void print_holes(const struct ladder *l, FILE *out)
{
    for (u32 side = 0; side < 2; side++) {
        struct run *run = side ? l->b : l->a;
        struct hole hole;
        if (l->blocked_count && holes_any(run, &hole))
            fprintf(out,
                    "%s's log has lost lines (T%u jumps from %u to %u): what is missing below may be among them; "
                    "capture it "
                    "again\n",
                    side ? "B" : "A", run_thread(run, hole.place)->thread, hole.before, hole.behind);
    }
}

/* Nor what a filter took. */
static void print_unlogged(const struct ladder *l, FILE *out)
{
    struct unlogged unlogged;
    if (!l->blocked_count)
        return;
    unlogged_find(&unlogged, l->a, l->b);
    for (u32 i = 0; i < unlogged.count; i++) {
        const struct unlogged_op *op = &unlogged.ops[i];
        if (!op->is_likely || !role_is_producer(role_of(op->op).role))
            continue;
        fprintf(out,
                "%s's log has no %s, but goes on as if it was called: what is missing below may only be not logged; "
                "capture it\n",
                op->lacks ? "B" : "A", run_op_name(op->lacks ? l->a : l->b, op->op));
    }
    unlogged_free(&unlogged);
}

bool ladder_has_pairs(const struct ladder *l)
{
    for (u32 i = 0; i < l->blocked_count; i++)
        if (l->pairing.pairs[l->pairing.of_b[l->rungs[i].place]].a != PAIR_NOBODY)
            return true;
    return !l->blocked_count;
}

bool ladder_tells_waits_of_a(const struct ladder *l)
{
    bool is_told = signals_tell_waits(l->signals_a);
    for (u32 i = 0; !is_told && i < run_site_count(l->a); i++) {
        const struct run_site *site = run_site(l->a, i);
        u8 role = role_of(site->op).role;
        is_told = site->kind == EVENT_wait_begin || role == ROLE_WAIT || role == ROLE_SIGNAL_AND_WAIT;
    }
    return is_told;
}

void ladder_print_doubts(const struct ladder *l, FILE *out)
{
    if (!signals_tell_waits(l->signals_b) && sites_have(l->b, EVENT_snapshot))
        fprintf(out, "B's log tells no waits; whom its dump shows blocked, lockstep wedge without --ref lists\n");
    else if (!signals_tell_waits(l->signals_b))
        fprintf(out, "B's log tells no waits: who is blocked is unknown; capture waits (wait.begin) there\n");
    else if (l->blocked_count && !ladder_tells_waits_of_a(l))
        fprintf(out, "A's log tells no waits: whether it comes past those that B hangs in is unknown; capture waits "
                     "(wait.begin) there\n");
    if (!ladder_has_pairs(l))
        fprintf(out, "no blocked thread of B has a counterpart in A, so A says nothing of them: are these runs of one "
                     "title? name pairs with --map\n");
    print_holes(l, out);
    print_unlogged(l, out);
}

static bool is_as_in_a(const struct ladder *l, u32 rung)
{
    const struct ladder_need *n = ladder_need(l, &l->rungs[rung]);
    return n && n->state == LADDER_AS_IN_A;
}

/* A that hangs as B does says nothing of what is missing; one that alone hangs is the run in question. */
static void print_doubtful_reference(struct view *v, u32 as_in_a)
{
    const struct ladder *l = v->l;
    struct ends ends;
    if (l->blocked_count) {
        if (as_in_a == l->blocked_count)
            fprintf(v->out, "A waits wherever B does: it is no good run to explain this by\n");
        return;
    }
    ends_init(&ends, l->a);
    if (ends_is_wedged(&ends))
        fprintf(v->out, "A is wedged at its end: if it is the run in question, swap them\n");
    ends_finish(&ends);
}

/* Who is blocked in B, of which its log tells. */
static void print_blocked(struct view *v, u32 as_in_a, u32 first)
{
    const struct ladder *l = v->l;
    u32 running = ladder_count_running(l);
    fprintf(v->out, ": %u thread%s blocked ", l->blocked_count, l->blocked_count == 1 ? " is" : "s are");
    if (running && l->blocked_count)
        fprintf(v->out, "when the journal ends, while %u still run%s", running, running == 1 ? "s" : "");
    else
        fprintf(v->out, "for good");
    if (as_in_a)
        fprintf(v->out, ", %u of them in A, too", as_in_a);
    if (first < l->blocked_count)
        fprintf(v->out, "; the first %sto block is thread %u, at %s", as_in_a ? "of the others " : "",
                thread_id(l->b, l->rungs[first].place),
                time_in(l->b, signals_wait(l->signals_b, l->rungs[first].wait)->begin_time));
}

static void print_head(struct view *v)
{
    const struct ladder *l = v->l;
    u32 first = l->blocked_count, as_in_a = 0;
    for (u32 i = l->blocked_count; i-- > 0;)
        if (is_as_in_a(l, i))
            as_in_a++;
        else
            first = i;
    fprintf(v->out, "A %s\nB %s", run_path(l->a), run_path(l->b));
    if (signals_tell_waits(l->signals_b))
        print_blocked(v, as_in_a, first);
    fputc('\n', v->out);
    print_doubtful_reference(v, as_in_a);
    ladder_print_doubts(l, v->out);
}

/* What a reader sees of a rung beside its thread and its object. */
static u64 look_of(const struct ladder *l, const struct ladder_rung *r)
{
    const struct ladder_need *n = ladder_need(l, r);
    const struct wait *w = r->kind == LADDER_WAIT ? signals_wait(l->signals_b, r->wait) : NULL;
    u64 words[] = {r->kind,
                   r->is_root,
                   r->held,
                   r->need_count,
                   w ? (u64)w->lr << 32 | w->op : 0,
                   run_thread(r->kind == LADDER_CREATION ? l->a : l->b, r->place)->entry,
                   n ? n->state : UINT64_MAX,
                   n ? n->place : 0,
                   n && n->has_signal ? (u64)n->signal.lr << 32 | n->signal.op : 0};
    return XXH3_64bits(words, sizeof words);
}

/* One of a group is shown with the others' names; each of a circle, which is shown whole. */
static bool stands_for_itself(const struct ladder *l, u32 rung)
{
    return l->rungs[rung].group == rung || l->rungs[rung].is_cycle;
}

static struct view view_open(const struct ladder *l, FILE *out)
{
    u64 *hashes = malloc((l->rung_count + 1u) * sizeof *hashes);
    struct view v = {l, out, calloc(l->rung_count + 1u, sizeof *v.looks)};
    CHECK(hashes && v.looks, "out of memory");
    for (u32 i = 0; i < l->rung_count; i++) {
        u32 *first = &v.looks[i].first;
        hashes[i] = l->rungs[i].is_cycle ? i : look_of(l, &l->rungs[i]);
        while (hashes[*first] != hashes[i])
            ++*first;
        v.looks[*first].all += stands_for_itself(l, i);
    }
    free(hashes);
    return v;
}

/* A rung and those of its group; where enough that look like it were shown, print_folded names it. */
static void print_or_fold(struct view *v, u32 rung, bool is_root)
{
    struct look *look = &v->looks[v->looks[rung].first];
    if (!stands_for_itself(v->l, rung))
        return;
    look->lead = look->shown ? look->lead : rung;
    if (look->shown++ >= ALIKE_SHOWN && look->all > ALIKE_SHOWN + 1) {
        v->looks[rung].is_folded = true;
        return;
    }
    print_rung(v, rung, is_root);
    if (v->l->rungs[rung].group == rung)
        print_group(v, rung);
}

static void print_folded(struct view *v, bool is_root)
{
    const struct ladder *l = v->l;
    for (u32 like = 0; like < l->rung_count; like++) {
        const struct look *look = &v->looks[like];
        u32 left = look->all > ALIKE_SHOWN + 1 ? look->all - ALIKE_SHOWN : 0, named = 0;
        if (!left || l->rungs[like].is_root != is_root)
            continue;
        fprintf(v->out, "  and %u more like %u, each for an object of its own (all in --json): threads", left,
                look->lead + 1);
        for (u32 i = like; i < l->rung_count && named < ALIKE_NAMED; i++)
            if (v->looks[i].first == like && v->looks[i].is_folded)
                fprintf(v->out, "%s %u", named++ ? "," : "",
                        thread_id(l->rungs[i].kind == LADDER_CREATION ? l->a : l->b, l->rungs[i].place));
        fprintf(v->out, "%s\n", left > named ? ", ..." : "");
    }
}

static void print_roots(struct view *v)
{
    const struct ladder *l = v->l;
    print_head(v);
    if (l->root_count)
        fprintf(v->out, "roots, what most rests on first:\n");
    for (u32 i = 0; i < l->root_count; i++)
        print_or_fold(v, l->roots[i], true);
    print_folded(v, true);
}

void ladder_print_roots(const struct ladder *l, FILE *out)
{
    struct view v = view_open(l, out);
    print_roots(&v);
    free(v.looks);
}

void ladder_print(const struct ladder *l, FILE *out)
{
    struct view v = view_open(l, out);
    bool has_more = false;
    print_roots(&v);
    for (u32 i = 0; i < l->rung_count; i++) {
        if (l->rungs[i].is_root || l->rungs[i].group != i)
            continue;
        if (!has_more)
            fprintf(out, "the ladder, in order of blocking:\n");
        has_more = true;
        print_or_fold(&v, i, false);
    }
    print_folded(&v, false);
    free(v.looks);
}
