/* SPDX-License-Identifier: BSD-3-Clause
 * Graphs as text, DOT and SVG. */
#include "diff/graph.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>

static void make(struct graph *g)
{
    u32 a = graph_add_node(g, GRAPH_PLAIN, "one\nmore");
    u32 b = graph_add_node(g, GRAPH_CYCLE, "two <&>");
    u32 c = graph_add_node(g, GRAPH_ROOT, "\"three\"");
    graph_add_edge(g, a, b, false, "first");
    graph_add_edge(g, b, c, true, NULL);
    graph_add_edge(g, c, b, false, NULL);
}

static char *written(void (*write)(const struct graph *, FILE *), bool as_svg)
{
    struct graph g = {0};
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    make(&g);
    if (as_svg)
        graph_svg(&g, out);
    else
        write(&g, out);
    fclose(out);
    graph_free(&g);
    return text;
}

static void test_text_names_nodes_by_their_first_line(void **state)
{
    (void)state;
    char *text = written(graph_text, false);
    assert_string_equal(text, "one --> two <&>  (first)\ntwo <&> ..> \"three\"\n\"three\" --> two <&>\n");
    free(text);
}

static void test_dot_escapes(void **state)
{
    (void)state;
    char *text = written(graph_dot, false);
    assert_non_null(strstr(text, "n0 [label=\"one\\lmore\"];"));
    assert_non_null(strstr(text, "n2 [label=\"\\\"three\\\"\""));
    assert_non_null(strstr(text, "n1 -> n2 [label=\"\", style=dashed];"));
    free(text);
}

/* Layers go down along the arrows, and a circle does not hang the layout. */
static void test_layout_goes_down(void **state)
{
    (void)state;
    struct graph g = {0};
    FILE *out = fopen("/dev/null", "w");
    make(&g);
    graph_svg(&g, out);
    fclose(out);
    assert_true(g.nodes[0].y + g.nodes[0].height < g.nodes[1].y);
    assert_true(g.nodes[1].y + g.nodes[1].height < g.nodes[2].y);
    assert_false(g.edges[0].is_back);
    assert_true(g.edges[2].is_back);
    assert_true(g.height >= g.nodes[2].y + g.nodes[2].height);
    graph_free(&g);
}

static void test_siblings_do_not_overlap(void **state)
{
    (void)state;
    struct graph g = {0};
    FILE *out = fopen("/dev/null", "w");
    u32 top = graph_add_node(&g, GRAPH_PLAIN, "top");
    for (u32 i = 0; i < 5; i++)
        graph_add_edge(&g, top, graph_add_node(&g, GRAPH_PLAIN, "a node with a long text"), false, NULL);
    graph_svg(&g, out);
    fclose(out);
    for (u32 i = 1; i <= 5; i++)
        for (u32 k = 1; k <= 5; k++)
            assert_true(i == k || g.nodes[i].x + g.nodes[i].width < g.nodes[k].x ||
                        g.nodes[k].x + g.nodes[k].width < g.nodes[i].x);
    graph_free(&g);
}

static void test_svg_is_escaped_and_always_the_same(void **state)
{
    (void)state;
    char *once = written(NULL, true), *again = written(NULL, true);
    assert_non_null(strstr(once, ">two &lt;&amp;&gt;</text>"));
    assert_null(strstr(once, "two <&>"));
    assert_string_equal(once, again);
    free(once);
    free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_names_nodes_by_their_first_line),
        cmocka_unit_test(test_dot_escapes),
        cmocka_unit_test(test_layout_goes_down),
        cmocka_unit_test(test_siblings_do_not_overlap),
        cmocka_unit_test(test_svg_is_escaped_and_always_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
