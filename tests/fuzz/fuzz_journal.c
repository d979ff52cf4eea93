/* SPDX-License-Identifier: BSD-3-Clause
 * Fuzzes the reader of journals: the file is any bytes, everything in it is read, and its hashes are checked. */
#include "replay/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static char path[64];

static void remove_file(void)
{
    unlink(path);
}

static bool write_file(const u8 *data, size_t size)
{
    if (!path[0]) {
        snprintf(path, sizeof path, "/dev/shm/lockstep-fuzz-%d.lsj", (int)getpid());
        atexit(remove_file);
    }
    FILE *out = fopen(path, "wb");
    bool good = out && fwrite(data, 1, size, out) == size;
    return (!out || !fclose(out)) && good;
}

static void read_events(struct journal_reader *r)
{
    struct err err;
    const struct event *event;
    struct journal_cursor *c = journal_cursor_all(r, 0, &err);
    for (u32 bad = 0; c && bad < 64;) {
        int got = journal_cursor_next(c, &event, &err);
        if (!got)
            break;
        bad += got < 0;
    }
    if (c)
        journal_cursor_close(c);
}

static void ignore(void *context, const char *sentence)
{
    (void)context;
    (void)sentence;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct err err;
    if (!write_file(data, size))
        abort();
    struct journal_reader *r = journal_open(path, &err);
    if (!r)
        return 0;
    struct journal_input_record input;
    for (u32 i = 0; i < 10000 && journal_next_input(r, &input, &err) > 0; i++)
        ;
    read_events(r);
    journal_verify(r, ignore, NULL);
    journal_close(r);
    return 0;
}
