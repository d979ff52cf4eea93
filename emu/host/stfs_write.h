/* SPDX-License-Identifier: BSD-3-Clause
 * Writing a folder as a package (image_stfs.h), unsigned: header, tables of hashes, directory, files. The same folder
 * gives the same bytes. */
#ifndef EMU_HOST_STFS_WRITE_H
#define EMU_HOST_STFS_WRITE_H

#include "emu/host/folder.h"

enum stfs_kind { STFS_CON, STFS_LIVE, STFS_PIRS };

struct stfs_options {
    enum stfs_kind kind; /* CON: the writable form, with two copies of each table; the others: the read-only form */
    u32 title_id;
    u32 content_type;
    const char *name; /* shown to the user */
    bool scatter;     /* files' blocks take turns, as in a package that was written to for long */
};

/* Never half a file: by a temporary one beside it. Read again before it gets its name; *size is the package's. */
bool stfs_write(struct folder *folder, const char *path, const struct stfs_options *options, u64 *size,
                struct err *err);

#endif
