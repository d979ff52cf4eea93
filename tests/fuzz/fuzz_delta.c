/* SPDX-License-Identifier: BSD-3-Clause
 * Fuzzes patches of a small title. Digests that do not match would end most runs at once, so the fuzzer puts right ones
 * in: of the source, and of each block. With LOCKSTEP_SEED=FILE in the environment it writes a good patch there. */
#include "tests/unit/loader_sample.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerInitialize(int *count, char ***arguments);

enum { IMAGE_MAX = 1 << 22 };

#define BASE 0x82000000u

static u8 *title;
static struct xex base;
static struct xex_image image;

static u8 *make(bool is_new, size_t *size)
{
    struct err err;
    struct mkxex_options options = {.compress = XEX_BASIC, .title_id = 0x4C530042, .name = "sample.exe"};
    options.stack_size = is_new ? 0x40000 : 0x20000;
    u8 *elf = sample_elf(BASE), *xex = NULL;
    for (u32 i = 0x20; is_new && i < 0x80; i += 4)
        elf[0x1000 + i] ^= 0x55;
    CHECK(mkxex_build(elf, SAMPLE_ELF_SIZE, &options, &xex, size, &err), "%s", err.text);
    free(elf);
    return xex;
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    struct err err;
    size_t size, new_size, patch_size;
    const char *seed = getenv("LOCKSTEP_SEED");
    (void)count, (void)arguments;
    title = make(false, &size);
    CHECK(xex_parse(&base, title, size, &err) && xex_image_init(&image, &base, NULL, &err), "%s", err.text);
    if (!seed)
        return 0;
    u8 *new = make(true, &new_size), *patch = NULL;
    const struct mkxex_options options = {0};
    CHECK(mkxex_patch(title, size, new, new_size, &options, &patch, &patch_size, &err), "%s", err.text);
    FILE *out = fopen(seed, "wb");
    CHECK(out && fwrite(patch, 1, patch_size, out) == patch_size && fclose(out) == 0, "%s", seed);
    free(new);
    free(patch);
    return 0;
}

static void put_source(const struct xex *x, u8 *file)
{
    for (u32 i = 0; i < x->key_count; i++) {
        struct xex_header h = xex_header_at(x, i);
        if (h.key == XEX_DELTA_PATCH && h.size >= 0x1C)
            xex_digest(file + h.value + 0x0C, title + base.security + XEX_SECURITY_SIGNATURE, 0x100, NULL, 0);
    }
}

/* From the first block on; a chain has no end that could be filled from, so each digest is of the block as it is then,
 * and only the first block's is sure to match. */
static void put_digests(const struct xex *x, u8 *file)
{
    if (x->encryption != XEX_PLAIN || x->compression < XEX_LZX || !x->block)
        return;
    u8 *block = file + x->header_size, *digest = file + x->block + 4;
    u32 bytes = load_be32(file + x->block);
    if (bytes >= XEX_BLOCK_HEADER && bytes <= x->size - x->header_size)
        xex_digest(digest, block, bytes, NULL, 0);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct xex x;
    struct err err;
    u8 *file = malloc(size + 1);
    memcpy(file, data, size);
    if (xex_parse(&x, file, size, &err)) {
        put_source(&x, file);
        put_digests(&x, file);
    }
    struct xex_patched patched = {0};
    if (!xex_parse(&x, file, size, &err) || x.image_size <= IMAGE_MAX)
        if (xex_patch(&patched, &base, &image, NULL, file, size, &err) && patched.xex.image_size <= IMAGE_MAX)
            xex_check(&patched.xex, &patched.image, NULL, NULL);
    xex_patched_finish(&patched);
    free(file);
    return 0;
}
