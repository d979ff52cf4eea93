/* SPDX-License-Identifier: BSD-3-Clause
 * Host program: makes coldboot's items from a fixed recipe and packs them.
 *   pack DIRECTORY COUNT   writes itemNN.lzr and items.tbl
 *   pack --checksum COUNT  prints what the title must print for so many items */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lzr.h"

enum { HASH_BITS = 13, WORDS = 48 };

static unsigned char data[LZR_ITEM_MOST], packed[LZR_ITEM_MOST * 2], again[LZR_ITEM_MOST];

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* Made-up words in made-up order, with some noise: packs to about a half. */
static unsigned make(unsigned item)
{
    uint32_t state = item * 7919 + 17;
    unsigned char words[WORDS][12];
    unsigned size = 8192 + next_random(&state) % 32768, at = 0;
    for (unsigned i = 0; i < WORDS; i++)
        for (unsigned k = 0; k < sizeof words[i]; k++)
            words[i][k] = (unsigned char)('a' + next_random(&state) % 26);
    while (at < size) {
        const unsigned char *word = words[next_random(&state) % WORDS];
        unsigned length = 3 + next_random(&state) % 9;
        for (unsigned k = 0; k < length && at < size; k++)
            data[at++] = word[k];
        if (at < size && next_random(&state) % 3 == 0)
            data[at++] = (unsigned char)next_random(&state);
    }
    return size;
}

static unsigned put_literals(unsigned to, unsigned from, unsigned count)
{
    while (count) {
        unsigned part = count < LZR_LITERALS_MOST ? count : LZR_LITERALS_MOST;
        packed[to++] = (unsigned char)(part - 1);
        memcpy(packed + to, data + from, part);
        to += part;
        from += part;
        count -= part;
    }
    return to;
}

static unsigned match_length(unsigned a, unsigned b, unsigned size)
{
    unsigned length = 0;
    while (b + length < size && length < LZR_MATCH_MOST && data[a + length] == data[b + length])
        length++;
    return length;
}

static unsigned pack(unsigned size)
{
    static unsigned table[1 << HASH_BITS]; /* place + 1 */
    unsigned to = 0, literals = 0, at = 0;
    memset(table, 0, sizeof table);
    while (at < size) {
        unsigned length = 0, from = 0;
        if (size - at >= LZR_MATCH_LEAST) {
            uint32_t key;
            memcpy(&key, data + at, 4);
            unsigned *slot = &table[key * 2654435761u >> (32 - HASH_BITS)];
            from = *slot;
            *slot = at + 1;
            if (from && at - (from - 1) <= 0xFFFF)
                length = match_length(from - 1, at, size);
        }
        if (length < LZR_MATCH_LEAST) {
            literals++;
            at++;
            continue;
        }
        to = put_literals(to, at - literals, literals);
        literals = 0;
        packed[to++] = (unsigned char)(0x80 | (length - LZR_MATCH_LEAST));
        packed[to++] = (unsigned char)((at - (from - 1)) >> 8);
        packed[to++] = (unsigned char)(at - (from - 1));
        at += length;
    }
    return put_literals(to, at - literals, literals);
}

static void put_word(FILE *file, unsigned value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        fputc((int)(value >> shift & 0xFF), file);
}

static FILE *create(const char *directory, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "wb");
    if (!file) {
        perror(path);
        exit(1);
    }
    return file;
}

static void finish(FILE *file)
{
    if (fclose(file)) {
        perror("pack");
        exit(1);
    }
}

static void write_item(const char *directory, unsigned item, unsigned size)
{
    char name[32];
    unsigned packed_size = pack(size);
    if (!lzr_unpack(packed, packed_size, again, size) || memcmp(data, again, size)) {
        fprintf(stderr, "pack: item %u does not unpack to itself\n", item);
        exit(1);
    }
    snprintf(name, sizeof name, "item%02u.lzr", item);
    FILE *file = create(directory, name);
    put_word(file, LZR_MAGIC);
    put_word(file, size);
    put_word(file, packed_size);
    put_word(file, lzr_checksum(data, size));
    fwrite(packed, 1, packed_size, file);
    finish(file);
}

int main(int argc, char **argv)
{
    unsigned count = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 0, sum = 0;
    if (argc != 3 || count > 64) {
        fputs("usage: pack DIRECTORY COUNT | pack --checksum COUNT\n", stderr);
        return 2;
    }
    FILE *table = NULL;
    if (strcmp(argv[1], "--checksum") != 0) {
        table = create(argv[1], "items.tbl");
        put_word(table, count);
    }
    for (unsigned item = 0; item < count; item++) {
        unsigned size = make(item), checksum = lzr_checksum(data, size);
        sum = (sum << 1 | sum >> 31) ^ checksum;
        if (!table)
            continue;
        put_word(table, size);
        put_word(table, checksum);
        write_item(argv[1], item, size);
    }
    if (table)
        finish(table);
    else
        printf("%08x\n", sum);
    return 0;
}
