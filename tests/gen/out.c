/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/gen/out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static _Noreturn void fail(const struct gen_out *out, const char *what)
{
    fprintf(stderr, "lockstep-gen: cannot %s %s: %s\n", what, out->path, strerror(errno));
    exit(1);
}

bool out_make_folder(const char *path)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return true;
    fprintf(stderr, "lockstep-gen: cannot make %s: %s\n", path, strerror(errno));
    return false;
}

void out_open(struct gen_out *out, const char *path)
{
    out->used = 0;
    out->bytes = out->lines = 0;
    snprintf(out->path, sizeof out->path, "%s", path);
    out->fd = strcmp(path, "-") ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666) : STDOUT_FILENO;
    if (out->fd < 0)
        fail(out, "write");
}

static void flush(struct gen_out *out)
{
    out->bytes += out->used;
    for (size_t done = 0; done < out->used;) {
        ssize_t n = write(out->fd, out->text + done, out->used - done);
        if (n < 0 && errno != EINTR)
            fail(out, "write");
        done += n > 0 ? (size_t)n : 0;
    }
    out->used = 0;
}

void out_flush_if_full(struct gen_out *out)
{
    if (out->used > OUT_CAPACITY - OUT_LINE_MAX)
        flush(out);
}

void out_close(struct gen_out *out)
{
    flush(out);
    if (out->fd != STDOUT_FILENO && close(out->fd) != 0)
        fail(out, "close");
}

void out_decimal(struct gen_out *out, u64 value)
{
    char digits[20];
    u32 n = 0;
    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (n > 0)
        out_char(out, digits[--n]);
}

void out_signed(struct gen_out *out, s64 value)
{
    if (value < 0)
        out_char(out, '-');
    out_decimal(out, value < 0 ? -(u64)value : (u64)value);
}

void out_hex(struct gen_out *out, u64 value, u32 digits, bool is_upper)
{
    const char *letters = is_upper ? "0123456789ABCDEF" : "0123456789abcdef";
    for (u32 i = digits; i-- > 0;)
        out_char(out, letters[value >> 4 * i & 15]);
}

void out_escaped(struct gen_out *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\\' || *text == '"')
            out_char(out, '\\');
        out_char(out, *text);
    }
}
