/* SPDX-License-Identifier: BSD-3-Clause
 * Reading XEX2 headers: every length and offset is checked against the header before anything is read there. The
 * format's manual is in xex.h. */
#include "emu/loader/xex.h"

#include "emu/loader/lzx.h"

#define SPACE_FIRST 0x80000000u
#define SPACE_END   0xA0000000u

/* True if [offset, offset + size) lies in the header. */
static bool is_inside(const struct xex *x, u32 offset, u64 size)
{
    return offset <= x->header_size && size <= x->header_size - offset;
}

static u32 word_at(const struct xex *x, u32 offset)
{
    CHECK(is_inside(x, offset, 4), "xex header at 0x%X", offset);
    return load_be32(x->file + offset);
}

static u32 key_offset(u32 i)
{
    return XEX_HEADER_KEYS + 8 * i;
}

static bool parse_front(struct xex *x, struct err *err)
{
    if (x->size < XEX_HEADER_KEYS)
        return err_set(err, "header at 0x0: the file is %zu bytes long, an XEX2 header takes at least 24", x->size);
    if (memcmp(x->file, "XEX2", 4) != 0)
        return err_set(err, "header at 0x0: not an XEX2 file (it begins with %02X %02X %02X %02X)", x->file[0],
                       x->file[1], x->file[2], x->file[3]);
    x->module_flags = load_be32(x->file + 0x04);
    x->header_size = load_be32(x->file + 0x08);
    x->security = load_be32(x->file + 0x10);
    x->key_count = load_be32(x->file + 0x14);
    if (x->header_size < XEX_HEADER_KEYS)
        return err_set(err, "header at 0x8: a header of 0x%X bytes is too small", x->header_size);
    if (x->header_size > x->size)
        return err_set(err, "header at 0x8: the header ends at 0x%X, the file already at 0x%zX", x->header_size,
                       x->size);
    if (x->key_count > (x->header_size - XEX_HEADER_KEYS) / 8)
        return err_set(err, "header at 0x14: %u optional headers do not fit into the header of 0x%X bytes",
                       x->key_count, x->header_size);
    return true;
}

/* One optional header: in order, and what it points to inside the header. */
static bool check_key(const struct xex *x, u32 i, struct err *err)
{
    u32 key = word_at(x, key_offset(i));
    u32 value = word_at(x, key_offset(i) + 4);
    u32 kind = key & 0xFF;
    if (i && key <= word_at(x, key_offset(i - 1)))
        return err_set(err, "header at 0x%X: optional header %u (key 0x%08X) is not in rising order of keys",
                       key_offset(i), i, key);
    if (kind <= 1)
        return true;
    u64 size = kind == 0xFF ? 4 : 4ull * kind;
    if (is_inside(x, value, size) && kind == 0xFF)
        size = word_at(x, value);
    if (!is_inside(x, value, size))
        return err_set(err, "header at 0x%X: optional header %u (key 0x%08X) points behind the header", key_offset(i),
                       i, key);
    if (size < 4)
        return err_set(err, "header at 0x%X: the blob of key 0x%08X says that it is %u bytes long", value, key,
                       (u32)size);
    return true;
}

struct xex_header xex_header_at(const struct xex *x, u32 i)
{
    CHECK(i < x->key_count, "optional header %u of %u", i, x->key_count);
    struct xex_header h = {.key = word_at(x, key_offset(i)), .value = word_at(x, key_offset(i) + 4)};
    u32 kind = h.key & 0xFF;
    if (kind == 0xFF) {
        h.offset = h.value + 4;
        h.size = word_at(x, h.value) - 4;
    } else if (kind > 1) {
        h.offset = h.value;
        h.size = 4 * kind;
    }
    return h;
}

static bool find_key(const struct xex *x, u32 key, struct xex_header *header)
{
    for (u32 i = 0; i < x->key_count; i++) {
        *header = xex_header_at(x, i);
        if (header->key == key)
            return true;
    }
    return false;
}

static u32 key_value(const struct xex *x, u32 key, u32 otherwise)
{
    struct xex_header header;
    return find_key(x, key, &header) ? header.value : otherwise;
}

static bool parse_security(struct xex *x, struct err *err)
{
    if (!is_inside(x, x->security, XEX_SECURITY_PAGES))
        return err_set(err, "header at 0x10: the security info at 0x%X points behind the header", x->security);
    u32 at = x->security;
    x->image_size = word_at(x, at + XEX_SECURITY_IMAGE_SIZE);
    x->image_flags = word_at(x, at + XEX_SECURITY_IMAGE_FLAGS);
    x->load_address = word_at(x, at + XEX_SECURITY_LOAD_ADDRESS);
    x->import_table_count = word_at(x, at + XEX_SECURITY_IMPORT_COUNT);
    x->descriptor_count = word_at(x, at + XEX_SECURITY_PAGE_COUNT);
    x->page_size = x->image_flags & XEX_IMAGE_PAGES_4K ? 0x1000 : 0x10000;
    x->image_base = key_value(x, XEX_IMAGE_BASE, x->load_address);
    x->original_base = key_value(x, XEX_ORIGINAL_BASE, x->image_base);
    x->exports = word_at(x, at + XEX_SECURITY_EXPORTS);
    if (!is_inside(x, at + XEX_SECURITY_PAGES, (u64)x->descriptor_count * XEX_PAGE_SIZE))
        return err_set(err, "security info at 0x%X: %u page descriptors do not fit into the header",
                       at + XEX_SECURITY_PAGE_COUNT, x->descriptor_count);
    if (x->image_base & (x->page_size - 1) || x->image_base < SPACE_FIRST || x->image_base >= SPACE_END)
        return err_set(err, "security info at 0x%X: images cannot be placed at 0x%08X", at + XEX_SECURITY_LOAD_ADDRESS,
                       x->image_base);
    if (!x->image_size || x->image_size > SPACE_END - x->image_base)
        return err_set(err, "security info at 0x%X: an image of 0x%X bytes does not fit at 0x%08X",
                       at + XEX_SECURITY_IMAGE_SIZE, x->image_size, x->image_base);
    return true;
}

bool xex_page_next(const struct xex *x, struct xex_page *page)
{
    u32 first = x->security + XEX_SECURITY_PAGES;
    page->address = page->offset ? page->address + page->size : x->image_base;
    page->offset = page->offset ? page->offset + XEX_PAGE_SIZE : first;
    if (page->offset >= first + x->descriptor_count * XEX_PAGE_SIZE)
        return false;
    u32 info = word_at(x, page->offset);
    page->kind = info & 15;
    page->size = (info >> 4) * x->page_size;
    return true;
}

static bool parse_pages(const struct xex *x, struct err *err)
{
    u64 covered = 0;
    for (u32 i = 0; i < x->descriptor_count; i++) {
        u32 offset = x->security + XEX_SECURITY_PAGES + i * XEX_PAGE_SIZE;
        u32 info = word_at(x, offset);
        u32 kind = info & 15;
        if (kind < XEX_PAGE_CODE || kind > XEX_PAGE_RODATA)
            return err_set(err, "security info at 0x%X: page descriptor %u has the unknown kind %u", offset, i, kind);
        covered += (u64)(info >> 4) * x->page_size;
        if (covered >= (u64)x->image_size + x->page_size)
            return err_set(err, "security info at 0x%X: page descriptor %u points behind the image of 0x%X bytes",
                           offset, i, x->image_size);
    }
    if (covered < x->image_size)
        return err_set(err, "security info at 0x%X: the page descriptors cover 0x%llX bytes of the image's 0x%X",
                       x->security + XEX_SECURITY_PAGES, (unsigned long long)covered, x->image_size);
    return true;
}

static bool parse_format(struct xex *x, struct err *err)
{
    struct xex_header h;
    if (!find_key(x, XEX_FILE_FORMAT, &h))
        return true;
    if (h.size < 4)
        return err_set(err, "header at 0x%X: the file format info is too short", h.offset);
    x->encryption = load_be16(x->file + h.offset);
    x->compression = load_be16(x->file + h.offset + 2);
    if (x->encryption > XEX_AES)
        return err_set(err, "header at 0x%X: unknown encryption %u", h.offset, x->encryption);
    if (x->compression > XEX_DELTA)
        return err_set(err, "header at 0x%X: unknown compression %u", h.offset + 2, x->compression);
    if (x->compression == XEX_BASIC) {
        x->runs = h.offset + 4;
        x->run_count = (h.size - 4) / 8;
    }
    if (x->compression < XEX_LZX)
        return true;
    if (h.size < 8 + XEX_BLOCK_HEADER)
        return err_set(err, "header at 0x%X: the file format info is too short for LZX", h.offset);
    x->window = word_at(x, h.offset + 4);
    x->block = h.offset + 8;
    return lzx_window_is_valid(x->window) ||
           err_set(err, "header at 0x%X: no LZX stream has a window of 0x%X bytes", h.offset + 4, x->window);
}

/* Copies text of at most size bytes, made printable: a file's name must not disturb the user's terminal. */
static void copy_name(char name[XEX_NAME_MAX], const u8 *text, u32 size)
{
    u32 n = 0;
    for (; n < size && n < XEX_NAME_MAX - 1 && text[n]; n++)
        name[n] = (char)(text[n] >= 0x20 && text[n] < 0x7F ? text[n] : '?');
    name[n] = 0;
}

/* Name number `index` of the blob's strings. */
static bool library_name(const struct xex *x, u32 strings, u32 bytes, u32 count, u32 index, struct xex_library *library,
                         struct err *err)
{
    u32 at = 0;
    for (u32 i = 0; i < count && at < bytes; i++) {
        u32 length = (u32)strnlen((const char *)x->file + strings + at, bytes - at);
        if (length == bytes - at)
            break;
        if (i == index) {
            copy_name(library->name, x->file + strings + at, length);
            return true;
        }
        at += (length + 4) & ~3u;
    }
    return err_set(err, "imports at 0x%X: the table names string %u, there is no such string", library->offset, index);
}

static bool parse_library(struct xex *x, u32 offset, u32 end, struct err *err)
{
    if (x->library_count == XEX_LIBRARIES_MAX)
        return err_set(err, "imports at 0x%X: more than %u libraries", offset, XEX_LIBRARIES_MAX);
    u32 size = end - offset >= XEX_TABLE_ADDRESSES ? word_at(x, offset) : 0;
    if (size < XEX_TABLE_ADDRESSES || size > end - offset)
        return err_set(err, "imports at 0x%X: the table's size 0x%X is wrong, 0x%X bytes are left", offset, size,
                       end - offset);
    struct xex_library *library = &x->libraries[x->library_count++];
    library->offset = offset;
    library->size = size;
    library->id = word_at(x, offset + 24);
    library->version = word_at(x, offset + 28);
    library->minimum = word_at(x, offset + 32);
    library->record_count = load_be16(x->file + offset + 38);
    if (!library->record_count)
        return err_set(err, "imports at 0x%X: the table has no records", offset + 38);
    if (library->record_count > (size - XEX_TABLE_ADDRESSES) / 4)
        return err_set(err, "imports at 0x%X: %u records do not fit into the table of 0x%X bytes", offset + 38,
                       library->record_count, size);
    return true;
}

static bool parse_imports(struct xex *x, struct err *err)
{
    struct xex_header h;
    if (!find_key(x, XEX_IMPORTS, &h))
        return true;
    x->imports = h.value;
    u32 end = h.offset + h.size;
    u32 bytes = h.size >= 8 ? word_at(x, h.offset) : 0;
    if (h.size < 8 || bytes > h.size - 8)
        return err_set(err, "imports at 0x%X: 0x%X bytes of strings do not fit", h.offset, bytes);
    u32 count = word_at(x, h.offset + 4);
    u32 strings = h.offset + 8;
    for (u32 at = strings + bytes; at < end; at += x->libraries[x->library_count - 1].size) {
        if (!parse_library(x, at, end, err))
            return false;
        struct xex_library *library = &x->libraries[x->library_count - 1];
        if (!library_name(x, strings, bytes, count, x->file[at + 37], library, err))
            return false;
    }
    return true;
}

static bool parse_tls(struct xex *x, struct err *err)
{
    struct xex_header h;
    if (!find_key(x, XEX_TLS_INFO, &h))
        return true;
    x->tls = (struct xex_tls){
        .slots = word_at(x, h.offset),
        .address = word_at(x, h.offset + 4),
        .size = word_at(x, h.offset + 8),
        .raw_size = word_at(x, h.offset + 12),
    };
    struct xex_tls *t = &x->tls;
    if (t->raw_size > t->size)
        return err_set(err, "TLS info at 0x%X: 0x%X bytes of data in a block of 0x%X", h.offset, t->raw_size, t->size);
    if (t->size > XEX_TLS_MAX)
        return err_set(err, "TLS info at 0x%X: a block of 0x%X bytes is too large", h.offset, t->size);
    u32 start = t->address - x->image_base;
    if (t->raw_size && (start >= x->image_size || t->raw_size > x->image_size - start))
        return err_set(err, "TLS info at 0x%X: data at 0x%08X lies outside the image", h.offset, t->address);
    return true;
}

static void parse_execution(struct xex *x)
{
    struct xex_header h;
    if (!find_key(x, XEX_EXECUTION_INFO, &h))
        return;
    const u8 *p = x->file + h.offset;
    x->execution = (struct xex_execution){
        .media_id = load_be32(p),
        .version = load_be32(p + 4),
        .base_version = load_be32(p + 8),
        .title_id = load_be32(p + 12),
        .platform = p[16],
        .table = p[17],
        .disc = p[18],
        .discs = p[19],
        .savegame_id = load_be32(p + 20),
    };
}

static bool parse_entry(struct xex *x, struct err *err)
{
    x->entry = key_value(x, XEX_ENTRY_POINT, 0);
    x->stack_size = key_value(x, XEX_STACK_SIZE, 0);
    x->system_flags = key_value(x, XEX_SYSTEM_FLAGS, 0);
    if (x->entry && (x->entry - x->image_base >= x->image_size || x->entry & 3))
        return err_set(err, "entry point: 0x%08X is not an instruction of the image at 0x%08X..0x%08X", x->entry,
                       x->image_base, x->image_base + x->image_size - 1);
    return true;
}

bool xex_parse(struct xex *x, const u8 *file, size_t size, struct err *err)
{
    memset(x, 0, sizeof *x);
    x->file = file;
    x->size = size;
    if (!parse_front(x, err))
        return false;
    for (u32 i = 0; i < x->key_count; i++)
        if (!check_key(x, i, err))
            return false;
    struct xex_header h;
    if (find_key(x, XEX_PE_NAME, &h))
        copy_name(x->pe_name, file + h.offset, h.size);
    if (find_key(x, XEX_EXPORTS_BY_NAME, &h))
        x->names = load_be32(file + h.offset);
    parse_execution(x);
    if (find_key(x, XEX_CHECKSUM_TIME, &h)) {
        x->checksum = load_be32(file + h.offset);
        x->time = load_be32(file + h.offset + 4);
    }
    if (!parse_security(x, err) || !parse_format(x, err))
        return false;
    x->names = x->names ? x->image_base + x->names : 0;
    /* The rest of a patch's header is nobody's: the patched title has its own. */
    return xex_is_patch(x) ||
           (parse_pages(x, err) && parse_imports(x, err) && parse_tls(x, err) && parse_entry(x, err));
}

const struct xex_key_info *xex_key_info(u32 key)
{
    static const struct xex_key_info rows[] = {
#define XEX_KEY(number, text, how, by) {.key = number, .use = XEX_##how, .name = text, .what = by},
#include "emu/loader/xex_keys.def"
    };
    for (size_t i = 0; i < countof(rows); i++)
        if (rows[i].key == key)
            return &rows[i];
    return NULL;
}

const char *xex_use_name(enum xex_use use)
{
    static const char *const names[] = {[XEX_USED] = "used", [XEX_TITLE] = "for the title", [XEX_SHOWN] = "only shown"};
    return names[use];
}
