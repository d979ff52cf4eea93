/* SPDX-License-Identifier: BSD-3-Clause
 * What of two calls can be compared, and does it agree (diff/values.h). */
#include "diff/values.h"
#include "schema/export.h"
#include "schema/role.h"

enum { ADDRESS_LEAST = 0x10000 };

bool values_tell_result(const struct values_call *call)
{
    return call->has_answer && event_tells(&call->answer, F_return_result);
}

/* An NTSTATUS of severity error: what even an op without a signature must agree in. */
static bool is_failure(u64 result)
{
    return (u32)result >> 30 == 3;
}

static bool are_addresses(u64 x, u64 y)
{
    return x >= ADDRESS_LEAST && y >= ADDRESS_LEAST;
}

static bool results_agree(const struct export *x, u64 a, u64 b)
{
    if (!x || !x->has_signature)
        return is_failure(a) == is_failure(b) && (!is_failure(a) || (u32)a == (u32)b);
    switch (x->result) {
    case ARG_STATUS:
        return (u32)a == (u32)b;
    case ARG_PTR:
        return !(u32)a == !(u32)b;
    case ARG_BOOL:
        return x->class != EXPORT_PURE || !(u32)a == !(u32)b;
    case ARG_U8:
    case ARG_U16:
    case ARG_U32:
    case ARG_S32:
        return x->class != EXPORT_PURE || (u32)a == (u32)b || are_addresses((u32)a, (u32)b);
    default:
        return true;
    }
}

/* A plain number, the same in every run that does the same. */
static bool is_comparable(const struct argument *a)
{
    switch (a->type) {
    case ARG_U8:
    case ARG_U16:
    case ARG_U32:
    case ARG_S32:
    case ARG_BOOL:
    case ARG_STATUS:
    case ARG_TAG:
        return a->direction == ARG_VALUE;
    default:
        return false;
    }
}

static bool numbers_agree(const struct argument *a, u64 x, u64 y)
{
    switch (a->type) {
    case ARG_U8:
    case ARG_BOOL:
        return (u8)x == (u8)y;
    case ARG_U16:
        return (u16)x == (u16)y;
    default:
        return (u32)x == (u32)y;
    }
}

static bool arguments_agree(const struct export *export, const struct event *x, const struct event *y, u32 *which)
{
    for (u32 i = 0; export && export->has_signature && i < export->count && i < F_call_text; i++)
        if (is_comparable(&export->arguments[i]) && event_tells(x, i) && event_tells(y, i) &&
            !numbers_agree(&export->arguments[i], x->v[i], y->v[i])) {
            *which = i;
            return false;
        }
    return true;
}

static bool has_text(const struct export *export)
{
    for (u32 i = 0; i < export->count; i++)
        if (export->arguments[i].type >= ARG_STR && export->arguments[i].type <= ARG_OBJATTR)
            return true;
    return false;
}

bool values_matter(u32 op)
{
    const struct export *export = export_find(op);
    if (!export || !export->has_signature)
        return true;
    for (u32 i = 0; i < export->count; i++)
        if (is_comparable(&export->arguments[i]))
            return true;
    u8 role = role_of(op).role;
    return has_text(export) || export->result != ARG_VOID || (role >= ROLE_OPEN && role <= ROLE_INFORM);
}

static bool texts_agree(struct run *a, u64 x, struct run *b, u64 y)
{
    size_t size_x, size_y;
    if (!x || !y)
        return true;
    const char *text_x = journal_string(run_journal(a), (u32)x, &size_x);
    const char *text_y = journal_string(run_journal(b), (u32)y, &size_y);
    return size_x == size_y && !memcmp(text_x, text_y, size_x);
}

static bool call_texts_agree(struct run *a, const struct event *x, struct run *b, const struct event *y)
{
    return !event_tells(x, F_call_text) || !event_tells(y, F_call_text) ||
           texts_agree(a, x->v[F_call_text], b, y->v[F_call_text]);
}

static bool same_content(const struct values_call *x, const struct values_call *y)
{
    if (!x->has_effect || !y->has_effect || x->effect.kind != EVENT_file || y->effect.kind != EVENT_file)
        return true;
    return !event_tells(&x->effect, F_file_hash) || !event_tells(&y->effect, F_file_hash) ||
           (x->effect.v[F_file_hash] == y->effect.v[F_file_hash] &&
            x->effect.v[F_file_length] == y->effect.v[F_file_length]);
}

static u8 content_difference(const struct values_call *x, const struct values_call *y)
{
    if (same_content(x, y))
        return VALUES_SAME;
    return role_of(x->call.op).role == ROLE_WRITE ? VALUES_WRITTEN : VALUES_CONTENT;
}

enum values_difference values_compare(const struct keys *keys, const struct values_call *x, const struct values_call *y,
                                      u32 *argument)
{
    const struct export *export = export_find(x->call.op);
    struct run *a = keys->side[0].run, *b = keys->side[1].run;
    if (x->call.kind != EVENT_call || y->call.kind != EVENT_call || x->call.op != y->call.op)
        return VALUES_SAME;
    if (keys->parts & KEY_ARGUMENTS && !arguments_agree(export, &x->call, &y->call, argument))
        return VALUES_ARGUMENT;
    if (keys->parts & KEY_ARGUMENTS && !call_texts_agree(a, &x->call, b, &y->call))
        return VALUES_TEXT;
    if (!(keys->parts & KEY_RESULT))
        return VALUES_SAME;
    if (values_tell_result(x) && values_tell_result(y) &&
        !results_agree(export, x->answer.v[F_return_result], y->answer.v[F_return_result]))
        return VALUES_RESULT;
    return (enum values_difference)content_difference(x, y);
}
