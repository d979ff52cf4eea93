/* SPDX-License-Identifier: BSD-3-Clause
 * VMX128's packing to and from the vertex formats of Direct3D. Integers travel in the low bits of a float's fraction:
 * 3.0 + n * 2^-22 holds a signed n, 1.0 + n * 2^-23 an unpacked unsigned one, as the console's libraries prepare them.
 * From public descriptions, and the tests that Xenia's authors wrote by them: formats, saturation, the placing of the
 * result, a NaN taken for the least value. UNKNOWN: type 7; what a pack of nothing (y = 0) does, here nothing. */
#include "emu/cpu/vmx_float.h"

enum d3d_type { D3D_COLOR, D3D_SHORT2, D3D_PACKED32, D3D_HALF2, D3D_SHORT4, D3D_HALF4, D3D_PACKED64 };

#define ONE   0x3F800000u
#define THREE 0x40400000u

/* The integer in a float, saturated to [low, high]. */
static u32 integer_of(u32 bits, s32 low, s32 high)
{
    s32 least = (s32)THREE + low, greatest = (s32)THREE + high, value = (s32)bits;
    if (single_is_nan(bits) || value < least)
        return (u32)low;
    return (u32)(value > greatest ? high : value - (s32)THREE);
}

/* Signed, of so many bits; the one number without a positive twin is left out. */
static u32 signed_of(u32 bits, u32 width)
{
    s32 greatest = (1 << (width - 1)) - 1;
    return integer_of(bits, -greatest, greatest) & ((1u << width) - 1);
}

static u32 float_of_signed(u32 field, u32 width)
{
    u32 top = 1u << (width - 1);
    field &= top + top - 1;
    return field == top ? SINGLE_QNAN : THREE + (field ^ top) - top;
}

/* The console's half: no infinities and NaNs but one more binade, no denormals; the tail is cut off. */
static u32 half_of(u32 bits)
{
    u32 sign = bits >> 16 & 0x8000, magnitude = bits & ~SINGLE_SIGN;
    if (magnitude >= 0x47FFE000)
        return sign | 0x7FFF;
    return magnitude < 0x38800000 ? sign : sign | (magnitude - 0x38000000) >> 13;
}

static u32 float_of_half(u32 half)
{
    u32 sign = (half & 0x8000) << 16, magnitude = half & 0x7FFF;
    return magnitude < 0x400 ? sign : sign | (0x38000000 + (magnitude << 13));
}

/* The packed value, in the low bits. */
static u64 pack(const struct vector *v, u32 type)
{
    u32 x = lane32(v, 0), y = lane32(v, 1), z = lane32(v, 2), w = lane32(v, 3);
    switch (type) {
    case D3D_COLOR:
        return integer_of(w, 0, 255) << 24 | integer_of(x, 0, 255) << 16 | integer_of(y, 0, 255) << 8 |
               integer_of(z, 0, 255);
    case D3D_SHORT2:
        return signed_of(x, 16) << 16 | signed_of(y, 16);
    case D3D_PACKED32:
        return integer_of(w, 0, 3) << 30 | signed_of(z, 10) << 20 | signed_of(y, 10) << 10 | signed_of(x, 10);
    case D3D_HALF2:
        return half_of(x) << 16 | half_of(y);
    case D3D_SHORT4:
        return (u64)(signed_of(x, 16) << 16 | signed_of(y, 16)) << 32 | signed_of(z, 16) << 16 | signed_of(w, 16);
    case D3D_HALF4:
        return (u64)(half_of(x) << 16 | half_of(y)) << 32 | half_of(z) << 16 | half_of(w);
    default:
        return (u64)integer_of(w, 0, 15) << 60 | (u64)signed_of(z, 20) << 40 | (u64)signed_of(y, 20) << 20 |
               signed_of(x, 20);
    }
}

/* One word (y 1) or two (y 2, 3) of the result go into vd, z words up from its end. What goes beyond its beginning is
 * lost, but for y 3, z 3: there the upper of the two words comes round to the end, alone. */
void ppc_run_vpkd3d128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    if (o->a > D3D_PACKED64) {
        ppc_fault(c, FAULT_INSTRUCTION_UNIMPLEMENTED, o->word);
        return;
    }
    u64 packed = pack(&c->v[o->b], o->a);
    u32 high = (u32)(packed >> 32), low = (u32)packed, place = 3u - o->h;
    if (o->m == 3 && !place) {
        set32(&c->v[o->d], 3, high);
        return;
    }
    if (o->m)
        set32(&c->v[o->d], place, low);
    if (o->m > 1 && place)
        set32(&c->v[o->d], place - 1, high);
}

static void set_all(struct vector *v, u32 x, u32 y, u32 z, u32 w)
{
    set32(v, 0, x);
    set32(v, 1, y);
    set32(v, 2, z);
    set32(v, 3, w);
}

void ppc_run_vupkd3d128(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    u32 high = lane32(&c->v[o->b], 2), low = lane32(&c->v[o->b], 3);
    u64 both = (u64)high << 32 | low;
    struct vector *r = &c->v[o->d];
    switch (o->a >> 2) {
    case D3D_COLOR:
        set_all(r, ONE | (low >> 16 & 0xFF), ONE | (low >> 8 & 0xFF), ONE | (low & 0xFF), ONE | low >> 24);
        break;
    case D3D_SHORT2:
        set_all(r, float_of_signed(low >> 16, 16), float_of_signed(low, 16), 0, ONE);
        break;
    case D3D_PACKED32:
        set_all(r, float_of_signed(low, 10), float_of_signed(low >> 10, 10), float_of_signed(low >> 20, 10),
                ONE | low >> 30);
        break;
    case D3D_HALF2:
        set_all(r, float_of_half(low >> 16), float_of_half(low & 0xFFFF), 0, ONE);
        break;
    case D3D_SHORT4:
        set_all(r, float_of_signed(high >> 16, 16), float_of_signed(high, 16), float_of_signed(low >> 16, 16),
                float_of_signed(low, 16));
        break;
    case D3D_HALF4:
        set_all(r, float_of_half(high >> 16), float_of_half(high & 0xFFFF), float_of_half(low >> 16),
                float_of_half(low & 0xFFFF));
        break;
    case D3D_PACKED64:
        set_all(r, float_of_signed(low, 20), float_of_signed((u32)(both >> 20), 20),
                float_of_signed((u32)(both >> 40), 20), ONE | high >> 28);
        break;
    default:
        ppc_fault(c, FAULT_INSTRUCTION_UNIMPLEMENTED, o->word);
    }
}
