/* SPDX-License-Identifier: BSD-3-Clause
 * Reads the rows of schema/ppc.def into descriptors once, at start, and decodes words by them. The decode table has an
 * entry for each primary opcode and, where a row of it looks at them, its low 11 bits: the first row that fits those;
 * further candidates follow by `next`. */
#include "schema/ppc.h"

enum { BUCKET_BITS = 11, BUCKETS = 1 << BUCKET_BITS, NO_ROW = 0xFFFF };

#define PPC_STATE_NONE       PPC_IS_NONE
#define PPC_STATE_DONE       PPC_IS_DONE
#define PPC_STATE_PRIVILEGED PPC_IS_PRIVILEGED

static struct ppc_insn rows[PPC_INSNS] = {
#define INSN(name, pattern, operands, effects, class, state)                                                           \
    {#name, pattern, operands, effects, PPC_##class, PPC_STATE_##state, 0, 0, PPC_##name, NO_ROW, 0, 0, {{0}}, {{0}}},
#include "schema/ppc.def"
};

static u16 buckets[64 * BUCKETS]; /* those in use stand in front, so that a start touches few pages */
static struct {
    u32 first; /* of its buckets */
    u32 mask;  /* BUCKETS - 1; 0: one bucket has them all */
} primaries[64];
static struct err build_error; /* the first bad row, for ppc_check */

static bool bad_row(const struct ppc_insn *insn, const char *what)
{
    if (!build_error.text[0])
        err_set(&build_error, "schema/ppc.def: %s: %s", insn->name, what);
    return false;
}

static char small_letter(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static struct ppc_field *field_of(struct ppc_insn *insn, char letter)
{
    for (u32 i = 0; i < insn->field_count; i++)
        if (insn->fields[i].letter == letter)
            return &insn->fields[i];
    if (insn->field_count == PPC_FIELDS_MAX)
        return NULL;
    struct ppc_field *field = &insn->fields[insn->field_count++];
    field->letter = letter;
    return field;
}

/* Adds the run of `letter` that ends at bit `shift`; capitals come before small letters in the value. */
static bool field_add(struct ppc_insn *insn, char letter, u32 shift, u32 width)
{
    struct ppc_field *field = field_of(insn, small_letter(letter));
    if (!field || field->pieces == PPC_PIECES_MAX)
        return bad_row(insn, "too many fields");
    u32 at = field->pieces;
    if (letter != small_letter(letter) && at > 0) {
        /* In every pattern the small letters stand first; in the value they come last, and capitals keep their order.
         */
        at--;
        field->piece[at + 1] = field->piece[at];
    }
    field->piece[at].shift = (u8)shift;
    field->piece[at].width = (u8)width;
    field->pieces++;
    field->width = (u8)(field->width + width);
    return true;
}

static bool parse_pattern(struct ppc_insn *insn)
{
    char bits[32];
    u32 count = 0;
    for (const char *p = insn->pattern; *p; p++)
        if (*p != ' ') {
            if (count == 32)
                return bad_row(insn, "more than 32 bits");
            bits[count++] = *p;
        }
    if (count != 32)
        return bad_row(insn, "fewer than 32 bits");
    for (u32 i = 0; i < 32; i++) {
        u32 bit = 0x80000000u >> i;
        if (bits[i] == '0' || bits[i] == '1') {
            insn->mask |= bit;
            insn->match |= bits[i] == '1' ? bit : 0;
        } else if (bits[i] != '-') {
            u32 first = i;
            while (i + 1 < 32 && bits[i + 1] == bits[first])
                i++;
            if (!field_add(insn, bits[first], 31 - i, i + 1 - first))
                return false;
        }
    }
    return true;
}

static const struct {
    const char *name;
    u8 place;
} places[] = {
    {"gprs", PPC_IN_GPRS},   {"cr", PPC_IN_CR},   {"cr0", PPC_IN_CR0},         {"cr1", PPC_IN_CR1},
    {"cr6", PPC_IN_CR6},     {"xer", PPC_IN_XER}, {"ca", PPC_IN_CA},           {"ov", PPC_IN_OV},
    {"so", PPC_IN_SO},       {"lr", PPC_IN_LR},   {"ctr", PPC_IN_CTR},         {"nia", PPC_IN_NIA},
    {"vscr", PPC_IN_VSCR},   {"sat", PPC_IN_SAT}, {"msr", PPC_IN_MSR},         {"spr", PPC_IN_SPR},
    {"fpscr", PPC_IN_FPSCR}, {"tb", PPC_IN_TB},   {"reserve", PPC_IN_RESERVE},
};

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool has_field(const struct ppc_insn *insn, char letter)
{
    s32 value;
    return ppc_field(insn, letter, 0, &value);
}

/* A register named by a field: rX fX vX crX bitX. */
static bool parse_register(const char *text, size_t length, struct ppc_effect *effect)
{
    if (length == 2 && text[0] == 'r' && is_letter(text[1]))
        effect->place = PPC_IN_GPR;
    else if (length == 2 && text[0] == 'f' && is_letter(text[1]))
        effect->place = PPC_IN_FPR;
    else if (length == 2 && text[0] == 'v' && is_letter(text[1]))
        effect->place = PPC_IN_VR;
    else if (length == 3 && text[0] == 'c' && text[1] == 'r' && is_letter(text[2]))
        effect->place = PPC_IN_CRF;
    else if (length == 4 && !strncmp(text, "bit", 3) && is_letter(text[3]))
        effect->place = PPC_IN_CRBIT;
    else
        return false;
    effect->field = text[length - 1];
    return true;
}

static bool parse_memory(const char *text, size_t length, struct ppc_effect *effect)
{
    if (length < 4 || strncmp(text, "mem", 3))
        return false;
    effect->place = PPC_IN_MEM;
    for (size_t i = 3; i < length && text[i] != 'N'; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        effect->size = (u8)(effect->size * 10 + (text[i] - '0'));
    }
    return true;
}

static bool parse_effect(struct ppc_insn *insn, const char *text, size_t length, bool is_write)
{
    if (insn->effect_count == PPC_EFFECTS_MAX)
        return bad_row(insn, "too many effects");
    struct ppc_effect *effect = &insn->effects[insn->effect_count++];
    effect->is_write = is_write;
    if (text[length - 1] == '?') {
        effect->is_conditional = true;
        length--;
    }
    if (length > 2 && text[length - 2] == '|') {
        effect->is_zero_base = true;
        length -= 2;
    }
    for (u32 i = 0; i < countof(places); i++)
        if (strlen(places[i].name) == length && !strncmp(places[i].name, text, length)) {
            effect->place = places[i].place;
            return true;
        }
    if (parse_memory(text, length, effect))
        return true;
    if (!parse_register(text, length, effect))
        return bad_row(insn, "an effect of unknown name");
    return has_field(insn, effect->field) || bad_row(insn, "an effect on a field that the pattern has not");
}

static bool parse_effects(struct ppc_insn *insn)
{
    bool is_write = false;
    for (const char *p = insn->effects_text; *p;) {
        size_t length = strcspn(p, " ");
        if (length == 1 && *p == '>')
            is_write = true;
        else if (length && !parse_effect(insn, p, length, is_write))
            return false;
        p += length + (p[length] == ' ');
    }
    return is_write || bad_row(insn, "effects without >");
}

/* Sets which primary opcodes have a bucket for each low word, and where; returns how many buckets there are. */
static u32 place_buckets(void)
{
    for (u32 i = 0; i < PPC_INSNS; i++)
        if (rows[i].mask & (BUCKETS - 1))
            primaries[rows[i].match >> 26].mask = BUCKETS - 1;
    u32 used = 0;
    for (u32 primary = 0; primary < countof(primaries); primary++) {
        primaries[primary].first = used;
        used += primaries[primary].mask + 1u;
    }
    return used;
}

static void chain_rows(void)
{
    u16 last[64];
    memset(last, 0xFF, sizeof last);
    memset(buckets, 0xFF, place_buckets() * sizeof buckets[0]);
    for (u32 i = 0; i < PPC_INSNS; i++) {
        u32 primary = rows[i].match >> 26;
        if (last[primary] != NO_ROW)
            rows[last[primary]].next = (u16)i;
        last[primary] = (u16)i;
        u16 *of = &buckets[primaries[primary].first];
        u32 mask = rows[i].mask & (BUCKETS - 1);
        for (u32 low = 0; low <= primaries[primary].mask; low++)
            if (((low ^ rows[i].match) & mask) == 0 && of[low] == NO_ROW)
                of[low] = (u16)i;
    }
}

__attribute__((constructor)) static void build_rows(void)
{
    for (u32 i = 0; i < PPC_INSNS; i++)
        if (!parse_pattern(&rows[i]) || !parse_effects(&rows[i]))
            return;
    chain_rows();
}

const struct ppc_insn *ppc_insn(u32 id)
{
    return &rows[id];
}

const struct ppc_insn *ppc_decode(u32 word)
{
    u32 primary = word >> 26;
    for (u32 i = buckets[primaries[primary].first + (word & primaries[primary].mask)]; i != NO_ROW; i = rows[i].next)
        if ((word & rows[i].mask) == rows[i].match)
            return &rows[i];
    return NULL;
}

s32 ppc_field_value(const struct ppc_field *field, u32 word)
{
    u32 value = 0;
    for (u32 i = 0; i < field->pieces; i++)
        value = value << field->piece[i].width | (word >> field->piece[i].shift & ((1u << field->piece[i].width) - 1));
    if (field->letter == 'i' || field->letter == 'j') {
        u32 sign = 1u << (field->width - 1);
        value = (value ^ sign) - sign;
    }
    return (s32)(field->letter == 'j' ? value << 2 : value);
}

bool ppc_field(const struct ppc_insn *insn, char letter, u32 word, s32 *value)
{
    for (u32 i = 0; i < insn->field_count; i++)
        if (insn->fields[i].letter == letter) {
            *value = ppc_field_value(&insn->fields[i], word);
            return true;
        }
    return false;
}

static bool flag_is_set(const struct ppc_insn *insn, const struct ppc_effect *effect, u32 word)
{
    s32 value = 0;
    /* BO of a branch: 4 leaves CTR alone, 16 the condition. [PEM 4.2.4.2] */
    if (effect->place == PPC_IN_CTR || effect->place == PPC_IN_CRBIT)
        return ppc_field(insn, 'd', word, &value) && !(value & (effect->place == PPC_IN_CTR ? 4 : 16));
    char flag = effect->place == PPC_IN_OV ? 'o' : effect->place == PPC_IN_LR ? 'l' : '.';
    return ppc_field(insn, flag, word, &value) && value;
}

const struct ppc_effect *ppc_effect_next(const struct ppc_insn *insn, u32 word, u32 *index)
{
    while (*index < insn->effect_count) {
        const struct ppc_effect *effect = &insn->effects[(*index)++];
        s32 base = 1;
        if (effect->is_conditional && !flag_is_set(insn, effect, word))
            continue;
        if (effect->is_zero_base && ppc_field(insn, effect->field, word, &base) && !base)
            continue;
        return effect;
    }
    return NULL;
}

/* Two rows overlap if some word fits both. */
static bool check_overlaps(struct err *err)
{
    for (u32 i = 0; i < PPC_INSNS; i++)
        for (u32 k = i + 1; k < PPC_INSNS; k++)
            if (((rows[i].match ^ rows[k].match) & rows[i].mask & rows[k].mask) == 0)
                return err_set(err, "schema/ppc.def: %s and %s overlap", rows[i].name, rows[k].name);
    return true;
}

bool ppc_check(struct err *err)
{
    if (build_error.text[0])
        return err_set(err, "%s", build_error.text);
    for (u32 i = 0; i < PPC_INSNS; i++)
        if ((rows[i].mask & 0xFC000000) != 0xFC000000)
            return err_set(err, "schema/ppc.def: %s: the primary opcode is not fixed", rows[i].name);
    return check_overlaps(err);
}
