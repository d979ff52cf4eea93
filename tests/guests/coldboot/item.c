/* SPDX-License-Identifier: BSD-3-Clause
 * One item: read packed from the disc, unpacked, checked page by page, written to the cache; and read back from there.
 */
#include "coldboot.h"

enum { PAGE = 1024, PACKED_MOST = LZR_ITEM_MOST + sizeof(struct lzr_header) };

struct item items[ITEMS_MAX];

/* A page of an item under verification. */
struct page {
    struct page *next;
    const u8 *data;
    u32 size;
    u32 checksum;
};

bool item_table_load(void)
{
    static u32 table[1 + ITEMS_MAX * 2];
    u32 size = 0;
    if (file_read("game:\\data\\items.tbl", table, sizeof table, &size) || size < 4 || table[0] < settings.items)
        return false;
    for (u32 i = 0; i < table[0] && i < ITEMS_MAX; i++)
        items[i] = (struct item){table[1 + i * 2], table[2 + i * 2]};
    return true;
}

/* The pages' checksums in order; the list lives on the heap that all threads share. */
static u32 check_pages(const u8 *data, u32 size)
{
    struct page *first = NULL, **end = &first;
    for (u32 at = 0; at < size; at += PAGE) {
        struct page *page = heap_alloc(sizeof *page);
        if (!page)
            break;
        u32 length = size - at < PAGE ? size - at : PAGE;
        *page = (struct page){NULL, data + at, length, lzr_checksum(data + at, length)};
        *end = page;
        end = &page->next;
    }
    u32 sum = 0;
    while (first) {
        struct page *page = first;
        sum = (sum << 5 | sum >> 27) ^ page->checksum;
        first = page->next;
        heap_free(page);
    }
    return sum;
}

static bool unpack(const u8 *packed, u32 packed_size, u32 number, u8 *data)
{
    const struct lzr_header *header = (const struct lzr_header *)packed;
    if (packed_size < sizeof *header || header->magic != LZR_MAGIC || header->packed != packed_size - sizeof *header ||
        header->size != items[number].size)
        return false;
    return lzr_unpack(packed + sizeof *header, header->packed, data, header->size) &&
           lzr_checksum(data, header->size) == header->checksum;
}

static u32 store(u32 number, u8 *data)
{
    char path[32];
    if (settings.misbehave == MISBEHAVE_STALE_CACHE && number % 8 == 3)
        data[items[number].size / 2] ^= 0x20;
    file_path(path, "cache:\\item", number, ".bin");
    u32 status = file_write(path, data, items[number].size);
    if (status)
        DbgPrint("coldboot: item %u not written: error %u\n", number, RtlNtStatusToDosError(status));
    return status ? 0 : items[number].size;
}

u32 item_fetch(struct work *work)
{
    char path[32];
    u32 size = 0, made = 0, number = work->number;
    u8 *packed = heap_alloc(PACKED_MOST);
    u8 *data = heap_alloc(items[number].size);
    file_path(path, "game:\\data\\item", number, ".lzr");
    u32 status = packed && data ? file_read(path, packed, PACKED_MOST, &size) : 0xC0000017;
    if (status)
        DbgPrint("coldboot: item %u not read: error %u\n", number, RtlNtStatusToDosError(status));
    else if (!unpack(packed, size, number, data))
        DbgPrint("coldboot: item %u is damaged\n", number);
    else if (check_pages(data, items[number].size))
        made = store(number, data);
    heap_free(data);
    heap_free(packed);
    return made;
}

bool item_verify(u32 number)
{
    char path[32];
    u32 size = 0;
    u8 *data = heap_alloc(items[number].size);
    if (!data)
        return false;
    file_path(path, "cache:\\item", number, ".bin");
    bool good = !file_read(path, data, items[number].size, &size) && size == items[number].size &&
                check_pages(data, size) && lzr_checksum(data, size) == items[number].checksum;
    heap_free(data);
    return good;
}
