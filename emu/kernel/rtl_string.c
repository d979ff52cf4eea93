/* SPDX-License-Identifier: BSD-3-Clause
 * Run-time library: counted strings of 8-bit (ANSI_STRING) and 16-bit characters (UNICODE_STRING), both
 * {length, maximum length, buffer} in bytes, and conversions between them. A character above FF becomes `?`. A pointer
 * that may not be touched is a guest fault at the call, as it would be inside the library. */
#include "emu/kernel/heap.h"
#include "emu/kernel/kcall.h"
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"

enum { LENGTH_MAX = 0xFFFE };

struct counted {
    u32 length;
    u32 maximum;
    u32 buffer;
};

static bool load(struct kcall *k, u32 address, struct counted *s)
{
    u8 bytes[8];
    if (!memory_read(k->e, address, bytes, sizeof bytes))
        return false;
    *s = (struct counted){load_be16(bytes), load_be16(bytes + 2), load_be32(bytes + 4)};
    return true;
}

static bool save(struct kcall *k, u32 address, const struct counted *s)
{
    u8 bytes[8];
    store_be16(bytes, (u16)s->length);
    store_be16(bytes + 2, (u16)s->maximum);
    store_be32(bytes + 4, s->buffer);
    return memory_write(k->e, address, bytes, sizeof bytes);
}

static bool get(struct kcall *k, u32 address, bool wide, u16 *c)
{
    u8 bytes[2];
    if (!memory_read(k->e, address, bytes, wide ? 2 : 1))
        return false;
    *c = wide ? load_be16(bytes) : bytes[0];
    return true;
}

static bool put(struct kcall *k, u32 address, bool wide, u16 c)
{
    u8 bytes[2];
    if (!wide)
        bytes[0] = c < 0x100 ? (u8)c : '?';
    else
        store_be16(bytes, c);
    return memory_write(k->e, address, bytes, wide ? 2 : 1);
}

/* Copies characters, widening or narrowing; false: a place may not be touched. */
static bool copy(struct kcall *k, u32 target, bool target_wide, u32 source, bool source_wide, u32 count)
{
    for (u32 i = 0; i < count; i++) {
        u16 c;
        if (!get(k, source + (source_wide ? 2 * i : i), source_wide, &c) ||
            !put(k, target + (target_wide ? 2 * i : i), target_wide, c))
            return false;
    }
    return true;
}

/* Characters up to the NUL; false: unreadable. The count ends where a counted string's would. */
static bool length_of(struct kcall *k, u32 text, bool wide, u32 *length)
{
    u16 c;
    for (*length = 0; *length < LENGTH_MAX; (*length)++) {
        if (!get(k, text + (wide ? 2 * *length : *length), wide, &c))
            return false;
        if (c == 0)
            return true;
    }
    return true;
}

static u64 fault(struct kcall *k, u32 argument)
{
    return sync_fault(k, FAULT_READ, kcall_u32(k, argument));
}

static u64 init(struct kcall *k, bool wide)
{
    struct counted s = {.buffer = kcall_u32(k, 1)};
    u32 length = 0;
    if (s.buffer && !length_of(k, s.buffer, wide, &length))
        return fault(k, 1);
    u32 step = wide ? 2 : 1;
    if (length * step > LENGTH_MAX - step)
        length = (LENGTH_MAX - step) / step;
    s.length = length * step;
    s.maximum = s.buffer ? s.length + step : 0;
    return save(k, kcall_u32(k, 0), &s) ? 0 : fault(k, 0);
}

u64 xboxkrnl_RtlInitAnsiString(struct kcall *k)
{
    return init(k, false);
}

u64 xboxkrnl_RtlInitUnicodeString(struct kcall *k)
{
    return init(k, true);
}

static u64 free_string(struct kcall *k)
{
    struct counted s;
    if (!load(k, kcall_u32(k, 0), &s))
        return fault(k, 0);
    heap_free(k->e, s.buffer);
    s = (struct counted){0};
    return save(k, kcall_u32(k, 0), &s) ? 0 : fault(k, 0);
}

u64 xboxkrnl_RtlFreeAnsiString(struct kcall *k)
{
    return free_string(k);
}

u64 xboxkrnl_RtlFreeUnicodeString(struct kcall *k)
{
    return free_string(k);
}

/* From one kind to the other; with `allocate` into a new block of the pool. A target that is too small takes what fits
 * when it is narrow, and nothing when it is wide, as on NT. */
static u64 convert(struct kcall *k, bool target_wide)
{
    struct counted target, source;
    bool allocate = k->arg[2] & 0xFF;
    if (!load(k, kcall_u32(k, 0), &target) || !load(k, kcall_u32(k, 1), &source))
        return fault(k, 0);
    u32 step = target_wide ? 2 : 1;
    u32 count = target_wide ? source.length : source.length / 2;
    u32 need = (count + 1) * step;
    u64 status = STATUS_SUCCESS;
    if (need > LENGTH_MAX)
        return STATUS_INVALID_PARAMETER_2;
    if (allocate) {
        target.buffer = heap_alloc(k->e, need);
        target.maximum = need;
        if (!target.buffer)
            return STATUS_NO_MEMORY;
    } else if (target.maximum < need) {
        status = STATUS_BUFFER_OVERFLOW;
        if (target_wide || target.maximum == 0)
            return status;
        count = target.maximum - 1;
    }
    target.length = count * step;
    if (!copy(k, target.buffer, target_wide, source.buffer, !target_wide, count) ||
        !put(k, target.buffer + target.length, target_wide, 0) || !save(k, kcall_u32(k, 0), &target))
        return fault(k, 0);
    return status;
}

u64 xboxkrnl_RtlAnsiStringToUnicodeString(struct kcall *k)
{
    return convert(k, true);
}

u64 xboxkrnl_RtlUnicodeStringToAnsiString(struct kcall *k)
{
    return convert(k, false);
}

/* target, its size, where the bytes written are told, source, its size. */
static u64 convert_buffer(struct kcall *k, bool target_wide)
{
    u32 room = target_wide ? kcall_u32(k, 1) / 2 : kcall_u32(k, 1);
    u32 count = target_wide ? kcall_u32(k, 4) : kcall_u32(k, 4) / 2;
    if (count > room)
        count = room;
    if (!copy(k, kcall_u32(k, 0), target_wide, kcall_u32(k, 3), !target_wide, count))
        return fault(k, 3);
    if (kcall_u32(k, 2))
        memory_set32(k->e, kcall_u32(k, 2), target_wide ? count * 2 : count);
    return STATUS_SUCCESS;
}

u64 xboxkrnl_RtlMultiByteToUnicodeN(struct kcall *k)
{
    return convert_buffer(k, true);
}

u64 xboxkrnl_RtlUnicodeToMultiByteN(struct kcall *k)
{
    return convert_buffer(k, false);
}

u64 xboxkrnl_RtlMultiByteToUnicodeSize(struct kcall *k)
{
    return sync_out(k, kcall_u32(k, 0), kcall_u32(k, 2) * 2);
}

u64 xboxkrnl_RtlUnicodeToMultiByteSize(struct kcall *k)
{
    return sync_out(k, kcall_u32(k, 0), kcall_u32(k, 2) / 2);
}

/* Copies as many bytes as fit; no source empties the target. */
static u64 copy_string(struct kcall *k)
{
    struct counted target, source = {0};
    if (!load(k, kcall_u32(k, 0), &target) || (kcall_u32(k, 1) && !load(k, kcall_u32(k, 1), &source)))
        return fault(k, 0);
    target.length = source.length < target.maximum ? source.length : target.maximum;
    if (!copy(k, target.buffer, false, source.buffer, false, target.length) || !save(k, kcall_u32(k, 0), &target))
        return fault(k, 0);
    return 0;
}

u64 xboxkrnl_RtlCopyString(struct kcall *k)
{
    return copy_string(k);
}

u64 xboxkrnl_RtlCopyUnicodeString(struct kcall *k)
{
    return copy_string(k);
}

static u64 append(struct kcall *k, const struct counted *source)
{
    struct counted target;
    if (!load(k, kcall_u32(k, 0), &target))
        return fault(k, 0);
    if (target.length + source->length > target.maximum)
        return STATUS_BUFFER_TOO_SMALL;
    if (!copy(k, target.buffer + target.length, false, source->buffer, false, source->length))
        return fault(k, 0);
    target.length += source->length;
    return save(k, kcall_u32(k, 0), &target) ? STATUS_SUCCESS : fault(k, 0);
}

static u64 append_string(struct kcall *k)
{
    struct counted source;
    return load(k, kcall_u32(k, 1), &source) ? append(k, &source) : fault(k, 1);
}

u64 xboxkrnl_RtlAppendStringToString(struct kcall *k)
{
    return append_string(k);
}

u64 xboxkrnl_RtlAppendUnicodeStringToString(struct kcall *k)
{
    return append_string(k);
}

u64 xboxkrnl_RtlAppendUnicodeToString(struct kcall *k)
{
    struct counted source = {.buffer = kcall_u32(k, 1)};
    if (source.buffer && !length_of(k, source.buffer, true, &source.length))
        return fault(k, 1);
    source.length *= 2;
    return append(k, &source);
}

u64 xboxkrnl_RtlCreateUnicodeString(struct kcall *k)
{
    struct counted s = {0};
    if (!length_of(k, kcall_u32(k, 1), true, &s.length))
        return fault(k, 1);
    s.length *= 2;
    s.maximum = s.length + 2;
    s.buffer = s.maximum <= LENGTH_MAX ? heap_alloc(k->e, s.maximum) : 0;
    if (!s.buffer)
        return 0;
    if (!copy(k, s.buffer, false, kcall_u32(k, 1), false, s.maximum) || !save(k, kcall_u32(k, 0), &s))
        return fault(k, 0);
    return 1;
}

/* ASCII and Latin-1: the console's table goes on, see the rows' states. */
static u16 upcase(u16 c)
{
    bool lower = (c >= 'a' && c <= 'z') || (c >= 0xE0 && c <= 0xFE && c != 0xF7);
    return lower ? (u16)(c - 0x20) : c == 0xFF ? 0x178 : c;
}

static u16 downcase(u16 c)
{
    bool upper = (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7);
    return upper ? (u16)(c + 0x20) : c == 0x178 ? 0xFF : c;
}

static u64 compare(struct kcall *k, const struct counted *a, const struct counted *b, bool wide, bool ignore_case)
{
    u32 step = wide ? 2 : 1;
    u32 count = (a->length < b->length ? a->length : b->length) / step;
    for (u32 i = 0; i < count; i++) {
        u16 x, y;
        if (!get(k, a->buffer + i * step, wide, &x) || !get(k, b->buffer + i * step, wide, &y))
            return fault(k, 0);
        if (ignore_case) {
            x = upcase(x);
            y = upcase(y);
        }
        if (x != y)
            return (u64)(s64)((s32)x - (s32)y);
    }
    return (u64)(s64)(s32)(a->length / step - b->length / step);
}

static u64 compare_strings(struct kcall *k, bool wide)
{
    struct counted a, b;
    if (!load(k, kcall_u32(k, 0), &a) || !load(k, kcall_u32(k, 1), &b))
        return fault(k, 0);
    return compare(k, &a, &b, wide, k->arg[2] & 0xFF);
}

u64 xboxkrnl_RtlCompareString(struct kcall *k)
{
    return compare_strings(k, false);
}

u64 xboxkrnl_RtlCompareUnicodeString(struct kcall *k)
{
    return compare_strings(k, true);
}

static u64 compare_counts(struct kcall *k, bool wide)
{
    u32 step = wide ? 2 : 1;
    struct counted a = {.buffer = kcall_u32(k, 0), .length = kcall_u32(k, 1) * step};
    struct counted b = {.buffer = kcall_u32(k, 2), .length = kcall_u32(k, 3) * step};
    return compare(k, &a, &b, wide, k->arg[4] & 0xFF);
}

u64 xboxkrnl_RtlCompareStringN(struct kcall *k)
{
    return compare_counts(k, false);
}

u64 xboxkrnl_RtlCompareUnicodeStringN(struct kcall *k)
{
    return compare_counts(k, true);
}

u64 xboxkrnl_RtlUpcaseUnicodeChar(struct kcall *k)
{
    return upcase((u16)k->arg[0]);
}

u64 xboxkrnl_RtlDowncaseUnicodeChar(struct kcall *k)
{
    return downcase((u16)k->arg[0]);
}

u64 xboxkrnl_RtlUpperChar(struct kcall *k)
{
    u16 c = upcase((u8)k->arg[0]);
    return c < 0x100 ? c : (u8)k->arg[0];
}

u64 xboxkrnl_RtlLowerChar(struct kcall *k)
{
    return downcase((u8)k->arg[0]);
}
