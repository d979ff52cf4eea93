/* SPDX-License-Identifier: BSD-3-Clause
 * Templates: reading and writing their bytes, and what they make of fields (replay/template.h). */
#include "replay/template.h"
#include "replay/varint.h"

#include <stdlib.h>

static bool read_number(const u8 **p, const u8 *end, u64 most, u64 *value)
{
    return (*p = varint_get(*p, end, value)) && *value <= most;
}

static bool read_hole(struct template_hole *hole, const u8 **p, const u8 *end)
{
    u64 n[6];
    static const u64 most[] = {1 << 20, FORMS - 1, 16, TARGETS - 1, EVENT_FIELDS_MAX - 1, TRANSFORMS - 1};
    for (u32 i = 0; i < countof(n); i++)
        if (!read_number(p, end, most[i], &n[i]))
            return false;
    *hole = (struct template_hole){
        .text_size = (u32)n[0],
        .form = (u8)n[1],
        .width = (u8)n[2],
        .target = (u8)n[3],
        .value = (u8)n[4],
        .transform = (u8)n[5],
        .is_field = n[1] != FORM_TEXT && (n[3] == TARGET_KEEP || n[3] == TARGET_VALUE),
    };
    bool is_hex = n[1] == FORM_LOWER || n[1] == FORM_UPPER;
    return is_hex == (n[2] != 0) && (hole->is_field || n[1] != FORM_STRING) &&
           (n[1] != FORM_TEXT || n[3] == TARGET_KEEP || n[3] == TARGET_VALUE);
}

static bool read_parts(struct template *t, const u8 *p, const u8 *end)
{
    u64 number, place;
    if (!read_number(&p, end, BLOCK_FIELDS_MAX, &number))
        return false;
    t->hole_count = (u32)number;
    for (u32 i = 0; i < t->hole_count; i++) {
        if (!read_hole(&t->holes[i], &p, end))
            return false;
        t->field_count += t->holes[i].is_field;
    }
    if (!read_number(&p, end, BLOCK_TEXT_MAX, &number))
        return false;
    t->tail_size = (u32)number;
    if (!read_number(&p, end, EVENT_FIELDS_MAX, &number))
        return false;
    t->constant_count = (u32)number;
    for (u32 i = 0; i < t->constant_count; i++) {
        if (!read_number(&p, end, EVENT_FIELDS_MAX - 1, &place) || !read_number(&p, end, UINT64_MAX, &t->constant[i]))
            return false;
        t->constant_value[i] = (u8)place;
    }
    for (u32 i = 0; i < t->hole_count; i++) {
        t->holes[i].text = p;
        if (t->holes[i].text_size > (u64)(end - p))
            return false;
        p += t->holes[i].text_size;
    }
    t->tail = p;
    return t->tail_size == (u64)(end - p);
}

bool template_read(struct template *t, const void *bytes, size_t size, struct err *err)
{
    *t = (struct template){0};
    buffer_add(&t->bytes, bytes, size);
    if (size && read_parts(t, t->bytes.data, t->bytes.data + size))
        return true;
    template_free(t);
    return err_set(err, "a template's bytes are wrong");
}

void template_free(struct template *t)
{
    buffer_free(&t->bytes);
    *t = (struct template){0};
}

static void put(struct buffer *out, u64 value)
{
    buffer_reserve(out, VARINT_MAX);
    out->size = (size_t)(varint_put(out->data + out->size, value) - out->data);
}

void template_write(const struct template *t, struct buffer *out)
{
    put(out, t->hole_count);
    for (u32 i = 0; i < t->hole_count; i++) {
        const struct template_hole *h = &t->holes[i];
        const u64 numbers[] = {h->text_size, h->form, h->width, h->target, h->value, h->transform};
        for (u32 n = 0; n < countof(numbers); n++)
            put(out, numbers[n]);
    }
    put(out, t->tail_size);
    put(out, t->constant_count);
    for (u32 i = 0; i < t->constant_count; i++) {
        put(out, t->constant_value[i]);
        put(out, t->constant[i]);
    }
    for (u32 i = 0; i < t->hole_count; i++)
        buffer_add(out, t->holes[i].text, t->holes[i].text_size);
    buffer_add(out, t->tail, t->tail_size);
}

static u64 transform(enum template_transform how, u64 value, u64 time)
{
    switch (how) {
    case TRANSFORM_LOW32:
        return (u32)value;
    case TRANSFORM_DEADLINE:
        return (s64)value < 0 ? UINT64_MAX : time + value;
    default:
        return value;
    }
}

void template_fill(const struct template *t, const u64 *fields, const u64 *texts, struct event *event)
{
    for (u32 i = 0; i < t->constant_count; i++)
        event->v[t->constant_value[i]] = t->constant[i];
    for (u32 i = 0; i < t->hole_count; i++) {
        const struct template_hole *h = &t->holes[i];
        u64 value = h->is_field ? *fields++ : h->form == FORM_TEXT ? *texts++ : 0;
        if (h->target == TARGET_VALUE)
            event->v[h->value] = transform((enum template_transform)h->transform, value, event->time);
    }
}
