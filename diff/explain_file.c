/* SPDX-License-Identifier: BSD-3-Clause
 * What a call told of a file that a thread of the run itself made before: who made it, in both runs, and what of that
 * is not the same (diff/explain.h). */
#include "diff/explain.h"

#include "diff/files.h"
#include "schema/export.h"
#include "schema/role.h"
#include "schema/status.h"

#include <stdio.h>

enum { DISPOSITION_OPEN = 1, DISPOSITION_OPEN_IF = 3, CALL_REACH = 16 };

/* Before a use of the path. */
enum presence { PRESENCE_UNKNOWN, PRESENT, ABSENT };

/* The last call before that changed what is looked at. */
struct maker {
    bool is_there;
    struct values_call call;
    u32 place, pair;
    u64 nth; /* of the thread's calls of the op */
};

struct look {
    const char *path;
    const struct values_call *call;
    bool by_status; /* is it there, and what is it? what it holds does not matter */
    bool has_offset;
    u32 offset; /* in the file, of the byte that differs */
};

/* The call that a file event stands in. */
static bool read_maker(struct explain *x, u32 k, const struct file_use *use, struct maker *out)
{
    struct event event;
    struct err err;
    for (u64 back = 0; back < CALL_REACH && back <= use->position; back++)
        if (run_event(x->run[k], use->place, use->position - back, &event, &err) && event.kind == EVENT_call)
            return event.op == use->op && values_read(x->run[k], use->place, use->position - back, &out->call, &err);
    return false;
}

static bool is_set(u32 op)
{
    const struct export *export = export_find(op);
    return export && !strncmp(export->name, "NtSet", 5);
}

static enum presence after(const struct file_use *use, enum presence before)
{
    if (!use->has_status || (use->act == FILE_OTHER && is_set(use->op)))
        return PRESENCE_UNKNOWN; /* it may have been renamed, or be deleted when it is closed */
    if (use->status == STATUS_OBJECT_NAME_NOT_FOUND || use->status == STATUS_OBJECT_PATH_NOT_FOUND)
        return ABSENT;
    if (use->status >> 31)
        return before;
    return use->act == FILE_DELETE ? ABSENT : PRESENT;
}

/* A file that is there already is opened as it is if it is to be made only where there is none: it has a size, or an
 * earlier use tells that it was there. All other ways than FILE_OPEN make or empty it. */
static bool makes_file(const struct file_use *use, const struct event *call, enum presence before)
{
    u32 argument = explain_argument(call->op, "disposition");
    if (argument >= 8 || call->v[F_call_a0 + argument] == DISPOSITION_OPEN)
        return false;
    return call->v[F_call_a0 + argument] != DISPOSITION_OPEN_IF ||
           (before != PRESENT && !(use->has_length && use->length));
}

static bool changes_file(const struct look *look, const struct file_use *use, const struct maker *maker,
                         enum presence before)
{
    const struct event *call = &maker->call.call, *effect = &maker->call.effect;
    if (use->has_status && use->status >> 31)
        return false;
    switch (use->act) {
    case FILE_OPEN:
        return makes_file(use, call, before);
    case FILE_WRITE:
        if (look->by_status)
            return false;
        return !look->has_offset || !maker->call.has_effect ||
               look->offset - (u32)effect->v[F_file_offset] < effect->v[F_file_length];
    case FILE_DELETE:
        return true;
    default:
        return use->act == FILE_OTHER && is_set(call->op);
    }
}

static void find_maker(struct explain *x, u32 k, const struct look *look, struct maker *out)
{
    struct objects objects = {0};
    struct files files = {0};
    struct err err;
    *out = (struct maker){0};
    bool ok = objects_make(&objects, x->run[k], &err) && files_make(&files, x->run[k], &objects, &err);
    for (u32 i = 0; ok && i < files.count; i++) {
        size_t size;
        const char *path = journal_string(run_journal(x->run[k]), files.rows[i].path, &size);
        if (file_paths_compare(path, size, look->path, strlen(look->path)))
            continue;
        enum presence presence = PRESENCE_UNKNOWN;
        for (u32 n = 0; n < files.rows[i].use_count; n++) {
            const struct file_use *use = &files.uses[files.rows[i].first_use + n];
            struct maker maker = {.is_there = true, .place = use->place};
            if (use->seq < look->call[k].call.seq && read_maker(x, k, use, &maker) &&
                changes_file(look, use, &maker, presence))
                *out = maker;
            presence = after(use, presence);
        }
    }
    if (out->is_there) {
        out->pair = (k ? x->pairing->of_b : x->pairing->of_a)[out->place];
        out->nth = explain_count(x, out->pair, k, out->call.call.op, out->call.call.index);
    }
    files_free(&files);
    objects_free(&objects);
}

/* Where in the file the first byte lies that the read gave otherwise. */
static void find_offset(const struct values_call call[2], const struct explain_data *data, struct look *look)
{
    u32 to = explain_argument(call[0].call.op, "data"), i = 0;
    if (!data || to >= 8 || role_of(call[0].call.op).role != ROLE_READ || !call[0].has_effect || !call[1].has_effect ||
        call[0].effect.v[F_file_offset] != call[1].effect.v[F_file_offset] ||
        call[0].call.v[F_call_a0 + to] != call[1].call.v[F_call_a0 + to])
        return;
    while (i + 1 < data->size &&
           (data->value[0] >> 8 * (data->size - 1 - i) & 255) == (data->value[1] >> 8 * (data->size - 1 - i) & 255))
        i++;
    look->has_offset = true;
    look->offset = (u32)call[0].effect.v[F_file_offset] + data->address + i - (u32)call[0].call.v[F_call_a0 + to];
}

static struct explain_link *add_maker(struct explain *x, const struct maker maker[2], const char *text)
{
    const struct values_call *call = maker[0].is_there ? &maker[0].call : &maker[1].call;
    char name[128];
    struct explain_link *link =
        explain_add(x, LINK_WRITTEN, "%s at %s %s", run_op_name(x->run[!maker[0].is_there], call->call.op),
                    explain_name(x, call->call.lr - 4, name, sizeof name), text);
    link->op = call->call.op;
    link->pc = call->call.lr;
    for (u32 k = 0; k < 2; k++)
        if (maker[k].is_there)
            link->at[k] = explain_at_event(&maker[k].call.call);
    return link;
}

/* Both made it by the same call: the byte that it was given there. */
static enum explain_next follow_bytes(struct explain *x, const struct look *look, const struct maker maker[2],
                                      const struct explain_data *read, struct explain_spot *spot, struct err *err)
{
    const struct event *call[2] = {&maker[0].call.call, &maker[1].call.call};
    u32 from = explain_argument(call[0]->op, "data");
    u64 until[2] = {call[0]->seq, call[1]->seq};
    const u32 index[2] = {call[0]->index, call[1]->index};
    if (from >= 8 || call[0]->v[F_call_a0 + from] != call[1]->v[F_call_a0 + from])
        return NEXT_END;
    u32 offset = look->offset - (u32)maker[0].call.effect.v[F_file_offset];
    struct explain_data data = {.address = (u32)call[0]->v[F_call_a0 + from] + offset, .size = 1};
    for (u32 k = 0; k < 2; k++) {
        u32 at =
            (u32)(look->offset - look->call[k].effect.v[F_file_offset] +
                  look->call[k].call.v[F_call_a0 + explain_argument(look->call[k].call.op, "data")] - read->address);
        data.value[k] = read->value[k] >> 8 * (read->size - 1 - at) & 255;
    }
    if (!explain_open(x, maker[0].pair, explain_key_before(x, maker[0].pair, 0, index[0]), index, until, err))
        return NEXT_FAILED;
    if (!x->trail[0].count || !x->trail[1].count)
        return NEXT_END;
    spot->step[0] = x->trail[0].count - 1;
    spot->step[1] = x->trail[1].count - 1;
    struct explain_link *link = add_maker(x, maker, "wrote that byte of the file");
    link->address = data.address;
    link->at[0].value = data.value[0];
    link->at[1].value = data.value[1];
    return explain_byte(x, spot, &data, 0, err);
}

/* The other run makes it too, but only after it was looked at. */
static void put_late(struct explain *x, const struct look *look, u32 pair, u32 k, const struct maker *maker,
                     const struct event *late)
{
    struct explain_cause *cause = &x->story.cause;
    const struct event *made[2] = {k ? late : &maker->call.call, k ? &maker->call.call : late};
    char name[2][128];
    *cause = (struct explain_cause){.kind = EXPLAIN_SCHEDULE,
                                    .is_order = true,
                                    .op = look->call[0].call.op,
                                    .pc = look->call[0].call.lr,
                                    .other_op = made[0]->op,
                                    .other_pc = made[0]->lr};
    for (u32 s = 0; s < 2; s++) {
        cause->at[s] = explain_at_event(&look->call[s].call);
        cause->at[s].value = look->call[s].has_answer ? look->call[s].answer.v[F_return_result] : 0;
        cause->other[s] = explain_at_event(made[s]);
        cause->other_first[s] = s == k;
        cause->nth[s] = explain_count(x, pair, s, cause->op, look->call[s].call.index);
        cause->other_nth[s] = explain_count(x, maker->pair, s, cause->other_op, made[s]->index);
    }
    snprintf(
        cause->text, sizeof cause->text,
        "thread %u looks at \"%.120s\" with %s at %s; thread %u changes it with %s at %s: in %c before that, in %c "
        "after it",
        look->call[0].call.thread, look->path, run_op_name(x->run[0], cause->op),
        explain_name(x, cause->pc - 4, name[0], sizeof name[0]), made[0]->thread,
        run_op_name(x->run[0], cause->other_op), explain_name(x, cause->other_pc - 4, name[1], sizeof name[1]),
        'A' + (int)k, 'B' - (int)k);
    struct explain_link *link = explain_add(x, LINK_ORDER, "%s", cause->text);
    link->op = cause->other_op;
    link->pc = cause->other_pc;
    link->at[0] = cause->other[0];
    link->at[1] = cause->other[1];
}

static bool is_same(const struct maker maker[2])
{
    const struct event *a = &maker[0].call.call, *b = &maker[1].call.call;
    return maker[0].is_there && maker[1].is_there && maker[0].pair == maker[1].pair && a->op == b->op &&
           a->lr == b->lr && maker[0].nth == maker[1].nth;
}

enum explain_next explain_file(struct explain *x, u32 pair, const struct values_call call[2], const char *path,
                               const struct explain_data *data, struct explain_spot *spot, struct err *err)
{
    struct look look = {.path = path, .call = call, .by_status = !data};
    struct maker maker[2];
    struct event late;
    find_offset(call, data, &look);
    for (u32 k = 0; k < 2; k++)
        find_maker(x, k, &look, &maker[k]);
    if (is_same(maker))
        return look.has_offset && maker[0].call.has_effect ? follow_bytes(x, &look, maker, data, spot, err) : NEXT_END;
    for (u32 k = 0; k < 2; k++) {
        if (!maker[k].is_there || explain_place(x, maker[k].pair, !k) == PAIR_NOBODY)
            continue;
        const struct event *made = &maker[k].call.call;
        bool has_twin = explain_nth(x, maker[k].pair, !k, made->op, maker[k].nth, &late) && late.lr == made->lr;
        if (has_twin && late.seq < call[!k].call.seq)
            continue; /* made in both, and in the other something came after it */
        if (has_twin) {
            put_late(x, &look, pair, k, &maker[k], &late);
            return NEXT_END;
        }
        struct maker one[2] = {{0}, {0}};
        one[k] = maker[k];
        add_maker(x, one, k ? "changes the file in B alone" : "changes the file in A alone");
        return explain_thread(x, maker[k].pair, spot, err);
    }
    return NEXT_END;
}
