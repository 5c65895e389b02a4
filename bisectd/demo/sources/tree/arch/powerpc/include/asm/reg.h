/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_POWERPC_REG_H
#define MINI_POWERPC_REG_H

#include <linux/stringify.h>
#include <asm/cputable.h>
#include <asm/asm-compat.h>

/* Bits of the machine state register, numbered from the least significant. */
#define MSR_SF_LG	63	/* 64-bit mode */
#define MSR_HV_LG	60	/* hypervisor */
#define MSR_VEC_LG	25	/* AltiVec */
#define MSR_SPE_LG	25	/* SPE, on BookE, in the same place */
#define MSR_VSX_LG	23	/* VSX */
#define MSR_EE_LG	15	/* external interrupts */
#define MSR_PR_LG	14	/* user program */
#define MSR_FP_LG	13	/* floating point */
#define MSR_ME_LG	12	/* machine check */
#define MSR_FE0_LG	11	/* floating-point exception mode, first bit */
#define MSR_SE_LG	10	/* single step */
#define MSR_BE_LG	9	/* branch trace */
#define MSR_FE1_LG	8	/* floating-point exception mode, second bit */
#define MSR_IR_LG	5	/* translate instruction addresses */
#define MSR_DR_LG	4	/* translate data addresses */
#define MSR_RI_LG	1	/* interrupt is recoverable */
#define MSR_LE_LG	0	/* little-endian */

#ifdef __ASSEMBLY__
#define __MASK(bit)	(1 << (bit))
#else
#define __MASK(bit)	(1UL << (bit))
#endif

#ifdef CONFIG_PPC64
#define MSR_SF		__MASK(MSR_SF_LG)
#define MSR_HV		__MASK(MSR_HV_LG)
#else
#define MSR_SF		0
#define MSR_HV		0
#endif
#define MSR_VEC		__MASK(MSR_VEC_LG)
#define MSR_SPE		__MASK(MSR_SPE_LG)
#define MSR_VSX		__MASK(MSR_VSX_LG)
#define MSR_EE		__MASK(MSR_EE_LG)
#define MSR_PR		__MASK(MSR_PR_LG)
#define MSR_FP		__MASK(MSR_FP_LG)
#define MSR_ME		__MASK(MSR_ME_LG)
#define MSR_FE0		__MASK(MSR_FE0_LG)
#define MSR_SE		__MASK(MSR_SE_LG)
#define MSR_BE		__MASK(MSR_BE_LG)
#define MSR_FE1		__MASK(MSR_FE1_LG)
#define MSR_IR		__MASK(MSR_IR_LG)
#define MSR_DR		__MASK(MSR_DR_LG)
#define MSR_RI		__MASK(MSR_RI_LG)
#define MSR_LE		__MASK(MSR_LE_LG)

/* What the kernel runs with, and what a program starts with. */
#ifdef __LITTLE_ENDIAN__
#define MSR_ENDIAN	MSR_LE
#else
#define MSR_ENDIAN	0
#endif
#define MSR_KERNEL	(MSR_SF | MSR_HV | MSR_ME | MSR_RI | MSR_IR | MSR_DR | MSR_ENDIAN)
#define MSR_USER	(MSR_SF | MSR_ME | MSR_RI | MSR_IR | MSR_DR | MSR_PR | MSR_EE | MSR_ENDIAN)

/* Special-purpose registers. */
#define SPRN_VRSAVE		256
#define SPRN_SPRG3		275
#define SPRN_SPEFSCR		512
#define SPRN_SPRG_THREAD	SPRN_SPRG3	/* 32-bit: address of the current thread_struct */

/* Exception summary and enable bits of SPEFSCR. */
#define SPEFSCR_FINVS	0x00200000
#define SPEFSCR_FDBZS	0x00100000
#define SPEFSCR_FUNFS	0x00080000
#define SPEFSCR_FOVFS	0x00040000

#ifdef __ASSEMBLY__

/* Assembly moves to the MSR with the instruction that fits the width. */
#ifdef CONFIG_PPC64
#define MTMSRD(reg)	mtmsrd	reg
#else
#define MTMSRD(reg)	mtmsr	reg
#endif

#else

static inline unsigned long mfmsr(void)
{
	unsigned long value;

	asm volatile("mfmsr %0" : "=r" (value) : : "memory");
	return value;
}

static inline void mtmsr(unsigned long value)
{
#ifdef CONFIG_PPC64
	asm volatile("mtmsrd %0" : : "r" (value) : "memory");
#else
	asm volatile("mtmsr %0" : : "r" (value) : "memory");
#endif
}

static inline void mtmsr_isync(unsigned long value)
{
	mtmsr(value);
	asm volatile("isync" : : : "memory");
}

#define mfspr(number)							\
	({								\
		unsigned long spr_value;				\
		asm volatile("mfspr %0," __stringify(number)		\
			     : "=r" (spr_value));			\
		spr_value;						\
	})

#define mtspr(number, value)						\
	asm volatile("mtspr " __stringify(number) ",%0"			\
		     : : "r" ((unsigned long)(value)) : "memory")

#endif
#endif
