/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE
#include "emu/host/folder.h"

#include "emu/host/image_gdfx.h"
#include "emu/host/image_stfs.h"
#include "emu/loader/xex.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* 100 ns units between 1601 and 1970. */
#define FILETIME_1970 116444736000000000ull

enum { DEPTH_MAX = 32, PATH_SIZE = 4096 };

struct entry {
    char *path; /* below the root, `/` between names */
    u64 size;
    u64 filetime;
    bool is_directory;
    struct image_run *runs; /* of its bytes in the image */
    u32 run_count;
    u8 (*digests)[IMAGE_DIGEST]; /* of its blocks; NULL: there are none */
    u32 digest_count;
};

struct folder {
    char *root; /* or the image */
    bool is_image;
    u64 filetime;
    struct entry *entries;
    size_t count;
    size_t capacity;
    char *list;
    size_t list_size;
    u8 *buffer;
    size_t buffer_size;
    int open_fd; /* of the file read last */
    size_t open_index;
};

static bool add_entry(struct folder *f, const struct entry *entry, struct err *err)
{
    if (f->count == f->capacity) {
        size_t capacity = f->capacity ? f->capacity * 2 : 64;
        struct entry *grown = realloc(f->entries, capacity * sizeof *grown);
        if (!grown)
            return err_set(err, "folder %s: no memory for its list", f->root);
        f->entries = grown;
        f->capacity = capacity;
    }
    struct entry *added = &f->entries[f->count];
    *added = *entry;
    added->path = strdup(entry->path);
    if (!added->path)
        return err_set(err, "folder %s: no memory for its list", f->root);
    f->count++;
    return true;
}

static bool add_file(struct folder *f, char *path, const struct stat *st, struct err *err)
{
    bool is_directory = S_ISDIR(st->st_mode);
    u64 modified = FILETIME_1970 + (u64)st->st_mtim.tv_sec * 10000000 + (u64)st->st_mtim.tv_nsec / 100;
    const struct entry entry = {
        .path = path,
        .size = is_directory ? 0 : (u64)st->st_size,
        .filetime = f->filetime ? f->filetime : modified,
        .is_directory = is_directory,
    };
    return add_entry(f, &entry, err);
}

static bool add_from_image(void *context, const struct image_file *file, struct err *err)
{
    struct folder *f = context;
    char path[IMAGE_PATH_SIZE];
    snprintf(path, sizeof path, "%s", file->path);
    const struct entry entry = {
        .path = path, .size = file->size, .filetime = f->filetime, .is_directory = file->is_directory};
    if (!add_entry(f, &entry, err))
        return false;
    if (!file->run_count)
        return true;
    struct entry *added = &f->entries[f->count - 1];
    added->runs = malloc(file->run_count * sizeof *added->runs);
    if (!added->runs)
        return err_set(err, "folder %s: no memory for its list", f->root);
    memcpy(added->runs, file->runs, file->run_count * sizeof *added->runs);
    added->run_count = file->run_count;
    if (!file->digests)
        return true;
    added->digests = malloc(file->digest_count * sizeof *added->digests);
    if (!added->digests)
        return err_set(err, "folder %s: no memory for its list", f->root);
    memcpy(added->digests, file->digests, file->digest_count * sizeof *added->digests);
    added->digest_count = file->digest_count;
    return true;
}

static bool scan(struct folder *f, const char *below, u32 depth, struct err *err);

static bool scan_one(struct folder *f, const char *below, const char *name, u32 depth, struct err *err)
{
    char path[PATH_SIZE], full[PATH_SIZE];
    struct stat st;
    if (strchr(name, '\n') || strchr(name, '\\'))
        return true;
    if ((size_t)snprintf(path, sizeof path, "%s%s%s", below, below[0] ? "/" : "", name) >= sizeof path ||
        (size_t)snprintf(full, sizeof full, "%s/%s", f->root, path) >= sizeof full)
        return err_set(err, "folder %s: a path below it is too long: %.200s...", f->root, path);
    if (lstat(full, &st) != 0)
        return err_set(err, "%s: %s", full, strerror(errno));
    if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
        return true;
    if (!add_file(f, path, &st, err))
        return false;
    return !S_ISDIR(st.st_mode) || scan(f, path, depth + 1, err);
}

static bool scan(struct folder *f, const char *below, u32 depth, struct err *err)
{
    char full[PATH_SIZE];
    if (depth > DEPTH_MAX)
        return err_set(err, "folder %s: deeper than %d levels at %.200s", f->root, DEPTH_MAX, below);
    snprintf(full, sizeof full, "%s/%s", f->root, below);
    DIR *dir = opendir(full);
    if (!dir)
        return err_set(err, "folder %s: %s", full, strerror(errno));
    bool ok = true;
    for (struct dirent *d; ok && (d = readdir(dir));) {
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
            ok = scan_one(f, below, d->d_name, depth, err);
    }
    closedir(dir);
    return ok;
}

/* Paths are unique, so this order is total; `/` goes before every other byte, so a directory comes before its content.
 */
static int compare_entries(const void *a, const void *b)
{
    const unsigned char *x = (const void *)((const struct entry *)a)->path;
    const unsigned char *y = (const void *)((const struct entry *)b)->path;
    while (*x && *x == *y) {
        x++;
        y++;
    }
    int p = *x == '/' ? 1 : *x ? *x + 1 : 0;
    int q = *y == '/' ? 1 : *y ? *y + 1 : 0;
    return p - q;
}

static bool make_list(struct folder *f, struct err *err)
{
    FILE *out = open_memstream(&f->list, &f->list_size);
    if (!out)
        return err_set(err, "folder %s: no memory for its list", f->root);
    for (size_t i = 0; i < f->count; i++) {
        const struct entry *entry = &f->entries[i];
        if (entry->is_directory)
            fputs("d ", out);
        else
            fprintf(out, "f %llu %llu ", (unsigned long long)entry->size, (unsigned long long)entry->filetime);
        for (const char *p = entry->path; *p; p++)
            fputc(*p == '/' ? '\\' : *p, out);
        fputc('\n', out);
    }
    return fclose(out) == 0 || err_set(err, "folder %s: no memory for its list", f->root);
}

/* In the gate's order; an image may name a file twice, then nobody can tell which is meant. */
static bool sort_entries(struct folder *f, struct err *err)
{
    if (f->count)
        qsort(f->entries, f->count, sizeof f->entries[0], compare_entries);
    for (size_t i = 1; i < f->count; i++)
        if (!strcmp(f->entries[i - 1].path, f->entries[i].path))
            return err_set(err, "%s: %s is there twice", f->root, f->entries[i].path);
    return true;
}

static struct folder *new_folder(const char *path, u64 filetime, struct err *err)
{
    struct folder *f = calloc(1, sizeof *f);
    if (f && path)
        f->root = strdup(path);
    if (!f || (path && !f->root)) {
        free(f);
        err_set(err, "no memory for a folder");
        return NULL;
    }
    f->open_fd = -1;
    f->filetime = filetime;
    return f;
}

struct folder *folder_open(const char *path, u64 filetime, struct err *err)
{
    struct folder *f = new_folder(path, filetime, err);
    if (!f || !path || (scan(f, "", 0, err) && sort_entries(f, err) && make_list(f, err)))
        return f;
    folder_close(f);
    return NULL;
}

/* All of size bytes, or fewer at the file's end: *moved. */
static bool read_open(struct folder *f, u64 offset, void *out, size_t size, size_t *moved, struct err *err)
{
    for (*moved = 0; *moved < size;) {
        ssize_t n = pread(f->open_fd, (u8 *)out + *moved, size - *moved, (off_t)(offset + *moved));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(err, "%s", strerror(errno));
        if (n == 0)
            break;
        *moved += (size_t)n;
    }
    return true;
}

static bool read_image(void *context, u64 offset, void *out, size_t size, struct err *err)
{
    size_t moved;
    if (!read_open(context, offset, out, size, &moved, err))
        return false;
    return moved == size || err_set(err, "image at 0x%llX: it ends here", (unsigned long long)(offset + moved));
}

static bool open_image(struct folder *f, struct image_source *source, struct err *err)
{
    struct stat st;
    f->is_image = true;
    f->open_fd = open(f->root, O_RDONLY | O_CLOEXEC);
    if (f->open_fd < 0 || fstat(f->open_fd, &st) != 0)
        return err_set(err, "%s: %s", f->root, strerror(errno));
    *source = (struct image_source){.read = read_image, .context = f, .size = (u64)st.st_size};
    return S_ISREG(st.st_mode) || err_set(err, "%s: not a file", f->root);
}

bool folder_is_image(const char *path)
{
    u64 start;
    struct image_source source;
    struct folder *f = new_folder(path, 0, NULL);
    bool is_image =
        f && open_image(f, &source, NULL) && (image_stfs_find(&source) || image_gdfx_find(&source, &start, NULL));
    folder_close(f);
    return is_image;
}

static bool scan_image(struct folder *f, struct err *err)
{
    struct err why;
    struct image_source source;
    if (!open_image(f, &source, err))
        return false;
    struct image_listener listener = {.add = add_from_image, .context = f};
    bool is_package = image_stfs_find(&source);
    return (is_package ? image_stfs_list : image_gdfx_list)(&source, &listener, &why) ||
           err_set(err, "%s: %s", f->root, why.text);
}

struct folder *folder_open_image(const char *path, u64 filetime, struct err *err)
{
    struct folder *f = new_folder(path, filetime, err);
    if (!f || (scan_image(f, err) && sort_entries(f, err) && make_list(f, err)))
        return f;
    folder_close(f);
    return NULL;
}

bool folder_is_same(struct folder *f, const char *path, struct err *err)
{
    struct folder_entry want, got;
    struct folder *image = folder_open_image(path, 0, err);
    bool good = image != NULL;
    for (size_t i = 0; good && folder_at(f, i, &want); i++)
        if (!folder_at(image, i, &got) || strcmp(want.path, got.path) != 0 || want.size != got.size ||
            want.is_directory != got.is_directory)
            good = err_set(err, "%s cannot be in such an image", want.path);
    folder_close(image);
    return good;
}

void folder_close(struct folder *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->count; i++) {
        free(f->entries[i].path);
        free(f->entries[i].runs);
        free(f->entries[i].digests);
    }
    if (f->open_fd >= 0)
        close(f->open_fd);
    free(f->entries);
    free(f->list);
    free(f->buffer);
    free(f->root);
    free(f);
}

const char *folder_list(const struct folder *f, size_t *size)
{
    *size = f->list_size;
    return f->list ? f->list : "";
}

bool folder_at(const struct folder *f, size_t index, struct folder_entry *entry)
{
    if (index >= f->count)
        return false;
    const struct entry *found = &f->entries[index];
    *entry = (struct folder_entry){found->path, found->size, found->is_directory};
    return true;
}

u64 folder_size(const struct folder *f, size_t index)
{
    return index < f->count ? f->entries[index].size : 0;
}

static bool open_entry(struct folder *f, size_t index, struct err *err)
{
    if (f->is_image || (f->open_fd >= 0 && f->open_index == index))
        return true;
    char full[PATH_SIZE];
    snprintf(full, sizeof full, "%s/%s", f->root, f->entries[index].path);
    if (f->open_fd >= 0)
        close(f->open_fd);
    f->open_fd = open(full, O_RDONLY | O_CLOEXEC);
    f->open_index = index;
    return f->open_fd >= 0 || err_set(err, "%s: %s", full, strerror(errno));
}

/* As read_open, of a file in the image. */
static bool read_runs(struct folder *f, const struct entry *entry, u64 offset, size_t size, size_t *moved,
                      struct err *err)
{
    *moved = 0;
    for (u32 i = 0; i < entry->run_count && *moved < size; i++) {
        const struct image_run *run = &entry->runs[i];
        if (offset >= run->size) {
            offset -= run->size;
            continue;
        }
        size_t part = run->size - offset < size - *moved ? (size_t)(run->size - offset) : size - *moved, got;
        if (!read_open(f, run->offset + offset, f->buffer + *moved, part, &got, err))
            return false;
        *moved += got;
        offset = 0;
        if (got != part)
            break;
    }
    return true;
}

/* All of a file's block, with what follows a last one in the image, and zeros behind the image's end. */
static bool read_block(struct folder *f, const struct entry *entry, u32 block, u8 bytes[IMAGE_BLOCK], struct err *err)
{
    u64 at = (u64)block * IMAGE_BLOCK;
    u32 i = 0;
    for (; i < entry->run_count && at >= entry->runs[i].size; i++)
        at -= entry->runs[i].size;
    size_t got = 0;
    if (i == entry->run_count || !read_open(f, entry->runs[i].offset + at, bytes, IMAGE_BLOCK, &got, err))
        return false;
    memset(bytes + got, 0, IMAGE_BLOCK - got);
    return true;
}

/* Blocks lie whole in the image: runs begin and end where they do. */
static bool check_blocks(struct folder *f, const struct entry *entry, u64 offset, size_t size, struct err *err)
{
    u8 bytes[IMAGE_BLOCK], digest[IMAGE_DIGEST];
    for (u64 block = offset / IMAGE_BLOCK; size && block <= (offset + size - 1) / IMAGE_BLOCK; block++) {
        if (block >= entry->digest_count)
            return true;
        if (!read_block(f, entry, (u32)block, bytes, err))
            return false;
        xex_digest(digest, bytes, sizeof bytes, NULL, 0);
        if (memcmp(digest, entry->digests[block], sizeof digest) != 0)
            return err_set(err, "its block %u does not match its digest in the package", (u32)block);
    }
    return true;
}

bool folder_read(struct folder *f, size_t index, u64 offset, size_t size, const u8 **data, size_t *moved,
                 struct err *err)
{
    if (index >= f->count || f->entries[index].is_directory)
        return err_set(err, "folder %s: has no file %zu", f->root ? f->root : "(empty)", index);
    if (!open_entry(f, index, err))
        return false;
    const struct entry *entry = &f->entries[index];
    if (f->buffer_size < size) {
        u8 *grown = realloc(f->buffer, size);
        if (!grown)
            return err_set(err, "%s/%s: no memory for %zu bytes", f->root, entry->path, size);
        f->buffer = grown;
        f->buffer_size = size;
    }
    struct err why;
    bool good = f->is_image ? read_runs(f, entry, offset, size, moved, &why) &&
                                  (!entry->digests || check_blocks(f, entry, offset, *moved, &why))
                            : read_open(f, offset, f->buffer, size, moved, &why);
    *data = f->buffer;
    return good || err_set(err, "%s/%s: %s", f->root, entry->path, why.text);
}

bool file_load(const char *path, u8 **data, size_t *size, struct err *err)
{
    struct stat st;
    FILE *in = fopen(path, "rb");
    if (!in)
        return err_set(err, "%s: %s", path, strerror(errno));
    u8 *bytes = NULL;
    bool ok = fstat(fileno(in), &st) == 0 && S_ISREG(st.st_mode);
    if (!ok)
        err_set(err, "%s: not a file", path);
    if (ok && !(bytes = malloc((size_t)st.st_size + 1)))
        ok = err_set(err, "%s: no memory for its %lld bytes", path, (long long)st.st_size);
    if (ok && fread(bytes, 1, (size_t)st.st_size, in) != (size_t)st.st_size)
        ok = err_set(err, "%s: could not be read whole", path);
    fclose(in);
    if (!ok) {
        free(bytes);
        return false;
    }
    *data = bytes;
    *size = (size_t)st.st_size;
    return true;
}

static struct timespec from_filetime(u64 filetime)
{
    u64 since_1970 = filetime > FILETIME_1970 ? filetime - FILETIME_1970 : 0;
    return (struct timespec){.tv_sec = (time_t)(since_1970 / 10000000), .tv_nsec = (long)(since_1970 % 10000000) * 100};
}

bool file_save(const char *path, const void *data, size_t size, u64 filetime, struct err *err)
{
    char temporary[PATH_SIZE];
    if ((size_t)snprintf(temporary, sizeof temporary, "%s.new", path) >= sizeof temporary)
        return err_set(err, "%s: path too long", path);
    FILE *out = fopen(temporary, "wb");
    if (!out)
        return err_set(err, "%s: %s", temporary, strerror(errno));
    struct timespec times[2] = {from_filetime(filetime), from_filetime(filetime)};
    bool ok = fwrite(data, 1, size, out) == size && fflush(out) == 0 && futimens(fileno(out), times) == 0;
    int reason = errno;
    if (fclose(out) != 0) {
        reason = ok ? errno : reason;
        ok = false;
    }
    if (ok && rename(temporary, path) == 0)
        return true;
    if (ok)
        reason = errno;
    unlink(temporary);
    return err_set(err, "%s: %s", path, strerror(reason));
}
