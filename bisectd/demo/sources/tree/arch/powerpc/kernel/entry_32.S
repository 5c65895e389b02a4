/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changing stacks, which only assembly can do. 32-bit. */

#include <asm/reg.h>
#include <asm/processor.h>
#include <asm/ppc_asm.h>
#include <asm/asm-offsets.h>
#include <asm/ptrace.h>

/* _switch(from, to): thread_structs of two tasks. Returns, on the stack of `to`, the task that ran before. */
_GLOBAL(_switch)
	stwu	r1, -SWITCH_FRAME_SIZE(r1)
	mflr	r0
	stw	r0, SWITCH_FRAME_SIZE + 4(r1)
	stmw	r13, SWITCH_FRAME_REGS(r1)
	mfcr	r10
	stw	r10, SWITCH_FRAME_REGS + 19 * 4(r1)
	stw	r1, KSP(r3)

	mtspr	SPRN_SPRG_THREAD, r4
	lwz	r1, KSP(r4)
	addi	r3, r3, -THREAD
	addi	r2, r4, -THREAD

	lwz	r10, SWITCH_FRAME_REGS + 19 * 4(r1)
	mtcrf	0xff, r10
	lmw	r13, SWITCH_FRAME_REGS(r1)
	lwz	r0, SWITCH_FRAME_SIZE + 4(r1)
	mtlr	r0
	addi	r1, r1, SWITCH_FRAME_SIZE
	blr
