/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_POWERPC_PROCESSOR_H
#define MINI_POWERPC_PROCESSOR_H

#include <asm/reg.h>
#include <asm/fp_regs.h>

#ifndef __ASSEMBLY__

#include <linux/types.h>
#include <asm/ptrace.h>

#ifdef CONFIG_PPC64
#define TASK_SIZE	0x0000400000000000UL
#else
#define TASK_SIZE	CONFIG_TASK_SIZE
#endif

struct task_struct;

/* Registers of a task that no interrupt saves: filled in when it loses the processor or a facility. */
struct thread_struct {
	unsigned long ksp;		/* kernel stack pointer while switched out */
#ifdef CONFIG_PPC64
	unsigned long ksp_vsid;
#endif
	struct pt_regs *regs;		/* the user program's, NULL for kernel threads */
#ifdef CONFIG_PPC32
	void *pgdir;
#endif
	u64 fpr[32][TS_FPRWIDTH] __attribute__((aligned(16)));
	u64 fpscr;
	int fpexc_mode;			/* MSR_FE0 and MSR_FE1 as the task wants them */
	unsigned int align_ctl;
#ifdef CONFIG_ALTIVEC
	vector128 vr[32];
	vector128 vscr;
	unsigned long vrsave;
	int used_vr;			/* has the task ever used AltiVec? */
#endif
#ifdef CONFIG_VSX
	int used_vsr;
#endif
#ifdef CONFIG_SPE
	unsigned long evr[32];		/* upper halves of the GPRs */
	u64 acc;
	unsigned long spefscr;
	unsigned long spefscr_last;
	int used_spe;
#endif
};

#ifdef CONFIG_SPE
#define SPEFSCR_INIT	.spefscr = SPEFSCR_FINVS | SPEFSCR_FDBZS | SPEFSCR_FUNFS | SPEFSCR_FOVFS,
#else
#define SPEFSCR_INIT
#endif

/* The first task. 32-bit programs get precise exceptions unless they ask for something else. */
#ifdef CONFIG_PPC32
#define INIT_THREAD {					\
	.fpexc_mode = MSR_FE0 | MSR_FE1,		\
	SPEFSCR_INIT					\
}
#else
#define INIT_THREAD {					\
	.fpexc_mode = 0,				\
}
#endif

/* prctl(PR_SET_FPEXC) and prctl(PR_GET_FPEXC) */
int set_fpexc_mode(struct task_struct *tsk, unsigned int mode);
int get_fpexc_mode(struct task_struct *tsk, unsigned long address);

static inline unsigned int __unpack_fe01(unsigned long msr)
{
	unsigned int fe0 = (msr & MSR_FE0) != 0;
	unsigned int fe1 = (msr & MSR_FE1) != 0;

	return fe0 << 1 | fe1;
}

static inline unsigned long __pack_fe01(unsigned int mode)
{
	return (mode & 2 ? MSR_FE0 : 0) | (mode & 1 ? MSR_FE1 : 0);
}

void start_thread(struct pt_regs *regs, unsigned long entry, unsigned long stack);

#endif
#endif
