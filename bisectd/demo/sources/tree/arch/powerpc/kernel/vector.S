/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AltiVec registers to and from the task that owns them, and the VSX bit above both. */

#include <asm/reg.h>
#include <asm/processor.h>
#include <asm/cputable.h>
#include <asm/ppc_asm.h>
#include <asm/asm-offsets.h>
#include <asm/ptrace.h>

/* Switch AltiVec on for the kernel. Uses r5. */
	.macro	altivec_on
	mfmsr	5
	oris	5, 5, MSR_VEC >> 16
	MTMSRD(5)
	isync
	.endm

/*
 * Called when a program meets switched-off AltiVec. r9 (32-bit) or r12
 * (64-bit) is the MSR that it will continue with. Uses r4 to r7, r10 and v0.
 */
_GLOBAL(load_up_altivec)
	altivec_on
#ifndef CONFIG_SMP
#ifdef CONFIG_PPC32
	lis	r7, last_task_used_altivec@ha
	lwz	r4, last_task_used_altivec@l(r7)
#else
	LOAD_ADDRESS(r7, last_task_used_altivec)
	ld	r4, 0(r7)
#endif
	PPC_LCMPI	0, r4, 0
	beq	1f
	addi	r4, r4, THREAD
	addi	r6, r4, THREAD_VR0
	SAVE_32VRS(5, 6)
	mfvscr	v0
	addi	r6, r4, THREAD_VSCR
	stvx	v0, 0, r6
	PPC_LL	r5, PT_REGS(r4)
	PPC_LL	r10, REGS_MSR(r5)
	lis	r4, MSR_VEC >> 16
	andc	r10, r10, r4
	PPC_STL	r10, REGS_MSR(r5)
1:
#endif
	/* A program that never set VRSAVE would lose its registers: count all of them as used. */
	mfspr	r4, SPRN_VRSAVE
	cmpwi	0, r4, 0
	bne	2f
	li	r4, -1
	mtspr	SPRN_VRSAVE, r4
2:
#ifdef CONFIG_PPC32
	mfspr	r5, SPRN_SPRG_THREAD
	oris	r9, r9, MSR_VEC >> 16
#else
	ld	r5, PACACURRENT(r13)
	addi	r5, r5, THREAD
	oris	r12, r12, MSR_VEC >> 16
	std	r12, _MSR(r1)
#endif
	li	r4, 1
	stw	r4, THREAD_USED_VR(r5)
	addi	r6, r5, THREAD_VSCR
	lvx	v0, 0, r6
	mtvscr	v0
	addi	r6, r5, THREAD_VR0
	REST_32VRS(4, 6)
#ifndef CONFIG_SMP
	addi	r4, r5, -THREAD
#ifdef CONFIG_PPC32
	stw	r4, last_task_used_altivec@l(r7)
#else
	std	r4, 0(r7)
#endif
#endif
	blr

/* giveup_altivec(task): save the task's AltiVec registers and take the unit away; NULL: only switch it on. */
_GLOBAL(giveup_altivec)
	altivec_on
	PPC_LCMPI	0, r3, 0
	beqlr
	addi	r3, r3, THREAD
	PPC_LL	r7, PT_REGS(r3)
	addi	r8, r3, THREAD_VR0
	SAVE_32VRS(4, 8)
	mfvscr	v0
	addi	r8, r3, THREAD_VSCR
	stvx	v0, 0, r8
	PPC_LCMPI	0, r7, 0
	beq	1f
	lis	r10, MSR_VEC >> 16
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
	lis	r4, last_task_used_altivec@ha
	stw	r5, last_task_used_altivec@l(r4)
#else
	LOAD_ADDRESS(r4, last_task_used_altivec)
	std	r5, 0(r4)
#endif
#endif
	blr

#ifdef CONFIG_VSX

/*
 * Called when a program meets switched-off VSX. FP and AltiVec registers
 * together are all there is to load, so load those that are not live yet.
 * r12 is the MSR that the program will continue with.
 */
_GLOBAL(load_up_vsx)
	mflr	r11
	andi.	r5, r12, MSR_FP
	bne	1f
	bl	CODE_OF(load_up_fpu)
1:	andis.	r5, r12, MSR_VEC >> 16
	bne	2f
	bl	CODE_OF(load_up_altivec)
2:	mtlr	r11
	ld	r4, PACACURRENT(r13)
	addi	r4, r4, THREAD
	li	r6, 1
	stw	r6, THREAD_USED_VSR(r4)
	oris	r12, r12, MSR_VSX >> 16
	std	r12, _MSR(r1)
	blr

/* __giveup_vsx(task): the registers are saved already, only the bit is to go. */
_GLOBAL(__giveup_vsx)
	PPC_LCMPI	0, r3, 0
	beqlr
	addi	r3, r3, THREAD
	PPC_LL	r7, PT_REGS(r3)
	PPC_LCMPI	0, r7, 0
	beqlr
	lis	r10, MSR_VSX >> 16
	PPC_LL	r9, REGS_MSR(r7)
	andc	r9, r9, r10
	PPC_STL	r9, REGS_MSR(r7)
	blr

#endif
