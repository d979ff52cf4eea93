/* SPDX-License-Identifier: BSD-3-Clause
 * A title's folder for the tests of images, and images in memory. */
#ifndef TESTS_UNIT_IMAGE_SAMPLE_H
#define TESTS_UNIT_IMAGE_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/host/folder.h"
#include "emu/host/image.h"

#define FILETIME 127770912000000000ull

static char place[512]; /* a folder of this run */

static inline const char *in_place(const char *name)
{
    static char path[2][1024];
    static u32 turn;
    char *p = path[turn++ % 2];
    snprintf(p, sizeof path[0], "%s/%s", place, name);
    return p;
}

static inline void make_file(const char *name, u32 size)
{
    struct err err;
    u8 *bytes = malloc(size + 1);
    for (u32 i = 0; i < size; i++)
        bytes[i] = (u8)(i * 7 + i / 256 + i / 4096 * 13 + (u32)name[0]);
    assert_true(file_save(in_place(name), bytes, size, FILETIME, &err));
    free(bytes);
}

/* Files of every kind of size; `many` of them in one directory, whose names and sizes grow. */
static inline int make_sample(const char *many_name, u32 many, u32 many_size)
{
    char name[96];
    const char *tmp = getenv("TMPDIR");
    snprintf(place, sizeof place, "%s/lockstep-image-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(place))
        return -1;
    for (const char *const *p =
             (const char *const[]){"game", "game/data", "game/data/deep", "game/empty", "game/many", NULL};
         *p; p++)
        mkdir(in_place(*p), 0755);
    make_file("game/default.xex", 5000);
    make_file("game/data/B.bin", 4096);
    make_file("game/data/a.bin", 4097);
    make_file("game/data/nothing", 0);
    make_file("game/data/deep/x", 1);
    make_file("game/data.txt", 900000); /* more than one table of a package's hashes */
    for (u32 i = 0; i < many; i++) {
        snprintf(name, sizeof name, "game/many/file number %u%s", i * 7919 % many, many_name);
        make_file(name, i * many_size);
    }
    return 0;
}

static inline int remove_folder(void **state)
{
    (void)state;
    char command[600];
    snprintf(command, sizeof command, "rm -rf '%s'", place);
    return system(command);
}

/* Every file's bytes, in pieces of that size; returns how many files there are. */
static inline u32 compare_files(struct folder *a, struct folder *b, u32 piece)
{
    struct err err;
    struct folder_entry entry;
    u32 files = 0;
    for (size_t i = 0; folder_at(a, i, &entry); i++) {
        files += !entry.is_directory;
        for (u64 at = 0; !entry.is_directory && at <= entry.size; at += piece) {
            const u8 *x, *y;
            size_t nx, ny;
            assert_true(folder_read(a, i, at, piece, &x, &nx, &err));
            assert_true(folder_read(b, i, at, piece, &y, &ny, &err));
            assert_int_equal(nx, ny);
            assert_int_equal(nx, entry.size - at < piece ? entry.size - at : piece);
            if (nx)
                assert_memory_equal(x, y, nx);
        }
    }
    return files;
}

struct memory {
    const u8 *bytes;
    u64 size;
};

static inline bool read_memory(void *context, u64 offset, void *out, size_t size, struct err *err)
{
    const struct memory *m = context;
    if (offset > m->size || size > m->size - offset)
        return err_set(err, "outside: 0x%zX bytes at 0x%llX", size, (unsigned long long)offset);
    memcpy(out, m->bytes + offset, size);
    return true;
}

static inline bool count_file(void *context, const struct image_file *file, struct err *err)
{
    (void)err;
    *(u32 *)context += 1;
    return file->path[0] != 0;
}

/* Lists an exact copy, so that a read behind the end is seen by the address sanitizer. */
static inline bool list_copy(bool (*list)(const struct image_source *, const struct image_listener *, struct err *),
                             const u8 *image, u64 size, struct err *err)
{
    u8 *copy = malloc(size ? size : 1);
    u32 count = 0;
    memcpy(copy, image, size);
    struct memory memory = {copy, size};
    const struct image_source source = {.read = read_memory, .context = &memory, .size = size};
    const struct image_listener listener = {.add = count_file, .context = &count};
    bool good = list(&source, &listener, err);
    free(copy);
    return good;
}

struct broken {
    void (*mutate)(u8 *file);
    const char *error;
};

static inline void check_broken(bool (*list)(const struct image_source *, const struct image_listener *, struct err *),
                                const u8 *image, size_t size, const struct broken *broken, size_t count)
{
    struct err err;
    for (size_t i = 0; i < count; i++) {
        u8 *copy = malloc(size);
        memcpy(copy, image, size);
        broken[i].mutate(copy);
        if (list_copy(list, copy, size, &err))
            fail_msg("accepted: %s", broken[i].error);
        if (!strstr(err.text, broken[i].error))
            fail_msg("\"%s\" lacks \"%s\"", err.text, broken[i].error);
        free(copy);
    }
}

#endif
