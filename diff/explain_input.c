/* SPDX-License-Identifier: BSD-3-Clause */
#include "diff/explain_input.h"
#include "diff/listing.h"

#include "schema/input.h"

#include <stdio.h>
#include <stdlib.h>

#define KIND(name) (1u << INPUT_##name)
#define LISTS      (KIND(partition_list) | KIND(disc_list))
#define FILES      (LISTS | KIND(partition_file) | KIND(disc_read))

/* What exports may rest on, by how their names begin. */
static const struct {
    const char *name;
    u32 kinds;
} rests_on[] = {
    {"XamInputGet", KIND(pad)},
    {"KeQuerySystemTime", KIND(boot_time)},
    {"XamGetLanguage", KIND(setting)},
    {"XGetLanguage", KIND(setting)},
    {"XGetAVPack", KIND(setting)},
    {"XGetGameRegion", KIND(setting)},
    {"ExGetXConfigSetting", KIND(setting)},
    {"XeCryptRandom", KIND(boot_seed)},
    {"NtRead", FILES},
    {"NtQuery", LISTS},
    {"NtOpen", LISTS},
    {"NtCreateFile", LISTS},
};

/* One answer of the gate, kept. */
struct answer {
    u64 key, hash, tick;
    u32 kind, nth;
    u8 *data;
    size_t size;
};

struct answers {
    struct answer *list;
    u32 count;
};

static void read_answers(const char *path, struct answers *a)
{
    struct err err;
    struct journal_reader *journal = journal_open(path, &err);
    struct journal_input_record record;
    u32 room = 0;
    while (journal && journal_next_input(journal, &record, &err) == 1) {
        if (a->count == room) {
            room = room ? room * 2 : 64;
            a->list = realloc(a->list, room * sizeof *a->list);
            CHECK(a->list, "no memory for inputs");
        }
        struct answer *n = &a->list[a->count++];
        *n = (struct answer){.key = record.key, .hash = record.hash, .tick = record.tick, .kind = record.kind};
        for (u32 i = a->count - 1; i-- > 0;)
            if (a->list[i].kind == n->kind && a->list[i].key == n->key) {
                n->nth = a->list[i].nth + 1;
                break;
            }
        n->size = record.data ? record.size : 0;
        n->data = malloc(n->size + 1);
        CHECK(n->data, "no memory for inputs");
        if (n->size)
            memcpy(n->data, record.data, n->size);
        n->data[n->size] = '\0';
    }
    journal_close(journal);
}

static void free_answers(struct answers *a)
{
    for (u32 i = 0; i < a->count; i++)
        free(a->list[i].data);
    free(a->list);
}

static const struct answer *find(const struct answers *a, const struct answer *like)
{
    for (u32 i = 0; i < a->count; i++)
        if (a->list[i].kind == like->kind && a->list[i].key == like->key && a->list[i].nth == like->nth)
            return &a->list[i];
    return NULL;
}

/* ---- In words. ---- */

/* What both lists have of that path, in words. It is looked for by its tail only if neither has it as it is given. */
static bool tell_listed(const struct answer *a, const struct answer *b, const char *path, char line[2][200])
{
    const char *text[2] = {(const char *)a->data, (const char *)b->data};
    bool in[2] = {false, false};
    for (int fit = LISTING_WHOLE; fit <= LISTING_TAIL && !in[0] && !in[1]; fit++)
        for (u32 k = 0; k < 2; k++) {
            struct listing_entry entry;
            in[k] = listing_find(text[k], path, (enum listing_fit)fit, &entry);
            if (!in[k])
                snprintf(line[k], sizeof line[k], "no such file");
            else if (entry.is_folder)
                snprintf(line[k], sizeof line[k], "a folder");
            else
                snprintf(line[k], sizeof line[k], "a file of %llu bytes", (unsigned long long)entry.size);
        }
    return in[0] || in[1];
}

static u64 number_of(const struct answer *a)
{
    u64 value = 0;
    for (size_t i = 0; i < a->size && i < 8; i++)
        value |= (u64)a->data[i] << 8 * i;
    return value;
}

/* False: what differs in them has nothing to do with the file. */
static bool tell_input(const struct answer *a, const struct answer *b, const char *path, char *out, size_t capacity)
{
    const char *kind = input_type(a->kind)->name;
    char line[2][200];
    if (a->kind == INPUT_partition_list || a->kind == INPUT_disc_list) {
        if (!tell_listed(a, b, path, line) || !strcmp(line[0], line[1]))
            return false;
        snprintf(out, capacity, "input %s %llu tells of %s: %s in A, %s in B", kind, (unsigned long long)a->key, path,
                 line[0], line[1]);
    } else if (a->kind == INPUT_partition_file || a->kind == INPUT_disc_read) {
        snprintf(out, capacity, "input %s 0x%llX, bytes of %s, is not the same", kind, (unsigned long long)a->key,
                 path);
    } else if (a->kind == INPUT_pad) {
        snprintf(out, capacity, "input pad %llu differs, first at tick %llu", (unsigned long long)a->key,
                 (unsigned long long)a->tick);
    } else {
        snprintf(out, capacity, "input %s %llu: %llu in A, %llu in B", kind, (unsigned long long)a->key,
                 (unsigned long long)number_of(a), (unsigned long long)number_of(b));
    }
    return true;
}

/* The list that has the file whose bytes this answer is; NULL: none was given. */
static const char *list_of(const struct answers *a, const struct answer *file)
{
    bool is_disc = file->kind == INPUT_disc_read;
    u64 key = is_disc ? file->key >> 56 : file->key >> 32;
    for (u32 i = 0; i < a->count; i++)
        if (a->list[i].kind == (is_disc ? INPUT_disc_list : INPUT_partition_list) && a->list[i].key == key)
            return (const char *)a->list[i].data;
    return NULL;
}

/* B's answer to the same question: of a file's bytes, to that about the file of this path, wherever its list has it. */
static const struct answer *counterpart(const struct answers answers[2], const struct answer *a, const char *path)
{
    struct answer like = *a;
    struct listing_entry entry[2];
    u32 shift = a->kind == INPUT_disc_read ? 32 : 0;
    u64 mask = (a->kind == INPUT_disc_read ? 0xFFFFFFull : UINT32_MAX) << shift;
    if (a->kind != INPUT_partition_file && a->kind != INPUT_disc_read)
        return find(&answers[1], a);
    const char *lists[2] = {list_of(&answers[0], a), list_of(&answers[1], a)};
    for (int fit = LISTING_WHOLE; fit <= LISTING_TAIL && lists[0] && lists[1]; fit++) {
        bool in[2] = {listing_find(lists[0], path, (enum listing_fit)fit, &entry[0]),
                      listing_find(lists[1], path, (enum listing_fit)fit, &entry[1])};
        if (in[0] && in[1] && (a->key & mask) >> shift == entry[0].index) {
            like.key = (a->key & ~mask) | (u64)entry[1].index << shift;
            return find(&answers[1], &like);
        }
        if (in[0] || in[1])
            break;
    }
    return NULL;
}

static bool find_kinds(struct explain *x, u32 kinds, const char *path, char *out, size_t capacity)
{
    struct answers answers[2] = {{0}};
    bool found = false;
    for (u32 k = 0; k < 2; k++)
        read_answers(run_path(x->run[k]), &answers[k]);
    for (u32 i = 0; i < answers[0].count && !found; i++) {
        const struct answer *a = &answers[0].list[i];
        const struct answer *b = kinds >> a->kind & 1 ? counterpart(answers, a, path) : NULL;
        found = b && b->hash != a->hash && tell_input(a, b, path, out, capacity);
        x->story.cause.input_kind = found ? a->kind : x->story.cause.input_kind;
    }
    free_answers(&answers[0]);
    free_answers(&answers[1]);
    return found;
}

/* Bytes of a file rest on its content, all else on what the lists tell. */
bool explain_find_input(struct explain *x, const struct values_call call[2], const char *path, char *out,
                        size_t capacity)
{
    const char *name = run_op_name(x->run[0], call[0].call.op);
    if (!strncmp(name, "NtRead", 6) && find_kinds(x, FILES & ~LISTS, path, out, capacity))
        return true;
    for (u32 i = 0; i < countof(rests_on); i++)
        if (!strncmp(name, rests_on[i].name, strlen(rests_on[i].name)))
            return find_kinds(x, rests_on[i].kinds, path, out, capacity);
    return false;
}

bool explain_find_clock(struct explain *x, char *out, size_t capacity)
{
    return find_kinds(x, KIND(boot_time), "", out, capacity);
}

enum { INPUTS_MOST = 2000, INLINE_BYTES = 256 };

static bool put_answer(struct explain *x, const struct answer *a, u32 nth, FILE *out)
{
    char path[4400];
    const char *kind = input_type(a->kind)->name;
    if (a->size && (KIND(boot_time) | KIND(boot_seed) | KIND(setting)) >> a->kind & 1) {
        fprintf(out, "force-input %s#%u=%llu\n", kind, nth, (unsigned long long)number_of(a));
        return true;
    }
    if (a->size <= INLINE_BYTES) {
        fprintf(out, "force-input %s#%u=%s", kind, nth, a->size ? "hex:" : "none");
        for (size_t i = 0; i < a->size; i++)
            fprintf(out, "%02X", a->data[i]);
        fputc('\n', out);
        return true;
    }
    snprintf(path, sizeof path, "%s/%s.%u", x->folder, kind, nth);
    FILE *file = fopen(path, "w");
    if (!file)
        return false;
    fwrite(a->data, 1, a->size, file);
    fprintf(out, "force-input %s#%u=@%s\n", kind, nth, path);
    return fclose(file) == 0;
}

u32 explain_put_inputs(struct explain *x, u32 other, u32 kind, FILE *out)
{
    struct answers answers = {0};
    u32 written = 0, kinds = 1u << kind, nth[32] = {0};
    if (kinds & (KIND(partition_list) | KIND(partition_file)))
        kinds = KIND(partition_list) | KIND(partition_file);
    read_answers(run_path(x->run[other]), &answers);
    for (u32 i = 0; i < answers.count && written < INPUTS_MOST; i++) {
        const struct answer *a = &answers.list[i];
        if (kinds >> a->kind & 1 && input_type(a->kind)->kept == INPUT_STORED)
            written += put_answer(x, a, ++nth[a->kind], out);
    }
    free_answers(&answers);
    return written < INPUTS_MOST ? written : 0;
}
