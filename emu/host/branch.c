/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/host/branch.h"

#include "emu/host/folder.h"
#include "emu/host/settings.h"
#include "replay/hash.h"

#include <stdio.h>
#include <stdlib.h>

struct kept {
    struct journal_input_record record; /* its data: a copy */
    u8 *data;
};

struct branch {
    char path[4096];
    char hash[33];
    struct nondet_host host;
    struct kept *kept;
    size_t count, capacity;
    size_t next; /* the parent's next answer, as long as the questions are its own */
    bool plays_pads;
    bool left;
    u64 left_tick;
    char left_question[64];
    u64 repeated; /* answers since then */
};

static bool keep(struct branch *b, const struct journal_input_record *record)
{
    if (b->count == b->capacity) {
        b->capacity = b->capacity ? 2 * b->capacity : 64;
        b->kept = realloc(b->kept, b->capacity * sizeof *b->kept);
        CHECK(b->kept, "no memory for %zu inputs", b->capacity);
    }
    struct kept *k = &b->kept[b->count++];
    *k = (struct kept){.record = *record};
    k->record.data = NULL;
    if (!record->data)
        return true;
    k->data = malloc(record->size + 1);
    CHECK(k->data, "no memory for an input of %zu bytes", record->size);
    memcpy(k->data, record->data, record->size);
    return true;
}

/* A schedule has no text of its own: its slices are inputs. */
static bool read_inputs(struct branch *b, struct journal_reader *parent, struct changes *changes, struct err *err)
{
    struct journal_input_record record;
    bool has_slices = false;
    int found;
    for (size_t i = 0; i < journal_meta_count(parent); i++) {
        const char *key, *text;
        journal_meta_at(parent, i, &key, &text);
        has_slices |= !strncmp(key, "change.", 7) && !strncmp(text, "schedule of ", 12);
    }
    while ((found = journal_next_input(parent, &record, err)) > 0) {
        if (input_type(record.kind)->kept != INPUT_CHANGE)
            keep(b, &record);
        else if (record.kind == INPUT_schedule && has_slices && changes)
            changes_add_slice(changes, record.tick, record.data, record.size);
    }
    return found == 0;
}

static bool take_over(struct journal_reader *parent, struct changes *changes, struct err *err)
{
    for (u32 i = 1;; i++) {
        char key[32];
        snprintf(key, sizeof key, "change.%u", i);
        const char *text = journal_get(parent, key);
        if (!text)
            return true;
        /* An answer that was forced is the parent's answer. */
        bool is_here = !strncmp(text, "force-input ", 12) || !strncmp(text, "schedule of ", 12);
        if (!is_here && !changes_add(changes, text, err))
            return false;
    }
}

struct branch *branch_create(const char *path, struct journal_reader *parent, const struct nondet_host *host,
                             struct changes *changes, struct err *err)
{
    struct branch *b = calloc(1, sizeof *b);
    u8 *file;
    size_t size;
    CHECK(b, "no memory for a changed run");
    b->host = *host;
    snprintf(b->path, sizeof b->path, "%s", path);
    if (!file_load(path, &file, &size, err)) {
        free(b);
        return NULL;
    }
    settings_hash(b->hash, file, size);
    free(file);
    if ((!changes || take_over(parent, changes, err)) && read_inputs(b, parent, changes, err))
        return b;
    branch_destroy(b);
    return NULL;
}

void branch_destroy(struct branch *b)
{
    for (size_t i = 0; b && i < b->count; i++)
        free(b->kept[i].data);
    if (b)
        free(b->kept);
    free(b);
}

/* What the parent was told: of a pad the last before that tick, or else the first. NULL: it never asked. */
static const struct kept *find(const struct branch *b, enum input_kind kind, u64 key, u64 tick)
{
    const struct kept *found = NULL;
    for (size_t i = 0; i < b->count; i++) {
        const struct kept *k = &b->kept[i];
        if (k->record.kind == kind && k->record.key == key && (!found || k->record.tick <= tick))
            found = k;
    }
    return found;
}

static const struct kept *next_answer(struct branch *b, enum input_kind kind, u64 key, u64 tick)
{
    const struct kept *next = !b->left && b->next < b->count ? &b->kept[b->next] : NULL;
    if (next && next->record.kind == kind && next->record.key == key && next->record.tick == tick) {
        b->next++;
        return next;
    }
    if (!b->left) {
        b->left = true;
        b->left_tick = tick;
        snprintf(b->left_question, sizeof b->left_question, "%s (key 0x%llX)", input_type(kind)->name,
                 (unsigned long long)key);
    }
    b->repeated++;
    return find(b, kind, key, tick);
}

static bool give(void *context, enum input_kind kind, u64 key, u64 tick, struct nondet_answer *answer, struct err *err)
{
    struct branch *b = context;
    const struct kept *kept = next_answer(b, kind, key, tick);
    if (input_type(kind)->kept == INPUT_HASHED) {
        if (!b->host.answer(b->host.context, kind, key, tick, answer, err))
            return false;
        return !kept || hash_bytes(answer->data, answer->size) == kept->record.hash ||
               err_set(err, "the title is not the one recorded: %s (key 0x%llX) gives other bytes",
                       input_type(kind)->name, (unsigned long long)key);
    }
    if (kind == INPUT_pad && b->plays_pads)
        return b->host.answer(b->host.context, kind, key, tick, answer, err);
    if (!kept && kind != INPUT_pad)
        return err_set(err, "the changed run asks %s (key 0x%llX) at tick %llu, and %s has no answer to that",
                       input_type(kind)->name, (unsigned long long)key, (unsigned long long)tick, b->path);
    *answer = kept ? (struct nondet_answer){kept->data, kept->record.size} : (struct nondet_answer){(const u8 *)"", 0};
    return true;
}

struct nondet_host branch_host(struct branch *b, bool pads)
{
    b->plays_pads = pads;
    return (struct nondet_host){.context = b, .answer = give};
}

static void describe(const struct branch *b, char *text, size_t size)
{
    if (b->left)
        snprintf(text, size, "the parent's up to tick %llu, then %llu repeated, from %s on",
                 (unsigned long long)b->left_tick, (unsigned long long)b->repeated, b->left_question);
    else
        snprintf(text, size, "all the parent's");
}

void branch_to_journal(const struct branch *b, struct journal_writer *w)
{
    char text[256];
    describe(b, text, sizeof text);
    journal_meta(w, "parent.path", b->path);
    journal_meta(w, "parent.hash", b->hash);
    journal_meta(w, "parent.inputs", text);
}

void branch_tell(const struct branch *b)
{
    char text[256];
    describe(b, text, sizeof text);
    fprintf(stderr, "lockstep: inputs: %s\n", text);
}
