/* SPDX-License-Identifier: BSD-3-Clause
 * A block's head, and what can be told from its columns without events (replay/block_head.h). The bytes may be
 * anything: each number is checked before it is used. */
#include "replay/block_head.h"
#include "replay/hash.h"

#include <lz4.h>
#include <stdlib.h>

void block_head_free(struct block_head *h)
{
    free(h->sites);
    free(h->events);
}

static bool read_numbers(struct block_column *c, u64 *values, u32 count)
{
    for (u32 i = 0; i < count; i++)
        if (!block_column_next(c, &values[i]))
            return false;
    return true;
}

static bool read_sites(struct block_head *h, struct block_column *c, const struct block_bytes *b)
{
    u64 total = 0;
    u32 site = 0;
    h->sites = malloc((h->site_count + 1) * sizeof *h->sites);
    h->events = malloc((h->site_count + 1) * sizeof *h->events);
    CHECK(h->sites && h->events, "out of memory");
    for (u32 i = 0; i < h->site_count; i++) {
        u64 pair[2];
        if (!read_numbers(c, pair, 2))
            return false;
        site += (u32)unzigzag(pair[0]);
        if (site >= b->site_count || !pair[1] || pair[1] > h->count)
            return false;
        if (b->sites[site].kind >= EVENT_KINDS || b->sites[site].fields > BLOCK_FIELDS_MAX)
            return false;
        u8 *fields = &h->kind_fields[b->sites[site].kind];
        if (b->sites[site].fields > *fields)
            *fields = (u8)b->sites[site].fields;
        h->sites[i] = site;
        h->events[i] = (u32)pair[1];
        total += pair[1];
    }
    return total == h->count;
}

static bool read_piece(struct block_packed *piece, struct block_column *c, size_t *left, const u8 **data)
{
    u64 sizes[2];
    if (!read_numbers(c, sizes, 2) || sizes[0] > BLOCK_RAW_MAX || sizes[1] > *left || sizes[1] > sizes[0])
        return false;
    *piece = (struct block_packed){(u32)sizes[0], (u32)sizes[1], *data};
    *data = *data ? *data + sizes[1] : NULL;
    *left -= sizes[1];
    return true;
}

static bool read_pieces(struct block_head *h, struct block_column *c, size_t left, const u8 *data)
{
    for (u32 i = 0; i < PIECES; i++)
        if (!read_piece(&h->pieces[i], c, &left, &data))
            return false;
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        if (h->kind_fields[kind] && !read_piece(&h->kinds[kind], c, &left, &data))
            return false;
    return c->p == c->end && (!left || !data);
}

bool block_head_read(struct block_head *h, const struct block_bytes *b, struct err *err)
{
    struct block_column c = {b->head, b->head + b->head_size};
    u64 numbers[6];
    *h = (struct block_head){0};
    if (!b->count || b->count > BLOCK_EVENTS_MAX || !b->head_size)
        return err_set(err, "sizes out of range");
    if (!read_numbers(&c, numbers, countof(numbers)) || numbers[0] != b->count || numbers[3] > UINT32_MAX ||
        !numbers[4] || numbers[5] > b->count)
        return err_set(err, "its head is wrong");
    h->count = b->count;
    h->first_time = numbers[1];
    h->first_seq = numbers[2];
    h->first_index = (u32)numbers[3];
    h->unit = numbers[4];
    h->site_count = (u32)numbers[5];
    if (!read_sites(h, &c, b))
        return err_set(err, "its sites are wrong");
    return read_pieces(h, &c, b->data ? b->data_size : SIZE_MAX, b->data) || err_set(err, "its pieces are wrong");
}

u8 *block_unpack(const struct block_packed *piece, const char *what, struct err *err)
{
    err->text[0] = 0;
    if (!piece->raw_size)
        return NULL;
    u8 *raw = malloc(piece->raw_size);
    CHECK(raw, "out of memory");
    if (piece->packed_size == piece->raw_size) {
        memcpy(raw, piece->packed, piece->raw_size);
        return raw;
    }
    if (LZ4_decompress_safe((const char *)piece->packed, (char *)raw, (int)piece->packed_size, (int)piece->raw_size) ==
        (int)piece->raw_size)
        return raw;
    free(raw);
    err_set(err, "LZ4 cannot unpack its %s", what);
    return NULL;
}

/* Loops without anything else in them, which compilers make wide. Returns the greatest. */
static u32 widen(u16 *letters, const u8 *raw, u32 count, u32 width)
{
    u16 most = 0;
    for (u32 i = 0; width == 1 && i < count; i++)
        letters[i] = raw[i];
    for (u32 i = 0; width == 2 && i < count; i++)
        letters[i] = (u16)(raw[2 * i] | raw[2 * i + 1] << 8);
    for (u32 i = 0; i < count; i++)
        most = letters[i] > most ? letters[i] : most;
    return most;
}

bool block_letters(const struct block_head *h, u16 *letters, struct err *err)
{
    u32 width = h->site_count > 256 ? 2 : 1;
    const struct block_packed *piece = &h->pieces[PIECE_SITE];
    u8 *raw = block_unpack(piece, "sites", err);
    if (err->text[0])
        return false;
    bool ok = !raw || piece->raw_size == h->count * width;
    if (!raw)
        memset(letters, 0, h->count * sizeof *letters);
    ok = ok && (raw ? widen(letters, raw, h->count, width) : 0) < h->site_count;
    free(raw);
    return ok || err_set(err, "its column of sites is wrong");
}

/* Are there as many events of each site as the head says, by which others count? */
static bool has_counts(const struct block_head *h, const u16 *letters)
{
    u32 *left = malloc((h->site_count + 1) * sizeof *left), wrong = 0;
    CHECK(left, "out of memory");
    memcpy(left, h->events, h->site_count * sizeof *left);
    for (u32 i = 0; i < h->count; i++)
        left[letters[i]]--;
    for (u32 i = 0; i < h->site_count; i++)
        wrong |= left[i];
    free(left);
    return !wrong;
}

bool block_sites(const struct block_head *h, bool names, u32 *out, struct err *err)
{
    u16 *letters = malloc((h->count + 1) * sizeof *letters);
    CHECK(letters, "out of memory");
    bool ok = block_letters(h, letters, err) &&
              (has_counts(h, letters) || err_set(err, "its column of sites has other counts than its head"));
    for (u32 i = 0; ok && i < h->count; i++)
        out[i] = names ? h->sites[letters[i]] : letters[i];
    free(letters);
    return ok;
}

static const char *const column_names[] = {"sites", "times", "seqs", "indexes"};

/* Adds up a column; most numbers are a byte. The end, or NULL: it is wrong. */
static const u8 *add_up(const u8 *p, const u8 *end, u64 value, u64 add, u64 unit, u64 *out, u32 count)
{
    const u64 more = 0x8080808080808080; /* of each byte, whether others follow */
    for (u32 i = 0; i < count;) {
        u64 word = end - p >= 8 ? load_le64(p) : more, number;
        u32 singles = word & more ? (u32)__builtin_ctzll(word & more) / 8 : 8;
        singles = singles < count - i ? singles : count - i;
        for (u32 k = 0; k < singles; k++, word >>= 8)
            out[i + k] = value += add + unzigzag(word & 0xFF) * unit;
        i += singles;
        p += singles;
        if (singles == 8 || i == count)
            continue;
        if (!(p = varint_get(p, end, &number)))
            return NULL;
        out[i++] = value += add + unzigzag(number) * unit;
    }
    return p;
}

bool block_sums(const struct block_head *h, enum block_piece which, u64 value, u64 add, u64 unit, u64 *out, u32 count,
                struct err *err)
{
    const struct block_packed *piece = &h->pieces[which];
    u8 *raw = block_unpack(piece, column_names[which], err);
    if (err->text[0])
        return false;
    for (u32 i = 0; !raw && i < count; i++)
        out[i] = value += add;
    const u8 *end = raw ? raw + piece->raw_size : NULL;
    const u8 *last = raw ? add_up(raw, end, value, add, unit, out, count) : NULL;
    bool ok = last == end || (last && count < h->count);
    free(raw);
    return ok || err_set(err, "its column of %s is wrong", column_names[which]);
}

/* How many of the next numbers are a byte each, at most `left`, and their sum. */
#ifdef __SSE2__
enum { AT_ONCE = 16 };

static inline u32 take_singles(const u8 *p, u32 left, u64 *sum)
{
    typedef u8 bytes __attribute__((vector_size(AT_ONCE)));
    typedef char chars __attribute__((vector_size(AT_ONCE)));
    typedef u64 words __attribute__((vector_size(AT_ONCE)));
    static const u8 flags[2 * AT_ONCE] = {255, 255, 255, 255, 255, 255, 255, 255,
                                          255, 255, 255, 255, 255, 255, 255, 255};
    bytes numbers, wanted;
    memcpy(&numbers, p, AT_ONCE);
    u32 more = (u32)__builtin_ia32_pmovmskb128((chars)numbers) | 1u << AT_ONCE; /* of each, whether others follow */
    u32 singles = (u32)__builtin_ctz(more);
    singles = singles < left ? singles : left;
    memcpy(&wanted, flags + AT_ONCE - singles, AT_ONCE);
    numbers &= wanted;
    bytes values = (numbers >> 1 ^ -(numbers & 1)) ^ 0x80; /* made positive by 128 more */
    words sums = (words)__builtin_ia32_psadbw128((chars)values, (chars){0});
    *sum = sums[0] + sums[1] - AT_ONCE * 128;
    return singles;
}
#else
enum { AT_ONCE = 8 };

/* The sum of a word's eight numbers, each a byte: as signed bytes, made positive by 128 more. */
static inline u64 sum_of_singles(u64 word)
{
    const u64 ones = 0x0101010101010101, low = 0x00FF00FF00FF00FF;
    u64 odd = word & ones, bytes = (word >> 1 & 0x3F * ones) ^ ((odd << 8) - odd) ^ 0x80 * ones;
    return (((bytes & low) + (bytes >> 8 & low)) * 0x0001000100010001 >> 48) - 8 * 128;
}

static inline u32 take_singles(const u8 *p, u32 left, u64 *sum)
{
    const u64 more = 0x8080808080808080; /* of each byte, whether others follow */
    u64 word = load_le64(p);
    u32 singles = word & more ? (u32)__builtin_ctzll(word & more) / 8 : 8;
    singles = singles < left ? singles : left;
    *sum = singles ? sum_of_singles(word & UINT64_MAX >> (64 - 8 * singles)) : 0;
    return singles;
}
#endif

/* Adds up a column as far as `left` numbers go. The end, or NULL: it is wrong. */
static inline const u8 *add_some(const u8 *p, const u8 *end, u64 *value, u64 add, u64 unit, u32 left)
{
    while (left) {
        u64 number;
        u32 singles = end - p >= AT_ONCE ? take_singles(p, left, &number) : 0;
        if (unlikely(!singles)) {
            if (!(p = varint_get(p, end, &number)))
                return NULL;
            *value += add + unzigzag(number) * unit;
            left--;
            continue;
        }
        *value += singles * add + number * unit;
        p += singles;
        left -= singles;
    }
    return p;
}

bool block_sums_at(const struct block_head *h, enum block_piece which, u64 value, u64 add, u64 unit, const u32 *offsets,
                   u32 count, u64 *out, struct err *err)
{
    const struct block_packed *piece = &h->pieces[which];
    u8 *raw = block_unpack(piece, column_names[which], err);
    if (err->text[0])
        return false;
    const u8 *p = raw, *end = raw ? raw + piece->raw_size : NULL;
    u32 at = 0;
    for (u32 n = 0; n < count && (p || !raw); n++) {
        u32 left = offsets[n] + 1 - at;
        if (raw)
            p = add_some(p, end, &value, add, unit, left);
        else
            value += left * add;
        at = offsets[n] + 1;
        out[n] = value;
    }
    free(raw);
    return !raw || p || err_set(err, "its column of %s is wrong", column_names[which]);
}

bool block_seqs(const struct block_head *h, u64 *out, u32 count, struct err *err)
{
    return block_sums(h, PIECE_SEQ, h->first_seq - 1, 1, 1, out, count, err);
}

bool block_times(const struct block_head *h, u64 *out, u32 count, struct err *err)
{
    return block_sums(h, PIECE_TIME, h->first_time, 0, h->unit, out, count, err);
}

bool block_indexes(const struct block_head *h, u32 *out, u32 count, struct err *err)
{
    for (u32 i = 0; !h->pieces[PIECE_INDEX].raw_size && i < count; i++)
        out[i] = h->first_index + i;
    if (!h->pieces[PIECE_INDEX].raw_size)
        return true;
    u64 *wide = malloc((count + 1u) * sizeof *wide);
    CHECK(wide, "out of memory");
    bool ok = block_sums(h, PIECE_INDEX, (u64)h->first_index - 1, 1, 1, wide, count, err);
    for (u32 i = 0; ok && i < count; i++)
        out[i] = (u32)wide[i];
    free(wide);
    return ok;
}

bool block_fields_open(struct block_fields *fields, const struct block_head *h, u32 kind, struct err *err)
{
    const struct block_packed *piece = &h->kinds[kind];
    *fields = (struct block_fields){.raw = block_unpack(piece, "fields", err)};
    if (err->text[0])
        return false;
    struct block_column all = {fields->raw, fields->raw ? fields->raw + piece->raw_size : NULL};
    for (u32 i = 0; all.p && i < h->kind_fields[kind]; i++) {
        u64 size;
        if (!block_column_next(&all, &size) || size > (u64)(all.end - all.p))
            return err_set(err, "its fields' columns are wrong");
        fields->columns[i] = (struct block_column){size ? all.p : NULL, all.p + size};
        all.p += size;
    }
    return block_column_is_used_up(&all) || err_set(err, "its fields' columns are too long");
}

bool block_count_sites(const struct block_bytes *bytes, u64 *counts, struct err *err)
{
    struct block_head h;
    struct block_bytes head_only = *bytes;
    head_only.data = NULL;
    bool ok = block_head_read(&h, &head_only, err);
    for (u32 i = 0; ok && i < h.site_count; i++)
        counts[h.sites[i]] += h.events[i];
    block_head_free(&h);
    return ok;
}

bool block_decode_columns(const struct block_bytes *bytes, u32 wanted, struct journal_columns *out, struct err *err)
{
    struct block_head h;
    bool ok = block_head_read(&h, bytes, err);
    ok = ok && (!(wanted & COLUMN_SITE) || block_sites(&h, true, out->site, err)) &&
         (!(wanted & COLUMN_TIME) || block_times(&h, out->time, h.count, err)) &&
         (!(wanted & COLUMN_SEQ) || block_seqs(&h, out->seq, h.count, err)) &&
         (!(wanted & COLUMN_INDEX) || block_indexes(&h, out->index, h.count, err));
    out->count = ok ? h.count : 0;
    block_head_free(&h);
    return ok;
}
