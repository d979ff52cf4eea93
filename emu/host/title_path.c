/* SPDX-License-Identifier: BSD-3-Clause
 * Which file of a folder is the title. */
#include "emu/host/folder.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>

struct candidates {
    /* default.xex in whatever spelling, and another executable; "" for none, of several the first in order of bytes */
    char found[NAME_MAX + 1], other[NAME_MAX + 1];
    u32 others;
};

static bool is_executable(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && strcasecmp(name + length - 4, ".xex") == 0;
}

static void keep_first(char *kept, const char *name)
{
    if (!kept[0] || strcmp(name, kept) < 0)
        snprintf(kept, NAME_MAX + 1, "%s", name);
}

static bool read_candidates(const char *folder, struct candidates *c, struct err *err)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return err_set(err, "%s: %s", folder, strerror(errno));
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (strcasecmp(entry->d_name, "default.xex") == 0) {
            keep_first(c->found, entry->d_name);
        } else if (is_executable(entry->d_name)) {
            keep_first(c->other, entry->d_name);
            c->others++;
        }
    }
    closedir(dir);
    return true;
}

bool title_path(const char *title, char *out, size_t capacity, struct err *err)
{
    struct candidates c = {.others = 0};
    struct stat st;
    bool is_folder = stat(title, &st) == 0 && S_ISDIR(st.st_mode);
    if (is_folder && !read_candidates(title, &c, err))
        return false;
    if (is_folder && !c.found[0] && c.others)
        return err_set(err, "%s: there is no default.xex in this folder, but %s%s: name the title's file", title,
                       c.other, c.others > 1 ? " and others" : "");
    if (is_folder && !c.found[0])
        return err_set(err, "%s: there is no default.xex in this folder", title);
    int length = snprintf(out, capacity, "%s%s%s", title, is_folder ? "/" : "", c.found);
    return (size_t)length < capacity || err_set(err, "%.200s...: the path is too long", title);
}

bool file_load_title(const char *path, u8 **data, size_t *size, struct err *err)
{
    char found[PATH_MAX];
    return title_path(path, found, sizeof found, err) && file_load(found, data, size, err);
}
