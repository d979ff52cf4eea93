/* SPDX-License-Identifier: BSD-3-Clause
 * VMX128: mostly AltiVec's instructions with seven-bit register numbers; those are the same functions. The console's
 * own are below, from public descriptions of them. */
#include "emu/cpu/vmx_float.h"

void ppc_run_lvsl128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_lvsl(c, o, e);
}

void ppc_run_vsldoi128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vsldoi(c, o, e);
}

void ppc_run_lvsr128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_lvsr(c, o, e);
}

void ppc_run_lvewx128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_lvewx(c, o, e);
}

void ppc_run_lvx128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_lvx(c, o, e);
}

void ppc_run_stvewx128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_stvewx(c, o, e);
}

void ppc_run_stvx128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_stvx(c, o, e);
}

void ppc_run_lvxl128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_lvxl(c, o, e);
}

void ppc_run_stvxl128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_stvxl(c, o, e);
}

void ppc_run_lvlx128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_lvlx(c, o, e);
}

void ppc_run_lvrx128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_lvrx(c, o, e);
}

void ppc_run_stvlx128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_stvlx(c, o, e);
}

void ppc_run_stvrx128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_stvrx(c, o, e);
}

void ppc_run_lvlxl128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_lvlxl(c, o, e);
}

void ppc_run_lvrxl128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_lvrxl(c, o, e);
}

void ppc_run_stvlxl128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_stvlxl(c, o, e);
}

void ppc_run_stvrxl128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_stvrxl(c, o, e);
}

void ppc_run_vperm128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vperm(c, o, e);
}

void ppc_run_vaddfp128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vaddfp(c, o, e);
}

void ppc_run_vsubfp128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vsubfp(c, o, e);
}

void ppc_run_vpkshss128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vpkshss(c, o, e);
}

void ppc_run_vand128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vand(c, o, e);
}

void ppc_run_vpkshus128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vpkshus(c, o, e);
}

void ppc_run_vandc128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vandc(c, o, e);
}

void ppc_run_vpkswss128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vpkswss(c, o, e);
}

void ppc_run_vnor128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vnor(c, o, e);
}

void ppc_run_vpkswus128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vpkswus(c, o, e);
}

void ppc_run_vor128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vor(c, o, e);
}

void ppc_run_vpkuhum128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vpkuhum(c, o, e);
}

void ppc_run_vxor128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vxor(c, o, e);
}

void ppc_run_vpkuhus128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vpkuhus(c, o, e);
}

void ppc_run_vpkuwum128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vpkuwum(c, o, e);
}

void ppc_run_vslo128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vslo(c, o, e);
}

void ppc_run_vpkuwus128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vpkuwus(c, o, e);
}

void ppc_run_vsro128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vsro(c, o, e);
}

void ppc_run_vcmpeqfp128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vcmpeqfp(c, o, e);
}

void ppc_run_vrlw128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vrlw(c, o, e);
}

void ppc_run_vcmpgefp128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vcmpgefp(c, o, e);
}

void ppc_run_vslw128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vslw(c, o, e);
}

void ppc_run_vcmpgtfp128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vcmpgtfp(c, o, e);
}

void ppc_run_vsraw128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vsraw(c, o, e);
}

void ppc_run_vcmpbfp128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vcmpbfp(c, o, e);
}

void ppc_run_vsrw128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vsrw(c, o, e);
}

void ppc_run_vcmpequw128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vcmpequw(c, o, e);
}

void ppc_run_vcfpsxws128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vctsxs(c, o, e);
}

void ppc_run_vcfpuxws128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vctuxs(c, o, e);
}

void ppc_run_vmaxfp128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vmaxfp(c, o, e);
}

void ppc_run_vcsxwfp128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vcfsx(c, o, e);
}

void ppc_run_vminfp128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vminfp(c, o, e);
}

void ppc_run_vcuxwfp128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vcfux(c, o, e);
}

void ppc_run_vmrghw128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vmrghw(c, o, e);
}

void ppc_run_vrfim128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vrfim(c, o, e);
}

void ppc_run_vmrglw128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vmrglw(c, o, e);
}

void ppc_run_vrfin128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vrfin(c, o, e);
}

void ppc_run_vupkhsb128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vupkhsb(c, o, e);
}

void ppc_run_vrfip128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vrfip(c, o, e);
}

void ppc_run_vupklsb128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vupklsb(c, o, e);
}

void ppc_run_vrfiz128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vrfiz(c, o, e);
}

void ppc_run_vrefp128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vrefp(c, o, e);
}

void ppc_run_vrsqrtefp128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vrsqrtefp(c, o, e);
}

void ppc_run_vexptefp128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vexptefp(c, o, e);
}

void ppc_run_vlogefp128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vlogefp(c, o, e);
}

void ppc_run_vspltw128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vspltw(c, o, e);
}

void ppc_run_vspltisw128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    ppc_run_vspltisw(c, o, e);
}

/* The third operand is vd itself. */
static struct ppc_op with_third(const struct ppc_op *o, u8 b, u8 c)
{
    struct ppc_op third = *o;
    third.b = b;
    third.c = c;
    return third;
}

void ppc_run_vmaddfp128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    struct ppc_op third = with_third(o, o->d, o->b);
    ppc_run_vmaddfp(c, &third, e);
}

void ppc_run_vmaddcfp128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    struct ppc_op third = with_third(o, o->b, o->d);
    ppc_run_vmaddfp(c, &third, e);
}

void ppc_run_vnmsubfp128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    struct ppc_op third = with_third(o, o->d, o->b);
    ppc_run_vnmsubfp(c, &third, e);
}

void ppc_run_vsel128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    struct ppc_op third = with_third(o, o->b, o->d);
    ppc_run_vsel(c, &third, e);
}

/* The scalar product of the first lanes, in every lane: products exact, added left to right in double precision,
 * rounded to single at the end. A finite sum beyond the singles gives a NaN, not an infinity, and a denormal one is
 * flushed whatever NJ says: titles are known to depend on both. UNKNOWN: the console's order of additions and whether
 * its inner sums are of just this width; no recorded vector tells. */
static void scalar_product(struct ppc *c, const struct ppc_op *o, u32 lanes)
{
    bool flush = is_flushing(c);
    u32 nan = 0;
    double total = 0;
    for (u32 i = 0; i < lanes; i++) {
        u32 x = lane32(&c->v[o->a], i), y = lane32(&c->v[o->b], i);
        if (!nan && (single_is_nan(x) || single_is_nan(y)))
            nan = single_quiet(single_is_nan(x) ? x : y);
        double product = (double)fp_float(single_flush(x, flush)) * (double)fp_float(single_flush(y, flush));
        total = i ? total + product : product;
    }
    u32 value = nan ? nan : single_result(total, true);
    if ((value & ~SINGLE_SIGN) == SINGLE_INF && total - total == 0)
        value = SINGLE_QNAN;
    for (u32 i = 0; i < 4; i++)
        set32(&c->v[o->d], i, value);
}

void ppc_run_vmsum3fp128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    scalar_product(c, o, 3);
}

void ppc_run_vmsum4fp128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    scalar_product(c, o, 4);
}

/* Words of vb rotated left by z places; those that the mask names go into vd, word 0 by its bit 8. */
void ppc_run_vrlimi128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    struct vector y = c->v[o->b];
    for (u32 i = 0; i < 4; i++)
        if (o->a & 8 >> i)
            set32(&c->v[o->d], i, lane32(&y, (i + o->h) & 3));
}

void ppc_run_vpermwi128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    struct vector y = c->v[o->b];
    for (u32 i = 0; i < 4; i++)
        set32(&c->v[o->d], i, lane32(&y, (u32)o->i >> (6 - 2 * i) & 3));
}
