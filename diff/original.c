/* SPDX-License-Identifier: BSD-3-Clause
 * Lines out of events (diff/original.h). */
#include "diff/original.h"

#include <errno.h>

u64 original_count(const struct journal_reader *journal)
{
    u64 count = 0;
    return journal_get_u64(journal, "source.count", &count) ? count : 0;
}

static u64 source_number(const struct journal_reader *journal, u64 log, const char *what)
{
    char key[48];
    u64 number = 0;
    snprintf(key, sizeof key, "source.%llu.%s", (unsigned long long)log, what);
    journal_get_u64(journal, key, &number);
    return number;
}

/* A part of an overlong line is followed by the next part. */
static bool ends_here(struct journal_reader *journal, const struct event *e)
{
    return e->kind != EVENT_line || strcmp(journal_string(journal, (u32)e->v[F_line_class], NULL), "part");
}

static bool write_lines(struct journal_reader *journal, const struct journal_filter *filter, bool unended, FILE *out,
                        struct err *err)
{
    const struct event *e;
    const char *line;
    size_t size;
    bool whole = true;
    int found;
    struct err damage;
    struct journal_cursor *c = journal_cursor_open(journal, filter, &damage);
    while ((found = journal_cursor_next(c, &e, &damage)) && !ferror(out)) {
        bool kept = found > 0 && journal_cursor_line(c, &line, &size);
        if (!kept) {
            whole = found > 0 ? err_set(err, "the line of event %llu cannot be made again", (unsigned long long)e->seq)
                              : err_set(err, "%s", damage.text);
            continue;
        }
        fwrite(line, 1, size, out);
        if (ends_here(journal, e) && !(unended && e->seq == filter->last_seq))
            putc('\n', out);
    }
    journal_cursor_close(c);
    return whole;
}

bool original_write(struct journal_reader *journal, u64 log, FILE *out, struct err *err)
{
    u64 count = original_count(journal);
    if (!count)
        return err_set(err, "the journal was not imported from a log");
    if (log >= count)
        return err_set(err, "the journal was imported from %llu logs; there is no log %llu", (unsigned long long)count,
                       (unsigned long long)log);
    struct journal_filter filter = {
        .first_seq = source_number(journal, log, "first_seq"), .last_time = UINT64_MAX, .lines = true};
    filter.last_seq = log + 1 < count ? source_number(journal, log + 1, "first_seq") : journal_event_count(journal);
    if (filter.last_seq == filter.first_seq)
        return true;
    filter.last_seq--;
    return write_lines(journal, &filter, source_number(journal, log, "unended") != 0, out, err) &&
           (!ferror(out) || err_set(err, "cannot write: %s", strerror(errno)));
}
