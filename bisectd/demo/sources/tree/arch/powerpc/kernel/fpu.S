/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Floating-point registers to and from the task that owns them. */

#include <asm/reg.h>
#include <asm/processor.h>
#include <asm/cputable.h>
#include <asm/thread_info.h>
#include <asm/ppc_asm.h>
#include <asm/asm-offsets.h>
#include <asm/ptrace.h>

/* Switch the FPU on for the kernel, and the VSX half of its registers too. Uses r5. */
	.macro	fpu_on
	mfmsr	5
	ori	5, 5, MSR_FP
#ifdef CONFIG_VSX
BEGIN_FTR_SECTION
	oris	5, 5, MSR_VSX >> 16
END_FTR_SECTION_IFSET(CPU_FTR_VSX)
#endif
	MTMSRD(5)
	isync
	.endm

/*
 * Called when a program meets a switched-off FPU: load what it had there.
 * Runs on the interrupt's registers: r9 (32-bit) or r12 (64-bit) is the MSR
 * that the program will continue with. Uses r4, r5, r7, r10 and f0.
 */
_GLOBAL(load_up_fpu)
	fpu_on
#ifndef CONFIG_SMP
	/* The FPU may still hold the registers of the task that used it last. */
#ifdef CONFIG_PPC32
	lis	r7, last_task_used_math@ha
	lwz	r4, last_task_used_math@l(r7)
#else
	LOAD_ADDRESS(r7, last_task_used_math)
	ld	r4, 0(r7)
#endif
	PPC_LCMPI	0, r4, 0
	beq	1f
	addi	r4, r4, THREAD
	addi	r10, r4, THREAD_FPR0
	SAVE_32FPVSRS(5, 10)
	mffs	fr0
	stfd	fr0, THREAD_FPSCR(r4)
	PPC_LL	r5, PT_REGS(r4)
	PPC_LL	r10, REGS_MSR(r5)
	li	r4, MSR_FP | MSR_FE0 | MSR_FE1
	andc	r10, r10, r4
	PPC_STL	r10, REGS_MSR(r5)
1:
#endif
#ifdef CONFIG_PPC32
	mfspr	r5, SPRN_SPRG_THREAD
	lwz	r10, THREAD_FPEXC_MODE(r5)
	or	r9, r9, r10
	ori	r9, r9, MSR_FP
#else
	ld	r5, PACACURRENT(r13)
	addi	r5, r5, THREAD
	lwz	r10, THREAD_FPEXC_MODE(r5)
	or	r12, r12, r10
	ori	r12, r12, MSR_FP
	std	r12, _MSR(r1)
#endif
	lfd	fr0, THREAD_FPSCR(r5)
	mtfsf	0xff, fr0
	addi	r10, r5, THREAD_FPR0
	REST_32FPVSRS(4, 10)
#ifndef CONFIG_SMP
	addi	r4, r5, -THREAD
#ifdef CONFIG_PPC32
	stw	r4, last_task_used_math@l(r7)
#else
	std	r4, 0(r7)
#endif
#endif
	blr

/*
 * giveup_fpu(task): save the task's floating-point registers and take the
 * FPU and its exception modes away from it. The FPU stays on for the kernel,
 * which is all that is asked for when task is NULL.
 */
_GLOBAL(giveup_fpu)
	fpu_on
	PPC_LCMPI	0, r3, 0
	beqlr
	addi	r3, r3, THREAD
	PPC_LL	r7, PT_REGS(r3)
	addi	r8, r3, THREAD_FPR0
	SAVE_32FPVSRS(4, 8)
	mffs	fr0
	stfd	fr0, THREAD_FPSCR(r3)
	PPC_LCMPI	0, r7, 0
	beq	1f
	li	r10, MSR_FP | MSR_FE0 | MSR_FE1
#ifdef CONFIG_VSX
BEGIN_FTR_SECTION
	oris	r10, r10, MSR_VSX >> 16
END_FTR_SECTION_IFSET(CPU_FTR_VSX)
#endif
	PPC_LL	r9, REGS_MSR(r7)
	andc	r9, r9, r10
	PPC_STL	r9, REGS_MSR(r7)
1:
#ifndef CONFIG_SMP
	li	r5, 0
#ifdef CONFIG_PPC32
	lis	r4, last_task_used_math@ha
	stw	r5, last_task_used_math@l(r4)
#else
	LOAD_ADDRESS(r4, last_task_used_math)
	std	r5, 0(r4)
#endif
#endif
	blr
