/* SPDX-License-Identifier: BSD-3-Clause
 * What a call was given by address: a path, the bytes of a file (diff/explain.h). */
#include "diff/explain.h"

#include "schema/export.h"

#include <stdio.h>
#include <stdlib.h>

enum { BYTES_MOST = 65536 };

static bool read_pointer(struct explain *x, const struct explain_spot *spot, u32 address[2], u32 offset,
                         struct err *err)
{
    u8 word[2][4], *bytes[2] = {word[0], word[1]};
    u32 at[2] = {address[0] + offset, address[1] + offset};
    if (!explain_read(x, spot, at, 4, bytes, err))
        return false;
    for (u32 k = 0; k < 2; k++)
        address[k] = load_be32(word[k]);
    return true;
}

/* From the argument to where its bytes lie. */
static bool find_bytes(struct explain *x, const struct explain_spot *spot, u8 type, u32 address[2], struct err *err)
{
    err->text[0] = '\0';
    switch (type) {
    case ARG_OBJATTR:
        return read_pointer(x, spot, address, 4, err) && read_pointer(x, spot, address, 4, err);
    case ARG_USTRING:
        return read_pointer(x, spot, address, 4, err);
    default:
        return true;
    }
}

static u32 text_size(struct explain *x, const struct values_call call[2])
{
    size_t most = 0;
    for (u32 k = 0; k < 2; k++) {
        size_t size = 0;
        if (call[k].call.count > F_call_text)
            journal_string(run_journal(x->run[k]), (u32)call[k].call.v[F_call_text], &size);
        most = size > most ? size : most;
    }
    return (u32)most;
}

/* The length that another argument tells, if both runs tell the same. */
static u32 buffer_size(const struct values_call call[2], const struct argument *a)
{
    u64 size[2];
    for (u32 k = 0; k < 2; k++)
        size[k] = a->length < 0 || a->length >= 8 ? a->unit : call[k].call.v[F_call_a0 + a->length] * a->unit;
    u64 least = size[0] < size[1] ? size[0] : size[1];
    return least < BYTES_MOST ? (u32)least : BYTES_MOST;
}

static enum explain_next first_difference(struct explain *x, struct explain_spot *spot, const u32 address[2], u32 size,
                                          struct err *err)
{
    u8 *bytes[2] = {calloc(size, 1), calloc(size, 1)};
    struct explain_data data = {.size = 1};
    CHECK(bytes[0] && bytes[1], "no memory for an argument");
    enum explain_next next = NEXT_END;
    u32 i = 0;
    explain_read(x, spot, address, size, bytes, err);
    while (i < size && bytes[0][i] == bytes[1][i])
        i++;
    if (err->text[0]) {
        next = NEXT_FAILED;
    } else if (i == size) {
        explain_stop(x, "the bytes at 0x%08X do not differ", address[0]);
    } else {
        data.address = address[0] + i;
        for (u32 k = 0; k < 2; k++)
            data.value[k] = bytes[k][i];
        struct explain_link *link =
            explain_add(x, LINK_PASSED, "0x%08X is the first byte of it that differs", data.address);
        explain_put_steps(x, link, spot);
        link->address = data.address;
        link->at[0].value = data.value[0];
        link->at[1].value = data.value[1];
        next = explain_byte(x, spot, &data, 0, err);
    }
    free(bytes[0]);
    free(bytes[1]);
    return next;
}

enum explain_next explain_pointer(struct explain *x, struct explain_spot *spot, const struct values_call call[2],
                                  u32 argument, struct err *err)
{
    const struct export *export = export_find(call[0].call.op);
    const struct argument *a = export && argument < export->count ? &export->arguments[argument] : NULL;
    u32 address[2] = {(u32)call[0].call.v[F_call_a0 + argument], (u32)call[1].call.v[F_call_a0 + argument]};
    if (!a || argument >= 8) {
        explain_stop(x, "what the call was given lies behind a pointer that is not told");
        return NEXT_END;
    }
    u32 size = a->type == ARG_BUF ? buffer_size(call, a) : text_size(x, call);
    if (!find_bytes(x, spot, a->type, address, err) && err->text[0])
        return NEXT_FAILED;
    if (!size || !address[0] || address[0] != address[1]) {
        explain_stop(x, "argument %s of %s lies at different places in the two runs", a->name, export->name);
        return NEXT_END;
    }
    return first_difference(x, spot, address, size, err);
}

u32 explain_text_argument(u32 op)
{
    const struct export *export = export_find(op);
    for (u32 i = 0; export && i < export->count; i++) {
        const struct argument *a = &export->arguments[i];
        if (a->direction != ARG_OUT && (a->type == ARG_STR || a->type == ARG_USTRING || a->type == ARG_OBJATTR))
            return i;
    }
    return UINT32_MAX;
}

u32 explain_argument(u32 op, const char *name)
{
    const struct export *export = export_find(op);
    for (u32 i = 0; export && i < export->count; i++)
        if (!strcmp(export->arguments[i].name, name))
            return i;
    return UINT32_MAX;
}
