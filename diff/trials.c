/* SPDX-License-Identifier: BSD-3-Clause */
#include "diff/trials.h"

#include "diff/child.h"
#include "replay/journal.h"
#include "replay/wedge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define BETWEEN 200000000ull /* nanoseconds between two lines of progress */

enum { AT_ONCE_MAX = 64 };

static u64 now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * 1000000000 + (u64)t.tv_nsec;
}

static u64 about_wedge(const struct wedge_report *report)
{
    if (!report->root_count)
        return 0;
    const struct wedge_root *root = &report->roots[0];
    const struct wedge_thread *thread = &report->threads[root->place];
    u64 words[] = {root->reason, thread->lineage, thread->op, thread->lr};
    return XXH3_64bits(words, sizeof words);
}

bool trial_end_of(const char *path, struct trial_end *end, struct err *err)
{
    struct journal_reader *r = journal_open(path, err);
    if (!r)
        return false;
    const char *reason = journal_get(r, "end.reason");
    *end = (struct trial_end){.class = ""};
    struct wedge_report report;
    wedge_init(&report);
    bool good = journal_is_whole(r) && reason && wedge_read(r, &report, err);
    if (good) {
        bool is_stalled = !strcmp(reason, "limit") && report.thread_count;
        snprintf(end->class, sizeof end->class, "%s", is_stalled ? "stalled" : reason);
        end->about = about_wedge(&report);
        journal_get_u64(r, "end.ticks", &end->ticks);
    } else if (!journal_is_whole(r) || !reason) {
        err_set(err, "%s was cut short, or does not say how its run ended", path);
    }
    wedge_finish(&report);
    journal_close(r);
    return good;
}

bool trial_is_same(const struct trial_end *a, const struct trial_end *b)
{
    return !strcmp(a->class, b->class) && a->about == b->about;
}

/* ---- What is known. ---- */

static void grow_slots(struct trials *t)
{
    free(t->slots);
    t->slot_count = t->slot_count ? 2 * t->slot_count : 256;
    t->slots = calloc(t->slot_count, sizeof *t->slots);
    CHECK(t->slots, "no memory for %zu trials", t->count);
    for (size_t i = 0; i < t->count; i++) {
        size_t at = t->list[i].key & (t->slot_count - 1);
        while (t->slots[at])
            at = (at + 1) & (t->slot_count - 1);
        t->slots[at] = i + 1;
    }
}

static size_t place_of(struct trials *t, u64 key)
{
    if (2 * t->count >= t->slot_count)
        grow_slots(t);
    size_t at = key & (t->slot_count - 1);
    for (; t->slots[at]; at = (at + 1) & (t->slot_count - 1))
        if (t->list[t->slots[at] - 1].key == key)
            return t->slots[at] - 1;
    if (t->count == t->capacity) {
        t->capacity = t->capacity ? 2 * t->capacity : 128;
        t->list = realloc(t->list, t->capacity * sizeof *t->list);
        CHECK(t->list, "no memory for %zu trials", t->capacity);
    }
    t->list[t->count] = (struct trial){.key = key};
    t->slots[at] = ++t->count;
    return t->count - 1;
}

u64 trials_file_hash(const char *path)
{
    XXH3_state_t *state = XXH3_createState();
    char part[65536];
    FILE *file = fopen(path, "rb");
    CHECK(state, "no memory for a hash");
    XXH3_64bits_reset(state);
    for (size_t n; file && (n = fread(part, 1, sizeof part, file));)
        XXH3_64bits_update(state, part, n);
    if (file)
        fclose(file);
    u64 hash = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return hash;
}

/* Lines "KEY class about ticks", one a trial; a line that was cut off is none. */
static void read_state(struct trials *t)
{
    FILE *file = fopen(t->state, "r");
    char line[256];
    while (file && fgets(line, sizeof line, file)) {
        struct trial_end end = {.class = ""};
        unsigned long long key, about, ticks;
        if (sscanf(line, "%llx %23s %llx %llu.", &key, end.class, &about, &ticks) != 4 || !strstr(line, ".\n"))
            continue;
        end.about = about;
        end.ticks = ticks;
        size_t place = place_of(t, key);
        t->list[place].end = end;
    }
    if (file)
        fclose(file);
}

static void keep(const struct trials *t, const struct trial *trial)
{
    FILE *file = t->state[0] ? fopen(t->state, "a") : NULL;
    if (!file)
        return;
    fprintf(file, "%llx %s %llx %llu.\n", (unsigned long long)trial->key, trial->end.class,
            (unsigned long long)trial->end.about, (unsigned long long)trial->end.ticks);
    fclose(file);
}

bool trials_rebase(struct trials *t, const char *base, struct err *err)
{
    if (access(base, R_OK) != 0)
        return err_set(err, "%s: %s", base, strerror(errno));
    snprintf(t->base, sizeof t->base, "%s", base);
    t->base_hash = trials_file_hash(base);
    return true;
}

bool trials_open(struct trials *t, const char *base, const char *state, struct err *err)
{
    bool quiet = t->quiet;
    *t = (struct trials){.quiet = quiet, .begun = now(), .task = "trials"};
    if (state)
        snprintf(t->state, sizeof t->state, "%s", state);
    if (!trials_rebase(t, base, err) || !child_folder_make(t->folder, sizeof t->folder, err))
        return false;
    if (state)
        read_state(t);
    return true;
}

static void forget(struct trial *trial)
{
    free(trial->changes);
    free(trial->options[0]);
    free(trial->options[1]);
    trial->changes = trial->options[0] = trial->options[1] = NULL;
}

void trials_close(struct trials *t)
{
    for (size_t i = 0; i < t->count; i++)
        forget(&t->list[i]);
    free(t->list);
    free(t->slots);
    if (t->folder[0])
        child_folder_remove(t->folder);
    if (t->told)
        fputs("\r\x1b[K", stderr);
    *t = (struct trials){.count = 0};
}

const struct trial_end *trials_end(const struct trials *t, size_t place)
{
    return &t->list[place].end;
}

static u64 mix(u64 seed, const char *text)
{
    return text ? XXH3_64bits_withSeed(text, strlen(text), seed) : seed;
}

size_t trials_add(struct trials *t, const char *changes, const char *option, const char *value)
{
    u64 words[] = {t->base_hash, t->limit, t->stall};
    u64 key = mix(mix(mix(XXH3_64bits(words, sizeof words), changes), option), value);
    for (u32 i = 0; i < countof(t->fixed) && t->fixed[i]; i++)
        key = mix(key, t->fixed[i]);
    size_t place = place_of(t, key);
    struct trial *trial = &t->list[place];
    if (trial->end.class[0] || trial->changes)
        return place;
    trial->changes = strdup(changes);
    trial->options[0] = option ? strdup(option) : NULL;
    trial->options[1] = value ? strdup(value) : NULL;
    return place;
}

/* ---- Running. ---- */

static bool write_text(const char *path, const char *text, struct err *err)
{
    FILE *file = fopen(path, "w");
    bool good = file && fputs(text, file) >= 0;
    if (file && fclose(file) != 0)
        good = false;
    return good || err_set(err, "%s: %s", path, strerror(errno));
}

/* Writes the lines of the pads' script; false: there are none, or err. */
static bool write_pads(const char *path, const char *changes, struct err *err)
{
    static const char mark[] = "#pads ";
    FILE *file = NULL;
    err->text[0] = '\0';
    for (const char *line = strstr(changes, mark); line; line = strstr(line, mark)) {
        line += sizeof mark - 1;
        if (!file && !(file = fopen(path, "w")))
            return err_set(err, "%s: %s", path, strerror(errno));
        fprintf(file, "%.*s\n", (int)strcspn(line, "\n"), line);
    }
    if (file && fclose(file) != 0)
        return err_set(err, "%s: %s", path, strerror(errno));
    return file != NULL;
}

static bool command(const struct trials *t, struct child *child, u32 slot, const char *changes, char *const options[2],
                    const char *output, bool small, struct err *err)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%u.changes", t->folder, slot);
    if (!write_text(path, changes, err))
        return false;
    *child = (struct child){.count = 0};
    child_add(child, "replay");
    child_add(child, "%s", t->base);
    child_add(child, "--changes=%s", path);
    child_add(child, "--output=%s", output);
    child_add(child, "--quiet");
    if (small)
        child_add(child, "--events=none");
    snprintf(path, sizeof path, "%s/%u.pads", t->folder, slot);
    if (write_pads(path, changes, err))
        child_add(child, "--pads=%s", path);
    if (err->text[0])
        return false;
    if (t->limit)
        child_add(child, "--until=%llut", (unsigned long long)t->limit);
    if (t->stall)
        child_add(child, "--stall-limit=%llut", (unsigned long long)t->stall);
    for (u32 i = 0; i < countof(t->fixed) && t->fixed[i]; i++)
        child_add(child, "%s", t->fixed[i]);
    if (options[0])
        child_add(child, "--%s%s%s", options[0], options[1] ? "=" : "", options[1] ? options[1] : "");
    return true;
}

static bool has_ended(const struct child *child, struct err *err)
{
    const char *line = strstr(child->said, "lockstep");
    if (child->code == 1 || child->code == 2 || child->code < 0 || child->code == 127)
        return err_set(err, "a trial failed: %s", line ? line : child->said);
    return true;
}

static void tell(struct trials *t, size_t left)
{
    u64 time = now();
    if (t->quiet || !isatty(STDERR_FILENO) || time - t->told < BETWEEN)
        return;
    t->told = time;
    fprintf(stderr, "\r\x1b[K%s: %llu runs, %.1f s, %zu left in this step", t->task, (unsigned long long)t->runs,
            (double)(time - t->begun) / 1e9, left);
    fflush(stderr);
}

static bool run_some(struct trials *t, struct trial *const *trials, u32 count, struct child *children, struct err *err)
{
    struct child *list[AT_ONCE_MAX] = {NULL};
    char path[AT_ONCE_MAX][4200];
    for (u32 i = 0; i < count; i++) {
        snprintf(path[i], sizeof path[i], "%s/%u.lsj", t->folder, i);
        list[i] = &children[i];
        if (!command(t, list[i], i, trials[i]->changes, trials[i]->options, path[i], true, err))
            return false;
    }
    if (!child_run(list, count, err))
        return false;
    for (u32 i = 0; i < count; i++) {
        if (!has_ended(list[i], err) || !trial_end_of(path[i], &trials[i]->end, err))
            return false;
        keep(t, trials[i]);
        forget(trials[i]);
        unlink(path[i]);
        t->runs++;
    }
    return true;
}

bool trials_run(struct trials *t, struct err *err)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    u32 most = cores < 1 ? 1 : 2 * cores > AT_ONCE_MAX ? AT_ONCE_MAX : (u32)(2 * cores), count = 0;
    struct trial *some[AT_ONCE_MAX];
    struct child *children = calloc(most, sizeof *children);
    CHECK(children, "no memory for %u children", most);
    bool good = true;
    size_t left = 0;
    for (size_t i = 0; i < t->count; i++)
        left += t->list[i].changes != NULL;
    for (size_t i = 0; good && i < t->count; i++) {
        if (t->list[i].changes)
            some[count++] = &t->list[i];
        if (count != most && !(count && i + 1 == t->count))
            continue;
        good = run_some(t, some, count, children, err);
        left -= count;
        count = 0;
        tell(t, left);
    }
    free(children);
    return good;
}

bool trials_record(struct trials *t, const char *changes, const char *option, const char *value, const char *path,
                   bool small, struct err *err)
{
    char *options[2] = {option ? strdup(option) : NULL, value ? strdup(value) : NULL};
    struct child child, *list = &child;
    bool good =
        command(t, &child, 0, changes, options, path, small, err) && child_run(&list, 1, err) && has_ended(&child, err);
    t->runs++;
    free(options[0]);
    free(options[1]);
    return good;
}
