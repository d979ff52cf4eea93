/* SPDX-License-Identifier: BSD-3-Clause
 * What newlib asks of a system: files over the kernel's Nt calls, memory in committed steps of one reserved range, time
 * from the kernel. Standard output and error go to DbgPrint, a line a call. Single-threaded, as the program is. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <unistd.h>

#include "libc/kernel.h"
#include "libc/system.h"

enum { FILES = 32, FIRST = 3, LINE = 480, ARENA = 0x8000000, STEP = 0x100000 };

struct open_file {
    u32 handle;
    u32 flags;
    s64 position;
    s64 size;
};

static struct open_file files[FILES];
static char line[LINE + 1];
static size_t line_length;

static int fail(int error)
{
    errno = error;
    return -1;
}

static int fail_status(u32 status)
{
    switch (RtlNtStatusToDosError(status)) {
    case 2:
    case 3:
        return fail(ENOENT);
    case 4:
        return fail(EMFILE);
    case 5:
        return fail(EACCES);
    case 0x50:
    case 0xB7:
        return fail(EEXIST);
    default:
        return fail(EIO);
    }
}

static struct open_file *file_of(int fd)
{
    return fd >= FIRST && fd < FILES && files[fd].handle ? &files[fd] : NULL;
}

/* "a/b" is game:\a\b; a path with a device stays. */
static void name_path(struct object_attributes *object, struct ansi_string *name, const char *path)
{
    static char text[256];
    size_t length = 0;
    if (!strchr(path, ':')) {
        memcpy(text, "game:\\", 6);
        length = 6;
    }
    for (; *path && length + 1 < sizeof text; path++)
        text[length++] = *path == '/' ? '\\' : *path;
    text[length] = 0;
    RtlInitAnsiString(name, text);
    *object = (struct object_attributes){0, name, OBJECT_CASELESS};
}

static u32 disposition(int flags)
{
    if (flags & O_CREAT)
        return flags & O_EXCL ? FILE_CREATE : flags & O_TRUNC ? FILE_OVERWRITE_IF : FILE_OPEN_IF;
    return flags & O_TRUNC ? FILE_OVERWRITE : FILE_OPEN;
}

int open(const char *path, int flags, ...)
{
    struct object_attributes object;
    struct ansi_string name;
    struct io_status_block io;
    struct file_information information;
    int fd = FIRST;
    while (fd < FILES && files[fd].handle)
        fd++;
    if (fd == FILES)
        return fail(EMFILE);
    name_path(&object, &name, path);
    bool writes = (flags & O_ACCMODE) != O_RDONLY;
    struct open_file *file = &files[fd];
    u32 status = NtCreateFile(&file->handle, ACCESS_READ | (writes ? ACCESS_WRITE : 0), &object, &io, NULL,
                              ATTRIBUTE_NORMAL, SHARE_READ, disposition(flags), FILE_SYNCHRONOUS | FILE_NOT_DIRECTORY);
    if (status) {
        file->handle = 0;
        return fail_status(status);
    }
    status = NtQueryInformationFile(file->handle, &io, &information, sizeof information, FILE_NETWORK_OPEN);
    file->flags = (u32)flags;
    file->position = 0;
    file->size = status ? 0 : (s64)information.size;
    return fd;
}

int close(int fd)
{
    struct open_file *file = file_of(fd);
    if (!file)
        return fail(EBADF);
    NtClose(file->handle);
    file->handle = 0;
    return 0;
}

_READ_WRITE_RETURN_TYPE read(int fd, void *data, size_t size)
{
    struct open_file *file = file_of(fd);
    struct io_status_block io = {0, 0};
    if (fd == STDIN_FILENO)
        return 0;
    if (!file)
        return fail(EBADF);
    if (file->position >= file->size || !size)
        return 0;
    u32 status = NtReadFile(file->handle, 0, NULL, NULL, &io, data, (u32)size, &file->position);
    if (status == STATUS_END_OF_FILE)
        return 0;
    if (status)
        return fail_status(status);
    file->position += io.information;
    return (int)io.information;
}

static void print_line(void)
{
    line[line_length] = 0;
    DbgPrint("%s\n", line);
    line_length = 0;
}

static void print(const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (data[i] == '\n' || line_length == LINE)
            print_line();
        if (data[i] != '\n')
            line[line_length++] = data[i];
    }
}

void system_flush(void)
{
    if (line_length)
        print_line();
}

_READ_WRITE_RETURN_TYPE write(int fd, const void *data, size_t size)
{
    struct open_file *file = file_of(fd);
    struct io_status_block io = {0, 0};
    if (fd == STDOUT_FILENO || fd == STDERR_FILENO) {
        print(data, size);
        return (int)size;
    }
    if (!file)
        return fail(EBADF);
    if (file->flags & O_APPEND)
        file->position = file->size;
    u32 status = NtWriteFile(file->handle, 0, NULL, NULL, &io, (void *)(size_t)data, (u32)size, &file->position);
    if (status)
        return fail_status(status);
    file->position += io.information;
    if (file->position > file->size)
        file->size = file->position;
    return (int)io.information;
}

off_t lseek(int fd, off_t offset, int whence)
{
    struct open_file *file = file_of(fd);
    if (!file)
        return fail(ESPIPE);
    s64 base = whence == SEEK_CUR ? file->position : whence == SEEK_END ? file->size : 0;
    if (base + offset < 0)
        return fail(EINVAL);
    file->position = base + offset;
    return (off_t)file->position;
}

int fstat(int fd, struct stat *st)
{
    struct open_file *file = file_of(fd);
    memset(st, 0, sizeof *st);
    if (fd < FIRST) {
        st->st_mode = S_IFCHR;
        return 0;
    }
    if (!file)
        return fail(EBADF);
    st->st_mode = S_IFREG;
    st->st_size = (off_t)file->size;
    return 0;
}

int stat(const char *path, struct stat *st)
{
    struct object_attributes object;
    struct ansi_string name;
    struct file_information information;
    name_path(&object, &name, path);
    u32 status = NtQueryFullAttributesFile(&object, &information);
    memset(st, 0, sizeof *st);
    if (status)
        return fail_status(status);
    st->st_mode = information.attributes & ATTRIBUTE_DIRECTORY ? S_IFDIR : S_IFREG;
    st->st_size = (off_t)information.size;
    return 0;
}

int unlink(const char *path)
{
    struct object_attributes object;
    struct ansi_string name;
    struct io_status_block io;
    u32 file = 0, delete = 1u << 24; /* a BOOLEAN, first byte */
    name_path(&object, &name, path);
    u32 status = NtCreateFile(&file, ACCESS_DELETE, &object, &io, NULL, ATTRIBUTE_NORMAL, SHARE_READ, FILE_OPEN,
                              FILE_SYNCHRONOUS | FILE_NOT_DIRECTORY);
    if (status)
        return fail_status(status);
    status = NtSetInformationFile(file, &io, &delete, 1, FILE_DISPOSITION);
    NtClose(file);
    return status ? fail_status(status) : 0;
}

/* Within one heap range, reserved at the first call and committed step by step. */
void *sbrk(ptrdiff_t change)
{
    static char *base, *top, *committed;
    if (!base) {
        void *address = NULL;
        u32 size = ARENA;
        if (NtAllocateVirtualMemory((void *)&address, &size, MEMORY_RESERVE, PAGE_READ_WRITE, 0)) {
            errno = ENOMEM;
            return (void *)-1;
        }
        base = top = committed = address;
    }
    if (change > base + ARENA - top) {
        errno = ENOMEM;
        return (void *)-1;
    }
    while (top + change > committed) {
        void *address = committed;
        u32 size = STEP;
        if (NtAllocateVirtualMemory((void *)&address, &size, MEMORY_COMMIT, PAGE_READ_WRITE, 0)) {
            errno = ENOMEM;
            return (void *)-1;
        }
        committed += STEP;
    }
    top += change;
    return top - change;
}

int gettimeofday(struct timeval *time, void *zone)
{
    (void)zone;
    u64 now = 0; /* 100 ns units since 1601 */
    KeQuerySystemTime(&now);
    now -= 116444736000000000ull;
    time->tv_sec = (time_t)(now / 10000000);
    time->tv_usec = (suseconds_t)(now % 10000000 / 10);
    return 0;
}

/* Processor time is the time base since the first call. */
clock_t times(struct tms *out)
{
    static u64 start;
    u64 now = __builtin_ppc_get_timebase();
    if (!start)
        start = now;
    u64 ticks = (now - start) / (KeQueryPerformanceFrequency() / CLOCKS_PER_SEC);
    memset(out, 0, sizeof *out);
    out->tms_utime = (clock_t)ticks;
    return (clock_t)ticks;
}

void _exit(int code)
{
    system_flush();
    guest_exit((u32)code);
}

int isatty(int fd)
{
    return fd < FIRST;
}

int getpid(void)
{
    return 1;
}

int kill(int pid, int signal)
{
    (void)pid;
    _exit(128 + signal);
}

int link(const char *from, const char *to)
{
    (void)from;
    (void)to;
    return fail(ENOSYS);
}

/* There is no shell. */
int system(const char *command)
{
    return command ? fail(ENOSYS) : 0;
}
