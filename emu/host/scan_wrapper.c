/* SPDX-License-Identifier: BSD-3-Clause
 * Wrappers around imports (emu/host/scan.h): small functions with one import behind all their calls, but for helpers
 * that turn statuses into error codes and texts into kernel strings. */
#include "emu/host/scan.h"
#include "schema/export.h"

#include <stdlib.h>

enum { SIZE_MAX_BYTES = 4 * 64, DEPTH_MAX = 4 };

static const char *const helpers[] = {
    "RtlNtStatusToDosError",
    "RtlInitAnsiString",
    "RtlInitUnicodeString",
    "RtlFreeAnsiString",
    "RtlTimeToTimeFields",
    "RtlTimeFieldsToTime",
    "KeGetCurrentProcessType",
    "KeTlsGetValue",
    "KeTlsSetValue",
    "RtlAnsiStringToUnicodeString",
    "RtlUnicodeStringToAnsiString",
    "DbgPrint",
    "DbgBreakPoint",
};

#define SOMETHING_ELSE UINT32_MAX

/* What each function comes to, by place in scan->functions. */
struct fact {
    u32 first_call; /* in scan->calls */
    u32 op;         /* wrapper: of this import */
    u32 depth;      /* 0: no wrapper */
    bool is_helper; /* calls helpers alone, or nothing */
};

struct wrapping {
    struct scan *scan;
    struct fact *facts;
};

static bool is_helper_op(u32 op)
{
    const struct export *export = export_find(op);
    for (u32 i = 0; export && i < countof(helpers); i++)
        if (!strcmp(export->name, helpers[i]))
            return true;
    return false;
}

static bool is_small(const struct scan_function *f)
{
    return f->end - f->start <= SIZE_MAX_BYTES;
}

/* What a call leads to: *op and the depth of who calls there; 0: a helper; SOMETHING_ELSE: something else. */
static u32 depth_behind(const struct wrapping *w, const struct scan_call *call, u32 *op)
{
    const struct scan_import *import = call->target ? scan_import_at(w->scan, call->target) : NULL;
    if (import) {
        *op = import->op;
        return is_helper_op(import->op) ? 0 : 1;
    }
    const struct scan_function *f = call->target ? scan_function_at(w->scan, call->target) : NULL;
    if (!f || f->start != call->target)
        return SOMETHING_ELSE;
    const struct fact *fact = &w->facts[f - w->scan->functions.list];
    *op = fact->op;
    return fact->depth ? fact->depth + 1 : fact->is_helper ? 0 : SOMETHING_ELSE;
}

/* True when it is one, or a helper, and was not known as such. */
static bool judge(struct wrapping *w, u32 i)
{
    const struct scan_function *f = &w->scan->functions.list[i];
    struct fact *fact = &w->facts[i];
    u32 op = 0, depth = 0;
    if (fact->depth || fact->is_helper || !is_small(f) || f->how == SCAN_BY_HELPER || f->op)
        return false;
    for (u32 k = fact->first_call; k < w->scan->calls.count && w->scan->calls.list[k].function == f->start; k++) {
        const struct scan_call *call = &w->scan->calls.list[k];
        u32 called = 0,
            behind = call->kind == SCAN_SAVE || call->kind == SCAN_RESTORE ? 0 : depth_behind(w, call, &called);
        if (behind == SOMETHING_ELSE || (behind && op && called != op))
            return false;
        if (behind) {
            op = called;
            depth = behind > depth ? behind : depth;
        }
    }
    if (depth > DEPTH_MAX)
        return false;
    fact->op = op;
    fact->depth = depth;
    fact->is_helper = !depth;
    return true;
}

static void add_sites(struct wrapping *w, u32 i)
{
    const struct scan_function *f = &w->scan->functions.list[i];
    for (u32 k = w->facts[i].first_call; k < w->scan->calls.count && w->scan->calls.list[k].function == f->start; k++) {
        const struct scan_call *call = &w->scan->calls.list[k];
        u32 op, depth = depth_behind(w, call, &op);
        if (call->kind != SCAN_TAIL_CALL && call->kind != SCAN_SAVE && call->kind != SCAN_RESTORE && depth &&
            depth != SOMETHING_ELSE)
            *SCAN_ADD(&w->scan->wrappers) = (struct scan_wrapper){call->site, f->start, op, depth};
    }
}

void scan_find_wrappers(struct scan *scan)
{
    struct wrapping w = {scan, calloc(scan->functions.count + 1, sizeof *w.facts)};
    CHECK(w.facts, "out of memory");
    u32 call = 0;
    for (u32 i = 0; i < scan->functions.count; i++) {
        while (call < scan->calls.count && scan->calls.list[call].site < scan->functions.list[i].start)
            call++;
        w.facts[i].first_call = call;
    }
    for (bool any = true; any;) {
        any = false;
        for (u32 i = 0; i < scan->functions.count; i++)
            any |= judge(&w, i);
    }
    for (u32 i = 0; i < scan->functions.count; i++)
        if (w.facts[i].depth)
            add_sites(&w, i);
    free(w.facts);
}
