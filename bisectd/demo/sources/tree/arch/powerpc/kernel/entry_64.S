/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changing stacks, which only assembly can do. 64-bit. */

#include <asm/reg.h>
#include <asm/processor.h>
#include <asm/ppc_asm.h>
#include <asm/asm-offsets.h>
#include <asm/ptrace.h>

	.macro	each_kept insn:req
	.irp	reg, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\insn	\reg, (SWITCH_FRAME_REGS + 8 * (\reg - 13))(1)
	.endr
	.endm

/* _switch(from, to): thread_structs of two tasks. Returns, on the stack of `to`, the task that ran before. */
_GLOBAL(_switch)
	mflr	r0
	std	r0, 16(r1)
	stdu	r1, -SWITCH_FRAME_SIZE(r1)
	each_kept std
	mfcr	r10
	std	r10, SWITCH_FRAME_REGS + 19 * 8(r1)
	std	r1, KSP(r3)

	addi	r5, r4, -THREAD
	std	r5, PACACURRENT(r13)
	ld	r1, KSP(r4)
	addi	r3, r3, -THREAD

	ld	r10, SWITCH_FRAME_REGS + 19 * 8(r1)
	mtcrf	0xff, r10
	each_kept ld
	addi	r1, r1, SWITCH_FRAME_SIZE
	ld	r0, 16(r1)
	mtlr	r0
	blr
