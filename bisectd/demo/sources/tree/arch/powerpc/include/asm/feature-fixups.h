/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_POWERPC_FEATURE_FIXUPS_H
#define MINI_POWERPC_FEATURE_FIXUPS_H

#include <asm/asm-compat.h>

/*
 * A feature section is code for processors with certain features. Where
 * (features & mask) != value, the boot code overwrites it with the
 * alternative, or with nops. Each section has one entry of six words in
 * __ftr_fixup: mask, value, and the distances from the entry to the start
 * and end of the code and to the start and end of the alternative.
 *
 * Labels are numeric, made of the section's own number and one digit:
 * 1 code, 2 its end, 3 alternative, 4 its end, 5 the entry.
 */
#ifdef __ASSEMBLY__

#define FTR_OPEN(number)						\
number##1:

#define FTR_ALTERNATIVE(number)						\
number##2:								\
	.pushsection __ftr_alt_##number, "a";				\
	.align 2;							\
number##3:

#define FTR_CLOSE(mask, value, number, table)				\
number##4:								\
	.popsection;							\
	.pushsection table, "a";					\
	.align 3;							\
number##5:								\
	PPC_LONG (mask);						\
	PPC_LONG (value);						\
	PPC_LONG number##1b - number##5b;				\
	PPC_LONG number##2b - number##5b;				\
	PPC_LONG number##3b - number##5b;				\
	PPC_LONG number##4b - number##5b;				\
	.popsection

#define BEGIN_FTR_SECTION_NESTED(number)	FTR_OPEN(number)
#define BEGIN_FTR_SECTION			FTR_OPEN(97)
#define FTR_SECTION_ELSE			FTR_ALTERNATIVE(97)

#define END_FTR_SECTION_NESTED(mask, value, number)			\
	FTR_ALTERNATIVE(number)						\
	FTR_CLOSE(mask, value, number, __ftr_fixup)

#define END_FTR_SECTION(mask, value)	END_FTR_SECTION_NESTED(mask, value, 97)
#define END_FTR_SECTION_IFSET(mask)	END_FTR_SECTION((mask), (mask))
#define END_FTR_SECTION_IFCLR(mask)	END_FTR_SECTION((mask), 0)

#define ALT_FTR_SECTION_END_IFSET(mask)	FTR_CLOSE((mask), (mask), 97, __ftr_fixup)
#define ALT_FTR_SECTION_END_IFCLR(mask)	FTR_CLOSE((mask), 0, 97, __ftr_fixup)

#endif
#endif
