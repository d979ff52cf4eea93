/* SPDX-License-Identifier: BSD-3-Clause
 * An event's values as text (replay/show.h). */
#include "replay/show.h"
#include "schema/status.h"

#include <stdio.h>

/* Control characters become dots: a journal's text must not steer the user's terminal. */
static void show_string(struct journal_reader *journal, u32 id, char *out, size_t capacity)
{
    if (!journal || !id || id > journal_string_count(journal)) {
        snprintf(out, capacity, id ? "string %u" : "-", id);
        return;
    }
    size_t size, n = 0;
    const char *text = journal_string(journal, id, &size);
    if (capacity < 4)
        return;
    out[n++] = '"';
    for (size_t i = 0; i < size && n + 2 < capacity; i++)
        out[n++] = (u8)text[i] < 0x20 || text[i] == 0x7F ? '.' : text[i];
    out[n++] = '"';
    out[n] = 0;
}

static void show_status(u32 status, char *out, size_t capacity)
{
    const char *name = status_name(status);
    if (name)
        snprintf(out, capacity, "%s", name);
    else
        snprintf(out, capacity, "0x%08X", status);
}

void show_value(struct journal_reader *journal, enum event_meaning meaning, u64 value, char *out, size_t capacity)
{
    unsigned long long number = value;
    switch (meaning) {
    case MEANING_HEX:
    case MEANING_HANDLE:
        snprintf(out, capacity, "0x%llX", number);
        break;
    case MEANING_ADDR:
        snprintf(out, capacity, "0x%08llX", number);
        break;
    case MEANING_HSID:
        snprintf(out, capacity, "0x%016llX", number);
        break;
    case MEANING_DEC:
    case MEANING_THREAD:
        snprintf(out, capacity, "%llu", number);
        break;
    case MEANING_TICKS:
        snprintf(out, capacity, value == UINT64_MAX ? "never" : "%llu", number);
        break;
    case MEANING_BOOL:
        snprintf(out, capacity, "%s", value ? "true" : "false");
        break;
    case MEANING_STATUS:
        show_status((u32)value, out, capacity);
        break;
    case MEANING_OBJECT:
        snprintf(out, capacity, "%s", object_type_name((enum object_type)value));
        break;
    case MEANING_STRING:
        show_string(journal, (u32)value, out, capacity);
        break;
    case MEANING_END:
        snprintf(out, capacity, "%s", end_reason_name((enum end_reason)value));
        break;
    case MEANING_TEXT:
        snprintf(out, capacity, "text of %u bytes", (u32)value);
        break;
    case MEANING_FAULT:
        snprintf(out, capacity, "%s", fault_kind_name((enum fault_kind)value));
        break;
    }
}
