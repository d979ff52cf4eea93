/* SPDX-License-Identifier: BSD-3-Clause
 * One writer for one journal (replay/journal_lock.h). */
#define _GNU_SOURCE
#include "replay/journal_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { UNLOCKED = -2, LOCK_BYTE = 0x7FFFFFF0 };

static int busy(const char *path, struct err *err)
{
    err_set(err, "journal %s: another process is writing it", path);
    return -1;
}

/* The descriptor's own lock, not the process's: SQLite closes others of this file. */
static int take(int fd, const char *path, struct err *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)LOCK_BYTE << 31, .l_len = 1};
    if (!fcntl(fd, F_OFD_SETLK, &lock))
        return fd;
    int reason = errno;
    close(fd);
    return reason == EAGAIN || reason == EACCES ? busy(path, err) : UNLOCKED;
}

int journal_lock(const char *path, struct err *err)
{
    struct stat here, there;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    fd = fd < 0 ? UNLOCKED : take(fd, path, err);
    /* Somebody has put another in its place in the meantime. */
    if (fd >= 0 && (fstat(fd, &here) || stat(path, &there) || here.st_ino != there.st_ino)) {
        close(fd);
        return busy(path, err);
    }
    return fd;
}

int journal_lock_new(const char *path, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return errno == EEXIST ? busy(path, err) : UNLOCKED;
    return take(fd, path, err);
}
