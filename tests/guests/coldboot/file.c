/* SPDX-License-Identifier: BSD-3-Clause
 * Whole files, read and written in pieces as the title's streaming layer does. Results are NTSTATUS. */
#include "coldboot.h"

enum { PIECE = 8192 };

u32 file_size(const char *path, u32 *size)
{
    struct object_attributes object;
    struct ansi_string name;
    struct file_information information;
    name_file(&object, &name, path);
    u32 status = NtQueryFullAttributesFile(&object, &information);
    if (!status)
        *size = (u32)information.size;
    return status;
}

static u32 open(const char *path, u32 access, u32 disposition, HANDLE *file)
{
    struct object_attributes object;
    struct ansi_string name;
    struct io_status_block io;
    name_file(&object, &name, path);
    return NtCreateFile(file, access, &object, &io, NULL, ATTRIBUTE_NORMAL, SHARE_READ, disposition,
                        FILE_SYNCHRONOUS | FILE_NOT_DIRECTORY);
}

u32 file_read(const char *path, void *data, u32 capacity, u32 *size)
{
    struct io_status_block io = {0, 0};
    HANDLE file = 0;
    s64 offset = 0;
    u32 status = open(path, ACCESS_READ, FILE_OPEN, &file);
    if (status)
        return status;
    while ((u32)offset < capacity) {
        u32 piece = capacity - (u32)offset < PIECE ? capacity - (u32)offset : PIECE;
        status = NtReadFile(file, 0, NULL, NULL, &io, (u8 *)data + offset, piece, &offset);
        if (status || !io.information)
            break;
        offset += io.information;
        if (io.information < piece)
            break;
    }
    NtClose(file);
    *size = (u32)offset;
    return offset ? 0 : status; /* the end of the file is no error when something came before it */
}

u32 file_write(const char *path, const void *data, u32 size)
{
    struct io_status_block io = {0, 0};
    HANDLE file = 0;
    u32 status = open(path, ACCESS_WRITE, FILE_OVERWRITE_IF, &file);
    if (status)
        return status;
    for (s64 offset = 0; (u32)offset < size && !status; offset += PIECE) {
        u32 piece = size - (u32)offset < PIECE ? size - (u32)offset : PIECE;
        status = NtWriteFile(file, 0, NULL, NULL, &io, (void *)((const u8 *)data + offset), piece, &offset);
    }
    NtClose(file);
    return status;
}

/* prefix, two digits, suffix */
void file_path(char *path, const char *prefix, u32 number, const char *suffix)
{
    while (*prefix)
        *path++ = *prefix++;
    *path++ = (char)('0' + number / 10);
    *path++ = (char)('0' + number % 10);
    while ((*path++ = *suffix++))
        ;
}
