/* SPDX-License-Identifier: BSD-3-Clause
 * The command processor on streams that no title would write: it reads on, stays in its bounds and comes to an end. */
#include "tests/unit/rig.h"

#include "emu/gpu/gpu.h"

enum { RING = 0x100000, RING_WORDS = 4096, SLICE = 1000 };

#define PHYSICAL 0xA0000000u

static struct rig *ready(void)
{
    struct rig *rig = rig_create();
    gpu_set_ring(rig->e, RING, RING_WORDS);
    rig->e->m->gpu.writeback = 0x80000;
    return rig;
}

static void put(struct rig *rig, u32 place, u32 word)
{
    u8 bytes[4];
    store_be32(bytes, word);
    memory_poke(rig->e, PHYSICAL + RING + place % RING_WORDS * 4, bytes, sizeof bytes);
}

static void tick(struct rig *rig)
{
    struct machine *m = rig->e->m;
    m->tick += SLICE;
    m->slice_end = m->tick + SLICE;
    gpu_tick(rig->e);
}

static u32 draw(u64 *state)
{
    *state = *state * 6364136223846793005ull + 1442695040888963407ull;
    return (u32)(*state >> 32);
}

/* Mostly type 3 with opcodes that exist, short, with addresses near the ring itself. */
static u32 hostile_word(u64 *state)
{
    u32 word = draw(state);
    if (draw(state) % 3 == 0)
        return 3u << 30 | (word % 8) << 16 | (0x10 + word % 0x60) << 8 | (word >> 31);
    return draw(state) % 2 ? RING + word % (RING_WORDS * 4) : word;
}

static void test_ring_survives_any_words(void **state)
{
    (void)state;
    for (u64 seed = 1; seed <= 200; seed++) {
        struct rig *rig = ready();
        u64 random = seed;
        for (u32 i = 0; i < RING_WORDS; i++)
            put(rig, i, hostile_word(&random));
        for (u32 i = 0; i < 20; i++) {
            gpu_store(rig->e, GPU_CP_RB_WPTR, draw(&random) % 3 ? draw(&random) % RING_WORDS : draw(&random));
            tick(rig);
            const struct gpu *gpu = &rig->e->m->gpu;
            assert_true(gpu->read < RING_WORDS);
            assert_true(gpu->depth <= GPU_DEPTH);
        }
        rig_destroy(rig);
    }
}

static void test_ring_reads_at_its_pace(void **state)
{
    (void)state;
    struct rig *rig = ready();
    rig->e->m->config.gpu_words_per_tick = 1;
    for (u32 i = 0; i < RING_WORDS; i++)
        put(rig, i, 2u << 30);
    gpu_store(rig->e, GPU_CP_RB_WPTR, 2500);
    rig->e->m->next_deadline = TICKS_NEVER;
    tick(rig);
    assert_int_equal(rig->e->m->gpu.read, SLICE);
    assert_int_equal(rig->e->m->next_deadline, rig->e->m->slice_end);
    tick(rig);
    tick(rig);
    assert_int_equal(rig->e->m->gpu.read, 2500);
    assert_int_equal(gpu_read_memory(rig->e, 0x80002), 2500);
    rig_destroy(rig);
}

/* A buffer that calls itself is read for ever, but never faster than the clock. */
static void test_ring_endless_buffer_takes_its_time(void **state)
{
    (void)state;
    struct rig *rig = ready();
    put(rig, 0, 3u << 30 | 1u << 16 | 0x3F << 8);
    put(rig, 1, RING);
    put(rig, 2, 3);
    gpu_store(rig->e, GPU_CP_RB_WPTR, 3);
    for (u32 i = 0; i < 50; i++)
        tick(rig);
    assert_int_equal(rig->e->m->gpu.depth, 1);
    assert_true(rig->e->m->gpu.packets > 1000);
    rig_destroy(rig);
}

static void test_ring_waits_for_the_rest_of_a_packet(void **state)
{
    (void)state;
    struct rig *rig = ready();
    put(rig, 0, 3u << 30 | 1u << 16 | 0x3D << 8);
    put(rig, 1, 0x90002);
    put(rig, 2, 77);
    gpu_store(rig->e, GPU_CP_RB_WPTR, 2);
    tick(rig);
    assert_int_equal(rig->e->m->gpu.read, 0);
    gpu_store(rig->e, GPU_CP_RB_WPTR, 3);
    tick(rig);
    assert_int_equal(rig->e->m->gpu.read, 3);
    assert_int_equal(gpu_read_memory(rig->e, 0x90002), 77);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ring_survives_any_words),
        cmocka_unit_test(test_ring_reads_at_its_pace),
        cmocka_unit_test(test_ring_endless_buffer_takes_its_time),
        cmocka_unit_test(test_ring_waits_for_the_rest_of_a_packet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
