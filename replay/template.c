/* SPDX-License-Identifier: BSD-3-Clause
 * Templates: reading and writing their bytes, and what they make of fields (replay/template.h). */
#include "replay/template.h"
#include "replay/varint.h"

#include <stdio.h>
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
    bool is_number = n[1] <= FORM_UPPER;
    return is_hex == (n[2] != 0) && (is_number || n[3] == TARGET_KEEP || n[3] == TARGET_VALUE);
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

u64 template_transform(enum template_transform how, u64 value, u64 time)
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
            event->v[h->value] = template_transform((enum template_transform)h->transform, value, event->time);
    }
}

void template_escape(const char *text, size_t size, struct buffer *out)
{
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    for (size_t i = 0; i < size; i++) {
        const char *short_one = text[i] ? strchr(from, text[i]) : NULL;
        char code[8];
        if (short_one)
            buffer_add(out, (const char[]){'\\', to[short_one - from]}, 2);
        else if ((u8)text[i] < 0x20)
            buffer_add(out, code, (size_t)snprintf(code, sizeof code, "\\u%04x", (u8)text[i]));
        else
            buffer_add(out, &text[i], 1);
    }
}

static u64 number_of(const struct template_hole *h, const struct template_line *line, const u64 **fields)
{
    switch ((enum template_target)h->target) {
    case TARGET_THREAD:
        return line->thread;
    case TARGET_INDEX:
        return line->index;
    case TARGET_TIME:
        return line->time;
    default:
        return *(*fields)++;
    }
}

static void print_number(const struct template_hole *h, u64 number, struct buffer *out)
{
    char text[32];
    int size;
    if (h->form == FORM_DEC)
        size = snprintf(text, sizeof text, "%lld", (long long)number);
    else if (h->form == FORM_UDEC)
        size = snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    else
        size = snprintf(text, sizeof text, h->form == FORM_LOWER ? "%0*llx" : "%0*llX", h->width,
                        (unsigned long long)number);
    buffer_add(out, text, (size_t)size);
}

bool template_print(const struct template *t, const struct template_line *line, struct buffer *out)
{
    const u64 *fields = line->fields, *places = line->fields + t->field_count;
    for (u32 i = 0; i < t->hole_count; i++) {
        const struct template_hole *h = &t->holes[i];
        const char *text;
        size_t size;
        buffer_add(out, h->text, h->text_size);
        if (h->form == FORM_TEXT) {
            if (!block_text_at(line->text, (u32)*places++, &text, &size))
                return false;
            buffer_add(out, text, size);
            continue;
        }
        u64 number = number_of(h, line, &fields);
        if (h->form == FORM_STRING || h->form == FORM_JSON) {
            text = line->string(line->context, (u32)number, &size);
            if (h->form == FORM_JSON)
                template_escape(text, size, out);
            else
                buffer_add(out, text, size);
        } else if (h->form != FORM_HIDDEN) {
            print_number(h, number, out);
        }
    }
    buffer_add(out, t->tail, t->tail_size);
    return true;
}
