/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_POWERPC_PPC_ASM_H
#define MINI_POWERPC_PPC_ASM_H

#include <asm/asm-compat.h>
#include <asm/fp_regs.h>

#ifdef __ASSEMBLY__

/* A function that C can call. */
#if defined(__powerpc64__) && !(defined(_CALL_ELF) && _CALL_ELF == 2)
#define _GLOBAL(name)				\
	.section ".opd", "aw";			\
	.align 3;				\
	.globl name;				\
	.type name, @function;			\
name:						\
	.8byte .name, .TOC.@tocbase, 0;		\
	.text;					\
	.align 2;				\
	.globl .name;				\
.name:
#define CODE_OF(name)	.name
#else
#define _GLOBAL(name)				\
	.text;					\
	.align 2;				\
	.globl name;				\
	.type name, @function;			\
name:
#define CODE_OF(name)	name
#endif

#ifdef __powerpc64__
	.macro	load_address reg:req, name:req
	lis	\reg, \name@highest
	ori	\reg, \reg, \name@higher
	rldicr	\reg, \reg, 32, 31
	oris	\reg, \reg, \name@h
	ori	\reg, \reg, \name@l
	.endm
#define LOAD_ADDRESS(reg, name)		load_address reg, name
#endif

/* Apply an instruction to all 32 registers of a kind, 8 * width bytes apart. */
	.macro	each_fpr insn:req, base:req
	.irp	fpr, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\insn	\fpr, (8 * TS_FPRWIDTH * \fpr + 8 * TS_FPROFFSET)(\base)
	.endr
	.endm

	.macro	each_vr insn:req, index:req, base:req
	.irp	vr, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	li	\index, 16 * \vr
	\insn	\vr, \base, \index
	.endr
	.endm

/*
 * VSX registers 0 to 31 hold the FPRs. The assembler may not know the
 * instructions, so they are made by hand. In memory a register lies in the
 * machine's byte order as one 16-byte value: on little-endian its halves are
 * swapped around the store and after the load (xxpermdi t,a,a,2).
 */
	.macro	vsx_swap vsr:req
#ifdef __LITTLE_ENDIAN__
	.long	0xf0000250 | \vsr << 21 | \vsr << 16 | \vsr << 11
#endif
	.endm

	.macro	vsx_store vsr:req, index:req, base:req
	li	\index, 16 * \vsr
	vsx_swap \vsr
	.long	0x7c000798 | \vsr << 21 | \base << 16 | \index << 11
	vsx_swap \vsr
	.endm

	.macro	vsx_load vsr:req, index:req, base:req
	li	\index, 16 * \vsr
	.long	0x7c000698 | \vsr << 21 | \base << 16 | \index << 11
	vsx_swap \vsr
	.endm

	.macro	each_vsr insn:req, index:req, base:req
	.irp	vsr, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\insn	\vsr, \index, \base
	.endr
	.endm

/* base: a register as a plain number */
#define SAVE_32FPRS(base)		each_fpr stfd, base
#define REST_32FPRS(base)		each_fpr lfd, base
#define SAVE_32VRS(index, base)		each_vr stvx, index, base
#define REST_32VRS(index, base)		each_vr lvx, index, base
#define SAVE_32VSRS(index, base)	each_vsr vsx_store, index, base
#define REST_32VSRS(index, base)	each_vsr vsx_load, index, base

/* The FPRs, with the other halves of the VSX registers where the processor has them. */
#ifdef CONFIG_VSX
#define SAVE_32FPVSRS(index, base)				\
BEGIN_FTR_SECTION						\
	b	2f;						\
END_FTR_SECTION_IFSET(CPU_FTR_VSX);				\
	SAVE_32FPRS(base);					\
	b	3f;						\
2:	SAVE_32VSRS(index, base);				\
3:
#define REST_32FPVSRS(index, base)				\
BEGIN_FTR_SECTION						\
	b	2f;						\
END_FTR_SECTION_IFSET(CPU_FTR_VSX);				\
	REST_32FPRS(base);					\
	b	3f;						\
2:	REST_32VSRS(index, base);				\
3:
#else
#define SAVE_32FPVSRS(index, base)	SAVE_32FPRS(base)
#define REST_32FPVSRS(index, base)	REST_32FPRS(base)
#endif

/* Registers by name, for assemblers that only take numbers. */
#define r0	0
#define r1	1
#define r2	2
#define r3	3
#define r4	4
#define r5	5
#define r6	6
#define r7	7
#define r8	8
#define r9	9
#define r10	10
#define r11	11
#define r12	12
#define r13	13
#define fr0	0
#define v0	0

#endif
#endif
