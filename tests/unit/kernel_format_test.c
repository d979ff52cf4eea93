/* SPDX-License-Identifier: BSD-3-Clause
 * The printf engine: against the host's where both agree by definition, against known texts where the console's library
 * has its own way; DbgPrint's events; buffers that are too small or not there. */
#include "tests/unit/rig.h"

#include <stdio.h>

enum { FORMAT = RIG_DATA + 0x100, TEXT = RIG_DATA + 0x2000, BUFFER = RIG_DATA + 0x4000, LIST = RIG_DATA + 0x8000 };

static u64 bits(double d)
{
    u64 u;
    memcpy(&u, &d, sizeof u);
    return u;
}

static char out[8192];

/* sprintf through the export; arguments are slots. */
static const char *guest(struct rig *rig, const char *format, u64 a, u64 b, u64 c)
{
    rig_text(rig, FORMAT, format);
    u64 length = rig_call(rig, xboxkrnl_sprintf, BUFFER, FORMAT, a, b, c);
    assert_true(memory_read_string(rig->e, BUFFER, out, sizeof out));
    assert_int_equal(length, strlen(out));
    return out;
}

static void test_integers(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    static const struct {
        const char *format;
        u64 value;
        const char *text;
    } row[] = {
        {"%d", 0xFFFFFFFFFFFFFFFFull, "-1"},
        {"%d", 0x80000000, "-2147483648"},
        {"%u", 0xFFFFFFFF, "4294967295"},
        {"%5d|", 42, "   42|"},
        {"%-5d|", 42, "42   |"},
        {"%05d", (u64)-42, "-0042"},
        {"%+d", 7, "+7"},
        {"% d", 7, " 7"},
        {"%.3d", 7, "007"},
        {"%8.3d", 7, "     007"},
        {"%08.3d", 7, "     007"},
        {"%x", 0xABCDEF, "abcdef"},
        {"%#X", 0xABC, "0XABC"},
        {"%#x", 0, "0"},
        {"%o", 8, "10"},
        {"%#o", 8, "010"},
        {"%p", 0x82001000, "82001000"},
        {"%p", 0xAB, "000000AB"},
        {"%I64d", (u64)-5, "-5"},
        {"%I64x", 1ull << 40, "10000000000"},
        {"%lld", 1ull << 40, "1099511627776"},
        {"%llu", UINT64_MAX, "18446744073709551615"},
        {"%lld", 1ull << 63, "-9223372036854775808"},
        {"%hd", 0x18000, "-32768"},
        {"%hhu", 0x1FF, "255"},
        {"%ld", 5, "5"},
        {"%I32u", 5, "5"},
        {"%c%%", 'x', "x%"},
        {"%.0d|", 0, "|"},
        {"%y", 0, "y"},
        {"100%", 0, "100"},
        {"%3c|", 'x', "  x|"},
    };
    for (u32 i = 0; i < countof(row); i++)
        assert_string_equal(guest(rig, row[i].format, row[i].value, 0, 0), row[i].text);
    assert_string_equal(guest(rig, "%*d|", (u64)-4, 7, 0), "7   |");
    assert_string_equal(guest(rig, "%.*f", 2, bits(1.005), 0), "1.00");
    assert_string_equal(guest(rig, "%.*d", (u64)-1, 0, 0), "0");
    rig_destroy(rig);
}

static void test_strings(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    rig_text(rig, TEXT, "hello");
    for (u32 i = 0; i <= 5; i++)
        memory_set16(rig->e, TEXT + 0x100 + i * 2, (u16) "wide!"[i]);
    assert_string_equal(guest(rig, "%s", TEXT, 0, 0), "hello");
    assert_string_equal(guest(rig, "%8s|%-8s|", TEXT, TEXT, 0), "   hello|hello   |");
    assert_string_equal(guest(rig, "%.2s", TEXT, 0, 0), "he");
    assert_string_equal(guest(rig, "%S", TEXT + 0x100, 0, 0), "wide!");
    assert_string_equal(guest(rig, "%ls %ws", TEXT + 0x100, TEXT + 0x100, 0), "wide! wide!");
    assert_string_equal(guest(rig, "%s|%6s", 0, 0, 0), "(null)|(null)");
    memory_set16(rig->e, TEXT + 0x200, 3);
    memory_set32(rig->e, TEXT + 0x204, TEXT);
    assert_string_equal(guest(rig, "%Z", TEXT + 0x200, 0, 0), "hel");
    assert_string_equal(guest(rig, "%.3s", RIG_DATA + RIG_DATA_SIZE - 3, 0, 0), ""); /* zero bytes at the end */
    memory_set8(rig->e, RIG_DATA + RIG_DATA_SIZE - 1, 'e');
    assert_string_equal(guest(rig, "%.1s", RIG_DATA + RIG_DATA_SIZE - 1, 0, 0), "e");
    rig_destroy(rig);
}

static void test_doubles_equal_the_hosts(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    static const char *const formats[] = {"%f",    "%.0f", "%.1f", "%.3f",  "%.20f", "%10.2f", "%-12.4f|",
                                          "%+.2f", "%g",   "%.3g", "%.17g", "%#.5g", "%G"};
    u64 seed = 12345;
    for (u32 i = 0; i < 3000; i++) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        u64 value = i % 3 ? bits((double)(s64)seed / 1099511627776.0) : seed & 0xFFFFFFFFFFFFFull;
        value = i % 3 == 0 ? value | (u64)(seed >> 53) << 52 : value;
        if ((value >> 52 & 0x7FF) == 0x7FF)
            continue;
        double d;
        memcpy(&d, &value, sizeof d);
        const char *format = formats[i % countof(formats)];
        char want[4096];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(want, sizeof want, format, d);
#pragma GCC diagnostic pop
        const char *got = guest(rig, format, value, 0, 0);
        const char *e = strpbrk(want, "eE"); /* the host's exponents have two digits */
        if (e && strlen(e) == 4) {
            char fixed[64];
            snprintf(fixed, sizeof fixed, "%.*s0%s", (int)(e + 2 - want), want, e + 2);
            assert_string_equal(got, fixed);
        } else {
            assert_string_equal(got, want);
        }
    }
    rig_destroy(rig);
}

static void test_doubles_in_the_consoles_way(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    static const struct {
        const char *format;
        double value;
        const char *text;
    } row[] = {
        {"%e", 1.5, "1.500000e+000"},
        {"%E", 0.000123, "1.230000E-004"},
        {"%.0e", 9.5e9, "1e+010"},
        {"%.2e", 0, "0.00e+000"},
        {"%g", 1e300, "1e+300"},
        {"%g", 1e-5, "1e-005"},
        {"%.0f", 0.5, "1"},
        {"%.0f", 2.5, "3"},
        {"%.0f", -1.5, "-2"},
        {"%.2f", 0.005, "0.01"},
        {"%.2f", 0.004, "0.00"},
        {"%.1f", 0.05, "0.1"},
        {"%.3f", 999.9996, "1000.000"},
        {"%f", -0.0, "-0.000000"},
        {"%.0f", 9.99, "10"},
        {"%#.0f", 3, "3."},
        {"%g", 100000, "100000"},
        {"%g", 1000000, "1e+006"},
        {"%g", 0.0001, "0.0001"},
        {"%g", 0, "0"},
        {"%08.2f", -3.14159, "-0003.14"},
        {"%.0f", 0.49, "0"},
        {"%g", 999999.5, "1e+006"},
    };
    for (u32 i = 0; i < countof(row); i++)
        assert_string_equal(guest(rig, row[i].format, bits(row[i].value), 0, 0), row[i].text);
    assert_string_equal(guest(rig, "%f", 0x7FF0000000000000ull, 0, 0), "1.#INF00");
    assert_string_equal(guest(rig, "%f", 0xFFF8000000000000ull, 0, 0), "-1.#IND00");
    guest(rig, "%.4096f", 1, 0, 0); /* the least double, in full */
    assert_int_equal(strlen(out), 4098);
    assert_string_equal(guest(rig, "%.5e", bits(1.7976931348623157e308), 0, 0), "1.79769e+308");
    rig_destroy(rig);
}

static void test_snprintf_cuts_as_the_console(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    rig_text(rig, FORMAT, "12345");
    memory_poke(rig->e, BUFFER, "zzzzzzzz", 9);
    assert_int_equal(rig_call(rig, xboxkrnl__snprintf, BUFFER, 3, FORMAT), (u64)-1);
    assert_int_equal(memory_get32(rig->e, BUFFER), 0x3132337A);
    assert_int_equal(rig_call(rig, xboxkrnl__snprintf, BUFFER, 5, FORMAT), 5);
    assert_int_equal(memory_get8(rig->e, BUFFER + 5), 'z');
    assert_int_equal(rig_call(rig, xboxkrnl__snprintf, BUFFER, 6, FORMAT), 5);
    assert_int_equal(memory_get8(rig->e, BUFFER + 5), 0);
    assert_int_equal(rig_call(rig, xboxkrnl__snprintf, 0, 0, FORMAT), (u64)-1);
    assert_int_equal(rig_call(rig, xboxkrnl__scprintf, FORMAT), 5);
    rig_destroy(rig);
}

static void test_lists_and_wide_formats(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    rig_text(rig, FORMAT, "%d %s %.1f");
    memory_set64(rig->e, LIST, 7);
    memory_set64(rig->e, LIST + 8, rig_text(rig, TEXT, "x"));
    memory_set64(rig->e, LIST + 16, bits(2.5));
    assert_int_equal(rig_call(rig, xboxkrnl_vsprintf, BUFFER, FORMAT, LIST), 7);
    assert_true(memory_read_string(rig->e, BUFFER, out, sizeof out));
    assert_string_equal(out, "7 x 2.5");
    for (u32 i = 0; i <= 5; i++)
        memory_set16(rig->e, FORMAT + i * 2, (u16) "%d-%S"[i]);
    assert_int_equal(rig_call(rig, xboxkrnl_vswprintf, BUFFER, FORMAT, LIST), 3);
    assert_int_equal(memory_get64(rig->e, BUFFER), 0x0037002D00780000ull);
    assert_int_equal(rig_call(rig, xboxkrnl__vscwprintf, FORMAT, LIST), 3);
    assert_int_equal(rig_call(rig, xboxkrnl__scwprintf, FORMAT, 12345, TEXT), 7);
    assert_int_equal(rig_call(rig, xboxkrnl_swprintf, BUFFER, FORMAT, 1, TEXT), 3);
    assert_int_equal(memory_get32(rig->e, BUFFER), 0x0031002D);
    memory_set64(rig->e, BUFFER, UINT64_MAX);
    assert_int_equal(rig_call(rig, xboxkrnl__vsnwprintf, BUFFER, 2, FORMAT, LIST), (u64)-1);
    assert_int_equal(memory_get64(rig->e, BUFFER), 0x0037002DFFFFFFFFull);
    rig_text(rig, FORMAT, "%d");
    assert_int_equal(rig_call(rig, xboxkrnl__vscprintf, FORMAT, LIST), 1);
    rig_destroy(rig);
}

static void test_print_gives_an_event_a_line(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    rig_text(rig, FORMAT, "a %d\r\n\nb %s %d %d %d %d %d %d");
    memory_set64(rig->e, RIG_DATA + 0x50, 8); /* the ninth argument */
    rig->e->m->threads[1].cpu.r[1] = RIG_DATA;
    rig_call(rig, xboxkrnl_DbgPrint, FORMAT, 1, rig_text(rig, TEXT, "s"), 3, 4, 5, 6, 7);
    assert_int_equal(rig->event_count, 3);
    assert_string_equal(rig_string(rig, rig->events[0].v[0]), "a 1");
    assert_string_equal(rig_string(rig, rig->events[1].v[0]), "");
    assert_string_equal(rig_string(rig, rig->events[2].v[0]), "b s 3 4 5 6 7 8");
    assert_int_equal(rig->events[2].kind, EVENT_print);
    rig_destroy(rig);
}

static void test_wild_pointers_are_guest_faults(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    static const u32 wild[] = {0, 1, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFE, 0x7FC80000};
    rig_text(rig, FORMAT, "%s %d %n %Z");
    for (u32 i = 0; i < countof(wild); i++) {
        struct ppc *c = &rig->e->m->threads[1].cpu;
        c->stop = CPU_RUN;
        rig_call(rig, xboxkrnl_sprintf, BUFFER, wild[i]);
        assert_int_equal(c->stop, CPU_FAULT);
        c->stop = CPU_RUN;
        rig_call(rig, xboxkrnl_sprintf, wild[i], FORMAT, 0, 0, BUFFER, 0);
        assert_int_equal(c->stop, CPU_FAULT);
        c->stop = CPU_RUN;
        rig_call(rig, xboxkrnl_vsprintf, BUFFER, FORMAT, wild[i]);
        rig_call(rig, xboxkrnl_DbgPrint, wild[i]);
        rig_call(rig, xboxkrnl_DbgPrint, FORMAT, wild[i], wild[i], wild[i], wild[i]);
        rig_call(rig, xboxkrnl__snwprintf, wild[i], 0xFFFFFFFF, wild[i]);
    }
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_doubles_equal_the_hosts),
        cmocka_unit_test(test_doubles_in_the_consoles_way),
        cmocka_unit_test(test_snprintf_cuts_as_the_console),
        cmocka_unit_test(test_lists_and_wide_formats),
        cmocka_unit_test(test_print_gives_an_event_a_line),
        cmocka_unit_test(test_wild_pointers_are_guest_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
