/* SPDX-License-Identifier: BSD-3-Clause
 * Lists of files among the inputs (diff/listing.h). */
#include "diff/listing.h"
#include "diff/files.h"

#include <stdio.h>
#include <stdlib.h>

void listing_begin(struct listing *l, const char *text)
{
    *l = (struct listing){.at = text};
    if (!strncmp(text, "m ", 2)) {
        size_t length = strcspn(text, "\n");
        snprintf(l->mount, sizeof l->mount, "%.*s", (int)length - 2, text + 2);
        l->at += length + (text[length] == '\n');
    }
}

bool listing_next(struct listing *l, struct listing_entry *entry)
{
    const char *line = l->at;
    size_t length = strcspn(line, "\n");
    char *end = (char *)line + 1;
    if (length < 3)
        return false;
    *entry = (struct listing_entry){.index = l->index++, .is_folder = *line == 'd'};
    if (!entry->is_folder) {
        entry->size = strtoull(end, &end, 10);
        strtoull(end, &end, 10); /* its time, which is one for all */
    }
    if (end >= line + length)
        return false;
    entry->path = end + 1;
    entry->path_size = (size_t)(line + length - entry->path);
    l->at += length + (line[length] == '\n');
    return true;
}

static bool is_border(char c)
{
    return c == '\\' || c == '/' || c == ':';
}

static bool ends_with(const char *text, size_t size, const char *tail, size_t tail_size)
{
    return tail_size && size > tail_size && is_border(text[size - tail_size - 1]) &&
           !file_paths_compare(text + size - tail_size, tail_size, tail, tail_size);
}

bool listing_fits(const struct listing_entry *entry, const char *path, enum listing_fit fit)
{
    const char *device = strchr(path, ':');
    const char *rest = device ? device + 1 : path;
    rest += is_border(*rest);
    size_t size = strlen(rest);
    if (fit == LISTING_WHOLE)
        return size && !file_paths_compare(rest, size, entry->path, entry->path_size);
    return ends_with(rest, size, entry->path, entry->path_size) || ends_with(entry->path, entry->path_size, rest, size);
}

bool listing_find(const char *text, const char *path, enum listing_fit fit, struct listing_entry *entry)
{
    struct listing listing;
    struct listing_entry next;
    size_t best = 0;
    listing_begin(&listing, text);
    while (listing_next(&listing, &next))
        if (next.path_size > best && listing_fits(&next, path, fit)) {
            *entry = next;
            best = next.path_size;
        }
    return best;
}
