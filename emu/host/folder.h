/* SPDX-License-Identifier: BSD-3-Clause
 * A host folder, a disc image or a package, as the gate shows it: a list in the form of emu/vfs/vfs.h, sorted by path
 * so that every host lists alike, and the bytes of its files by index. Links that lead out of the folder, and anything
 * but files and folders, are left out. An image of a folder has the same list as the folder. */
#ifndef EMU_HOST_FOLDER_H
#define EMU_HOST_FOLDER_H

#include "schema/base.h"

struct folder;

/* path NULL: an empty folder. A folder that does not exist is an error. filetime: of every file, as on a disc whose
 * files have one date wherever it is copied to; 0: the host's own modification times. */
struct folder *folder_open(const char *path, u64 filetime, struct err *err);
/* The same of a disc image (image_gdfx.h) or a package (image_stfs.h). */
struct folder *folder_open_image(const char *path, u64 filetime, struct err *err);
/* True if the file is a disc image or a package, however broken what is in it. */
bool folder_is_image(const char *path);
/* The image at `path` has the folder's files and directories, by name and size. */
bool folder_is_same(struct folder *f, const char *path, struct err *err);
void folder_close(struct folder *f);
/* The list, not NUL-terminated; owned by the folder. */
const char *folder_list(const struct folder *f, size_t *size);
struct folder_entry {
    const char *path; /* below the root, `/` between names */
    u64 size;
    bool is_directory;
};
/* In the list's order; false: no more. */
bool folder_at(const struct folder *f, size_t index, struct folder_entry *entry);
u64 folder_size(const struct folder *f, size_t index); /* of a file, as listed */
/* Bytes of file `index` from offset; *data is owned by the folder, valid until the next call. Less than size at the
 * end. */
bool folder_read(struct folder *f, size_t index, u64 offset, size_t size, const u8 **data, size_t *moved,
                 struct err *err);

/* A whole file; free() it. */
bool file_load(const char *path, u8 **data, size_t *size, struct err *err);
/* Where a title's executable is: of a folder its default.xex, in whatever spelling; else the path itself. */
bool title_path(const char *title, char *out, size_t capacity, struct err *err);
/* That file. */
bool file_load_title(const char *path, u8 **data, size_t *size, struct err *err);
/* Writes by a temporary file beside it and a rename: never half a file. Its modification time becomes filetime. */
bool file_save(const char *path, const void *data, size_t size, u64 filetime, struct err *err);

#endif
