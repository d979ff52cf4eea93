/* SPDX-License-Identifier: BSD-3-Clause
 * Run-time library: memory, statuses, calendar, executable headers, the stack's limits, CRC-32. */
#include "emu/kernel/kcall.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/title_header.h"
#include "emu/memory/memory.h"

enum { CHUNK = 0x1000 };

#define SECONDS_A_DAY     86400ull
#define FILETIME_A_SECOND 10000000ull
#define FILETIME_A_MS     10000ull
#define DAYS_BEFORE_1601  584388u /* from 1 January 0001 */

/* How many bytes are equal from the start. */
u64 xboxkrnl_RtlCompareMemory(struct kcall *k)
{
    u32 length = kcall_u32(k, 2);
    u8 a[CHUNK], b[CHUNK];
    for (u32 at = 0; at < length;) {
        u32 part = length - at < CHUNK ? length - at : CHUNK;
        if (!memory_read(k->e, kcall_u32(k, 0) + at, a, part))
            return sync_fault(k, FAULT_READ, kcall_u32(k, 0) + at);
        if (!memory_read(k->e, kcall_u32(k, 1) + at, b, part))
            return sync_fault(k, FAULT_READ, kcall_u32(k, 1) + at);
        for (u32 i = 0; i < part; i++)
            if (a[i] != b[i])
                return at + i;
        at += part;
    }
    return length;
}

/* How many bytes, in whole words, hold the pattern from the start. */
u64 xboxkrnl_RtlCompareMemoryUlong(struct kcall *k)
{
    u32 length = kcall_u32(k, 1) & ~3u;
    u8 bytes[CHUNK];
    if (kcall_u32(k, 0) & 3)
        return 0;
    for (u32 at = 0; at < length;) {
        u32 part = length - at < CHUNK ? length - at : CHUNK;
        if (!memory_read(k->e, kcall_u32(k, 0) + at, bytes, part))
            return sync_fault(k, FAULT_READ, kcall_u32(k, 0) + at);
        for (u32 i = 0; i < part; i += 4)
            if (load_be32(bytes + i) != kcall_u32(k, 2))
                return at + i;
        at += part;
    }
    return length;
}

u64 xboxkrnl_RtlFillMemoryUlong(struct kcall *k)
{
    u32 length = kcall_u32(k, 1) & ~3u;
    u8 bytes[CHUNK];
    for (u32 i = 0; i < CHUNK; i += 4)
        store_be32(bytes + i, kcall_u32(k, 2));
    for (u32 at = 0; at < length; at += CHUNK) {
        u32 part = length - at < CHUNK ? length - at : CHUNK;
        if (!memory_write(k->e, kcall_u32(k, 0) + at, bytes, part))
            return sync_fault(k, FAULT_WRITE, kcall_u32(k, 0) + at);
    }
    return 0;
}

u64 xboxkrnl_RtlNtStatusToDosError(struct kcall *k)
{
    return status_dos_error(kcall_u32(k, 0));
}

static bool is_leap(u32 year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static u32 days_of_month(u32 year, u32 month)
{
    static const u8 days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* From 1 January 0001 to 1 January of the year. */
static u32 days_before_year(u32 year)
{
    u32 y = year - 1;
    return y * 365 + y / 4 - y / 100 + y / 400;
}

u64 xboxkrnl_RtlTimeToTimeFields(struct kcall *k)
{
    u8 in[8], out[16];
    if (!memory_read(k->e, kcall_u32(k, 0), in, sizeof in))
        return sync_fault(k, FAULT_READ, kcall_u32(k, 0));
    u64 time = load_be64(in) & INT64_MAX;
    u64 second = time / FILETIME_A_SECOND;
    u32 day = (u32)(second / SECONDS_A_DAY);
    u32 rest = (u32)(second % SECONDS_A_DAY);
    u32 year = 1601 + day / 366;
    while (days_before_year(year + 1) - DAYS_BEFORE_1601 <= day)
        year++;
    u32 left = day - (days_before_year(year) - DAYS_BEFORE_1601);
    u32 month = 1;
    for (; left >= days_of_month(year, month); month++)
        left -= days_of_month(year, month);
    store_be16(out, (u16)year);
    store_be16(out + 2, (u16)month);
    store_be16(out + 4, (u16)(left + 1));
    store_be16(out + 6, (u16)(rest / 3600));
    store_be16(out + 8, (u16)(rest / 60 % 60));
    store_be16(out + 10, (u16)(rest % 60));
    store_be16(out + 12, (u16)(time % FILETIME_A_SECOND / FILETIME_A_MS));
    store_be16(out + 14, (u16)((day + 1) % 7)); /* 1 January 1601 was a Monday */
    return memory_write(k->e, kcall_u32(k, 1), out, sizeof out) ? 0 : sync_fault(k, FAULT_WRITE, kcall_u32(k, 1));
}

u64 xboxkrnl_RtlTimeFieldsToTime(struct kcall *k)
{
    u8 in[16], out[8];
    u32 field[7];
    if (!memory_read(k->e, kcall_u32(k, 0), in, sizeof in))
        return sync_fault(k, FAULT_READ, kcall_u32(k, 0));
    for (u32 i = 0; i < 7; i++)
        field[i] = load_be16(in + i * 2);
    u32 year = field[0], month = field[1], day = field[2];
    if (year < 1601 || year > 30827 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month) ||
        field[3] > 23 || field[4] > 59 || field[5] > 59 || field[6] > 999)
        return 0;
    u64 days = days_before_year(year) - DAYS_BEFORE_1601 + day - 1;
    for (u32 m = 1; m < month; m++)
        days += days_of_month(year, m);
    u64 seconds = days * SECONDS_A_DAY + field[3] * 3600 + field[4] * 60 + field[5];
    store_be64(out, seconds * FILETIME_A_SECOND + field[6] * FILETIME_A_MS);
    return memory_write(k->e, kcall_u32(k, 1), out, sizeof out) ? 1 : sync_fault(k, FAULT_WRITE, kcall_u32(k, 1));
}

u64 xboxkrnl_RtlImageXexHeaderField(struct kcall *k)
{
    return title_header_field(k->e, kcall_u32(k, 0), kcall_u32(k, 1));
}

u64 xboxkrnl_RtlGetStackLimits(struct kcall *k)
{
    if (!memory_set32(k->e, kcall_u32(k, 0), k->thread->stack_limit) ||
        !memory_set32(k->e, kcall_u32(k, 1), k->thread->stack_base))
        return sync_fault(k, FAULT_WRITE, kcall_u32(k, 0));
    return 0;
}

enum { CRC_POLYNOMIAL = (s32)0xEDB88320 };

/* CRC-32 of what came before (0: nothing) and these bytes. */
u64 xboxkrnl_RtlComputeCrc32(struct kcall *k)
{
    u32 crc = ~kcall_u32(k, 0), at = kcall_u32(k, 1), size = kcall_u32(k, 2);
    u8 bytes[CHUNK];
    for (u32 part; size; at += part, size -= part) {
        part = size < CHUNK ? size : CHUNK;
        if (!memory_read(k->e, at, bytes, part))
            return sync_fault(k, FAULT_READ, at);
        for (u32 i = 0; i < part; i++) {
            crc ^= bytes[i];
            for (u32 bit = 0; bit < 8; bit++)
                crc = crc >> 1 ^ (crc & 1 ? (u32)CRC_POLYNOMIAL : 0);
        }
    }
    return ~crc & 0xFFFFFFFF;
}
