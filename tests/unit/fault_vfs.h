/* SPDX-License-Identifier: BSD-3-Clause
 * A file system for SQLite that fails on purpose: the process dies in the middle of a write, the disk is full from a
 * write on, no sync succeeds, or all is noted, so that the files can be made as a power cut at any moment would leave
 * them.
 *
 * After a power cut, what was written before a file's last sync is there; of what came later any sectors may be, in any
 * order. Names (files made and removed) are as old as the last sync of any file, or newer. */
#ifndef TESTS_UNIT_FAULT_VFS_H
#define TESTS_UNIT_FAULT_VFS_H

#include "replay/block.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum fault_mode { FAULT_NOTHING, FAULT_KILL, FAULT_FULL, FAULT_SYNC, FAULT_NOTE };
enum fault_kind_of_op { OP_WRITE, OP_TRUNCATE, OP_SYNC, OP_CREATE, OP_DELETE };

enum { FAULT_FILES = 8, FAULT_SECTOR = 512 };

struct fault_op {
    u8 kind;
    u32 file;
    u64 offset; /* of a truncation: the new size */
    size_t size;
    u8 *data;
};

static struct fault {
    sqlite3_vfs vfs, *real;
    enum fault_mode mode;
    u64 writes, at; /* the write that fails, from 1 */
    char *names[FAULT_FILES];
    u32 name_count;
    struct fault_op *ops;
    size_t op_count;
} fault;

struct fault_file {
    sqlite3_file base;
    u32 id;
    sqlite3_file *real;
};

static u32 fault_id(const char *name)
{
    for (u32 i = 0; i < fault.name_count; i++)
        if (!strcmp(fault.names[i], name))
            return i;
    CHECK(fault.name_count < FAULT_FILES, "too many files");
    fault.names[fault.name_count] = strdup(name);
    return fault.name_count++;
}

static void fault_note(u8 kind, u32 file, u64 offset, const void *data, size_t size)
{
    if (fault.mode != FAULT_NOTE)
        return;
    if (!(fault.op_count & (fault.op_count - 1)))
        fault.ops = realloc(fault.ops, (fault.op_count ? 2 * fault.op_count : 1) * sizeof *fault.ops);
    u8 *copy = malloc(size + 1);
    CHECK(fault.ops && copy, "out of memory");
    if (size)
        memcpy(copy, data, size);
    fault.ops[fault.op_count++] = (struct fault_op){kind, file, offset, size, copy};
}

static struct fault_file *fault_file(sqlite3_file *file)
{
    return (struct fault_file *)file;
}
#define REAL (fault_file(file)->real)
#define CALL REAL->pMethods

static int fault_close(sqlite3_file *file)
{
    return CALL->xClose(REAL);
}
static int fault_read(sqlite3_file *file, void *out, int size, sqlite3_int64 offset)
{
    return CALL->xRead(REAL, out, size, offset);
}
static int fault_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
    fault.writes++;
    if (fault.mode == FAULT_KILL && fault.writes == fault.at) {
        CALL->xWrite(REAL, data, size / 2, offset);
        raise(SIGKILL);
    }
    if (fault.mode == FAULT_FULL && fault.writes >= fault.at)
        return SQLITE_FULL;
    fault_note(OP_WRITE, fault_file(file)->id, (u64)offset, data, (size_t)size);
    return CALL->xWrite(REAL, data, size, offset);
}
static int fault_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    fault_note(OP_TRUNCATE, fault_file(file)->id, (u64)size, NULL, 0);
    return CALL->xTruncate(REAL, size);
}
/* The real sync is left out: nobody cuts the power here. */
static int fault_sync(sqlite3_file *file, int flags)
{
    (void)flags;
    fault_note(OP_SYNC, fault_file(file)->id, 0, NULL, 0);
    return fault.mode == FAULT_SYNC ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}
static int fault_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return CALL->xFileSize(REAL, size);
}
static int fault_lock(sqlite3_file *file, int level)
{
    return CALL->xLock(REAL, level);
}
static int fault_unlock(sqlite3_file *file, int level)
{
    return CALL->xUnlock(REAL, level);
}
static int fault_reserved(sqlite3_file *file, int *out)
{
    return CALL->xCheckReservedLock(REAL, out);
}
static int fault_control(sqlite3_file *file, int op, void *argument)
{
    return CALL->xFileControl(REAL, op, argument);
}
static int fault_sector(sqlite3_file *file)
{
    return CALL->xSectorSize(REAL);
}
static int fault_traits(sqlite3_file *file)
{
    return CALL->xDeviceCharacteristics(REAL) & ~(SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_BATCH_ATOMIC);
}
static int fault_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **out)
{
    return CALL->xShmMap(REAL, region, size, extend, out);
}
static int fault_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return CALL->xShmLock(REAL, offset, n, flags);
}
static void fault_shm_barrier(sqlite3_file *file)
{
    CALL->xShmBarrier(REAL);
}
static int fault_shm_unmap(sqlite3_file *file, int erase)
{
    return CALL->xShmUnmap(REAL, erase);
}

static const sqlite3_io_methods fault_methods = {.iVersion = 2,
                                                 .xClose = fault_close,
                                                 .xRead = fault_read,
                                                 .xWrite = fault_write,
                                                 .xTruncate = fault_truncate,
                                                 .xSync = fault_sync,
                                                 .xFileSize = fault_size,
                                                 .xLock = fault_lock,
                                                 .xUnlock = fault_unlock,
                                                 .xCheckReservedLock = fault_reserved,
                                                 .xFileControl = fault_control,
                                                 .xSectorSize = fault_sector,
                                                 .xDeviceCharacteristics = fault_traits,
                                                 .xShmMap = fault_shm_map,
                                                 .xShmLock = fault_shm_lock,
                                                 .xShmBarrier = fault_shm_barrier,
                                                 .xShmUnmap = fault_shm_unmap};

static int fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    (void)vfs;
    struct fault_file *f = fault_file(file);
    struct stat there; /* a journal's lock makes its file, empty, before SQLite opens it */
    bool is_new = name && (flags & SQLITE_OPEN_CREATE) && (stat(name, &there) || !there.st_size);
    f->real = (sqlite3_file *)&f[1];
    f->base.pMethods = NULL;
    int code = fault.real->xOpen(fault.real, name, f->real, flags, out);
    if (code != SQLITE_OK)
        return code;
    f->id = fault_id(name ? name : "unnamed");
    f->base.pMethods = &fault_methods;
    if (is_new)
        fault_note(OP_CREATE, f->id, 0, NULL, 0);
    return code;
}

static int fault_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    (void)sync;
    int code = fault.real->xDelete(fault.real, name, 0);
    if (code == SQLITE_OK)
        fault_note(OP_DELETE, fault_id(name), 0, NULL, 0);
    return code;
}

/* Checkpoints soon, so that small journals have some. Opening sets the default only after the extensions: so it is set
 * again before each statement. */
static int fault_checkpoint_soon(unsigned event, void *context, void *statement, void *text)
{
    (void)event;
    (void)context;
    (void)text;
    sqlite3_wal_autocheckpoint(sqlite3_db_handle(statement), 12);
    return 0;
}

static int fault_configure(sqlite3 *db, const char **error, const void *api)
{
    (void)error;
    (void)api;
    return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, fault_checkpoint_soon, NULL);
}

/* Syncs of the database itself: a checkpoint has one. */
static u32 fault_checkpoints(void)
{
    u32 count = 0;
    for (size_t i = 0; i < fault.op_count; i++) {
        const char *name = fault.names[fault.ops[i].file];
        size_t size = strlen(name);
        count += fault.ops[i].kind == OP_SYNC && (size < 4 || strcmp(name + size - 4, "-wal") != 0);
    }
    return count;
}

static void fault_forget(void)
{
    for (size_t i = 0; i < fault.op_count; i++)
        free(fault.ops[i].data);
    for (u32 i = 0; i < fault.name_count; i++)
        free(fault.names[i]);
    free(fault.ops);
    fault.ops = NULL;
    fault.op_count = fault.name_count = 0;
}

/* All databases opened from now on are in this file system. */
static void fault_begin(enum fault_mode mode, u64 at)
{
    if (!fault.real) {
        fault.real = sqlite3_vfs_find(NULL);
        fault.vfs = *fault.real;
        fault.vfs.pNext = NULL;
        fault.vfs.zName = "fault";
        fault.vfs.szOsFile = (int)sizeof(struct fault_file) + fault.real->szOsFile;
        fault.vfs.xOpen = fault_open;
        fault.vfs.xDelete = fault_delete;
    }
    fault_forget();
    sqlite3_vfs_register(&fault.vfs, 1);
    sqlite3_auto_extension((void (*)(void))(uintptr_t)fault_configure);
    fault.mode = mode;
    fault.at = at;
    fault.writes = 0;
}

static void fault_end(void)
{
    sqlite3_vfs_register(fault.real, 1);
    sqlite3_vfs_unregister(&fault.vfs);
    sqlite3_reset_auto_extension();
    fault.mode = FAULT_NOTHING;
}

/* ---- After a power cut. ---- */

struct fault_image {
    bool exists;
    struct buffer bytes;
};

static u64 fault_random(u64 *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void image_resize(struct fault_image *image, u64 size)
{
    if (size > image->bytes.size) {
        size_t more = size - image->bytes.size;
        buffer_reserve(&image->bytes, more);
        memset(image->bytes.data + image->bytes.size, 0, more);
    }
    image->bytes.size = size;
}

/* Sectors get there with `odds` in 256. */
static void image_write(struct fault_image *image, const struct fault_op *op, u32 odds, u64 *random)
{
    for (size_t at = 0; at < op->size;) {
        size_t size = FAULT_SECTOR - (op->offset + at) % FAULT_SECTOR;
        size = size < op->size - at ? size : op->size - at;
        if (fault_random(random) % 256 < odds) {
            if (op->offset + at + size > image->bytes.size)
                image_resize(image, op->offset + at + size);
            memcpy(image->bytes.data + op->offset + at, op->data + at, size);
        }
        at += size;
    }
}

static void image_apply(struct fault_image *image, const struct fault_op *op, u32 odds, u64 *random)
{
    if (op->kind == OP_WRITE)
        image_write(image, op, odds, random);
    else if (fault_random(random) % 256 >= odds)
        return;
    else if (op->kind == OP_TRUNCATE)
        image_resize(image, op->offset);
    else if (op->kind == OP_CREATE || op->kind == OP_DELETE)
        image->exists = op->kind == OP_CREATE, image->bytes.size = 0;
}

static size_t last_sync(u32 file, size_t ops)
{
    while (ops && !(fault.ops[ops - 1].kind == OP_SYNC && (file == FAULT_FILES || fault.ops[ops - 1].file == file)))
        ops--;
    return ops;
}

/* Writes the files as they are when the power goes after `ops` operations, under `path` in the place of `was`. */
static void fault_power_cut(size_t ops, u32 odds, u64 *random, const char *was, const char *path)
{
    size_t names_sure = last_sync(FAULT_FILES, ops);
    for (u32 file = 0; file < fault.name_count; file++) {
        struct fault_image image = {0};
        size_t sure = last_sync(file, ops);
        for (size_t i = 0; i < ops; i++) {
            const struct fault_op *op = &fault.ops[i];
            bool is_name = op->kind == OP_CREATE || op->kind == OP_DELETE;
            if (op->file == file)
                image_apply(&image, op, i < (is_name ? names_sure : sure) ? 256 : odds, random);
        }
        char name[256];
        snprintf(name, sizeof name, "%s%s", path, fault.names[file] + strlen(was));
        unlink(name);
        FILE *out = image.exists ? fopen(name, "wb") : NULL;
        if (out) {
            if (image.bytes.size)
                fwrite(image.bytes.data, 1, image.bytes.size, out);
            fclose(out);
        }
        buffer_free(&image.bytes);
    }
}

#endif
