/* SPDX-License-Identifier: BSD-3-Clause
 * What a journal says of the changes of its run. */
#include "diff/bisect.h"
#include "diff/child.h"
#include "replay/journal.h"

#include <stdio.h>

static bool is_of_schedule(const char *line)
{
    static const char *const verbs[] = {"hold ", "delay ", "order "};
    for (size_t i = 0; i < countof(verbs); i++)
        if (!strncmp(line, verbs[i], strlen(verbs[i])))
            return true;
    return false;
}

static void add(struct bisect_changes *c, const char *text, const char *done)
{
    unsigned long long tick = 0;
    if (!is_of_schedule(text)) {
        lines_add(&c->others, text, strlen(text));
        return;
    }
    lines_add(&c->schedule, text, strlen(text));
    c->ticks = realloc(c->ticks, c->schedule.count * sizeof *c->ticks);
    CHECK(c->ticks, "no memory for %zu changes", c->schedule.count);
    bool came = done && sscanf(done, "tick %llu", &tick) == 1;
    c->ticks[c->schedule.count - 1] = came ? tick : UINT64_MAX;
}

bool bisect_changes_read(struct bisect_changes *c, const char *path, struct err *err)
{
    struct journal_reader *r = journal_open(path, err);
    u64 seed = 0;
    if (!r)
        return false;
    journal_get_u64(r, "config.chaos_seed", &seed);
    *c = (struct bisect_changes){.is_drawn = seed != 0};
    for (u32 i = 1;; i++) {
        char key[32], done[32];
        snprintf(key, sizeof key, "change.%u", i);
        snprintf(done, sizeof done, "change.%u.done", i);
        const char *text = journal_get(r, key);
        if (!text)
            break;
        if (!strncmp(text, "chaos ", 6) || !strncmp(text, "schedule ", 9))
            c->is_drawn = true;
        else if (strncmp(text, "force-input ", 12) != 0)
            add(c, text, journal_get(r, done));
    }
    journal_close(r);
    return true;
}

void bisect_changes_free(struct bisect_changes *c)
{
    lines_free(&c->schedule);
    lines_free(&c->others);
    free(c->ticks);
    c->ticks = NULL;
}

bool bisect_read_slices(struct bisect *b, struct lines *lines, struct err *err)
{
    char path[4200], line[256];
    struct child child = {.count = 0}, *list = &child;
    snprintf(path, sizeof path, "%s/slices", b->trials.folder);
    child_add(&child, "replay");
    child_add(&child, "%s", b->bad_path);
    child_add(&child, "--quiet");
    child_add(&child, "--schedule=%s", path);
    if (!child_run(&list, 1, err))
        return false;
    FILE *file = child.code ? NULL : fopen(path, "r");
    if (!file)
        return err_set(err, "%s does not replay: %s", b->bad_path, child.said);
    while (fgets(line, sizeof line, file))
        lines_add(lines, line, strcspn(line, "\n"));
    fclose(file);
    return true;
}
