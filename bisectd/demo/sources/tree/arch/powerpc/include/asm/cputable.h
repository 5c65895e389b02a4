/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_POWERPC_CPUTABLE_H
#define MINI_POWERPC_CPUTABLE_H

#include <asm/asm-compat.h>
#include <asm/feature-fixups.h>

/* Features of a processor that code asks for. */
#define CPU_FTR_COHERENT_ICACHE		ASM_CONST(0x00000010)
#define CPU_FTR_L2CR			ASM_CONST(0x00000020)
#define CPU_FTR_L3CR			ASM_CONST(0x00000040)
#define CPU_FTR_ALTIVEC			ASM_CONST(0x00000080)
#define CPU_FTR_TAU			ASM_CONST(0x00000100)
#define CPU_FTR_CAN_DOZE		ASM_CONST(0x00000200)
#define CPU_FTR_USE_TB			ASM_CONST(0x00000400)
#define CPU_FTR_CAN_NAP			ASM_CONST(0x00000800)
#define CPU_FTR_SPE			ASM_CONST(0x00001000)
#define CPU_FTR_NEED_COHERENT		ASM_CONST(0x00002000)
#define CPU_FTR_FPU_UNAVAILABLE		ASM_CONST(0x00004000)
#define CPU_FTR_PPC_LE			ASM_CONST(0x00008000)
#define CPU_FTR_VSX			ASM_CONST(0x00010000)
#define CPU_FTR_DSCR			ASM_CONST(0x00020000)
#define CPU_FTR_ARCH_206		ASM_CONST(0x00040000)
#define CPU_FTR_ARCH_207S		ASM_CONST(0x00080000)
#define CPU_FTR_HVMODE			ASM_CONST(0x00100000)

/* Facilities count only where the kernel is configured for them. */
#ifdef CONFIG_ALTIVEC
#define CPU_FTR_ALTIVEC_COMP	CPU_FTR_ALTIVEC
#else
#define CPU_FTR_ALTIVEC_COMP	0
#endif

#ifdef CONFIG_VSX
#define CPU_FTR_VSX_COMP	CPU_FTR_VSX
#else
#define CPU_FTR_VSX_COMP	0
#endif

#ifdef CONFIG_SPE
#define CPU_FTR_SPE_COMP	CPU_FTR_SPE
#else
#define CPU_FTR_SPE_COMP	0
#endif

/* What each processor has. */
#define CPU_FTRS_7447A	(CPU_FTR_USE_TB | CPU_FTR_CAN_NAP | CPU_FTR_L2CR | \
	CPU_FTR_ALTIVEC_COMP | CPU_FTR_NEED_COHERENT | CPU_FTR_PPC_LE)
#define CPU_FTRS_PPC970	(CPU_FTR_USE_TB | CPU_FTR_CAN_NAP | CPU_FTR_ALTIVEC_COMP | CPU_FTR_HVMODE)
#define CPU_FTRS_POWER8	(CPU_FTR_USE_TB | CPU_FTR_COHERENT_ICACHE | CPU_FTR_ALTIVEC_COMP | \
	CPU_FTR_VSX_COMP | CPU_FTR_DSCR | CPU_FTR_ARCH_206 | CPU_FTR_ARCH_207S | CPU_FTR_HVMODE)
#define CPU_FTRS_E500	(CPU_FTR_USE_TB | CPU_FTR_CAN_DOZE | CPU_FTR_SPE_COMP | CPU_FTR_FPU_UNAVAILABLE)
#define CPU_FTRS_E500_2	(CPU_FTRS_E500 | CPU_FTR_COHERENT_ICACHE)

#ifdef __powerpc64__
#define CPU_FTRS_POSSIBLE	(CPU_FTRS_PPC970 | CPU_FTRS_POWER8)
#define CPU_FTRS_ALWAYS		(CPU_FTRS_PPC970 & CPU_FTRS_POWER8)
#elif defined(CONFIG_E500)
#define CPU_FTRS_POSSIBLE	(CPU_FTRS_E500 | CPU_FTRS_E500_2)
#define CPU_FTRS_ALWAYS		(CPU_FTRS_E500 & CPU_FTRS_E500_2)
#else
#define CPU_FTRS_POSSIBLE	CPU_FTRS_7447A
#define CPU_FTRS_ALWAYS		CPU_FTR_USE_TB
#endif

#ifndef __ASSEMBLY__

/* One processor the kernel knows. */
struct cpu_spec {
	unsigned int pvr_mask;
	unsigned int pvr_value;
	const char *cpu_name;
	unsigned long cpu_features;	/* CPU_FTR_* */
	unsigned int cpu_user_features;
	unsigned int cpu_user_features2;
	unsigned int mmu_features;	/* MMU_FTR_* */
	unsigned int icache_bsize;
	unsigned int dcache_bsize;
	const char *platform;
};

/* The one this machine has. */
extern struct cpu_spec *cur_cpu_spec;

static inline int cpu_has_feature(unsigned long wanted)
{
	if (CPU_FTRS_ALWAYS & wanted)
		return 1;
	return (CPU_FTRS_POSSIBLE & wanted & cur_cpu_spec->cpu_features) != 0;
}

#endif
#endif
