/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What e500 cores have instead of AltiVec: the upper halves of the GPRs, with an accumulator and SPEFSCR. */

#include <asm/reg.h>
#include <asm/processor.h>
#include <asm/ppc_asm.h>
#include <asm/asm-offsets.h>
#include <asm/ptrace.h>

#ifdef CONFIG_SPE

/* Upper half of each GPR: evmergehi copies it to the lower half of r5, where stw reaches it; so r5's own first. */
	.macro	save_upper
	.irp	reg, 5, 0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	.long	0x1000022c | 5 << 21 | \reg << 16 | \reg << 11
	stw	5, THREAD_EVR0 + 4 * \reg(3)
	.endr
	.endm

/* giveup_spe(task): save the task's upper halves and take SPE away from it; NULL: only switch it on. */
_GLOBAL(giveup_spe)
	mfmsr	r5
	oris	r5, r5, MSR_SPE >> 16
	mtmsr	r5
	isync
	cmpwi	0, r3, 0
	beqlr
	addi	r3, r3, THREAD
	lwz	r7, PT_REGS(r3)
	save_upper
	.long	0x10000216 | 6 << 21 | 6 << 16 | 6 << 11	/* evxor r6,r6,r6 */
	.long	0x10000558 | 6 << 21 | 6 << 16 | 6 << 11	/* evmwumiaa r6,r6,r6: the accumulator */
	li	r4, THREAD_ACC
	.long	0x10000320 | 6 << 21 | 3 << 16 | 4 << 11	/* evstddx r6,r3,r4 */
	mfspr	r5, SPRN_SPEFSCR
	stw	r5, THREAD_SPEFSCR(r3)
	cmpwi	0, r7, 0
	beq	1f
	lis	r10, MSR_SPE >> 16
	lwz	r9, REGS_MSR(r7)
	andc	r9, r9, r10
	stw	r9, REGS_MSR(r7)
1:
#ifndef CONFIG_SMP
	li	r5, 0
	lis	r4, last_task_used_spe@ha
	stw	r5, last_task_used_spe@l(r4)
#endif
	blr

#endif
