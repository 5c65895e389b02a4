/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same as emulator_qemu.S for the e500: registers of 64 bits, the accumulator and SPEFSCR, interrupts through
 * IVORs. The layout of a record is that of emulator_qemu_e500.py. All is linked at address 0.
 */
#define CONTROL   0x7000    /* where the records end; which one is run */
#define RECORDS   0x100000
#define SIZE      0x800
#define ACC       0x100
#define CR        0x108
#define XER       0x10C
#define LR        0x110
#define CTR       0x114
#define SPEFSCR   0x118
#define MSR       0x11C
#define VECTOR    0x120
#define SRR0      0x124
#define SRR1      0x128
#define ESR       0x12C
#define DEAR      0x130
#define HANDLER   0x134     /* MSR in the interrupt handler */
#define WORDS     0x180     /* 16 of them */
#define SLOT      0x20800
#define STUBS     0x400
#define STUB      0x20      /* bytes */

	.text
	.org	STUBS
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19
	.org	STUBS + STUB * \n
	mtsprg	1, 1
	li	1, \n
	mtsprg	2, 1
	b	taken
	.endr

	.org	0x10000
start:
	li	3, 0
	mtspr	63, 3
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	li	3, STUBS + STUB * \n
	mtspr	400 + \n, 3
	.endr
	.irp	n, 0,1,2,3
	li	3, STUBS + STUB * (16 + \n)
	mtspr	528 + \n, 3
	.endr
	lis	1, RECORDS@h
next:
	mtsprg	0, 1
	lwz	2, CONTROL(0)
	cmplw	1, 2
	beq	done
	stw	1, (CONTROL + 4)(0)
	mfmsr	3
	oris	3, 3, 0x0200
	mtmsr	3
	isync
	addi	4, 1, ACC
	evldd	3, 0(4)
	evmra	3, 3
	lwz	3, SPEFSCR(1)
	mtspr	512, 3
	li	3, 0
	mtspr	62, 3
	mtspr	61, 3
	lis	3, SLOT@h
	ori	3, 3, SLOT@l
	.irp	n, 0,4,8,12,16,20,24,28,32,36,40,44,48,52,56,60
	lwz	4, (WORDS + \n)(1)
	stw	4, \n(3)
	.endr
	sync
	icbi	0, 3
	isync
	mtsrr0	3
	lwz	3, MSR(1)
	mtsrr1	3
	lwz	3, CR(1)
	mtcrf	255, 3
	lwz	3, XER(1)
	mtxer	3
	lwz	3, LR(1)
	mtlr	3
	lwz	3, CTR(1)
	mtctr	3
	.irp	n, 0,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,1
	evldd	\n, (\n * 8)(1)
	.endr
	rfi

taken:
	mfsprg	1, 0
	stw	3, (3 * 8 + 4)(1)
	mfmsr	3
	stw	3, HANDLER(1)
	oris	3, 3, 0x0200
	mtmsr	3
	isync
	lwz	3, (3 * 8 + 4)(1)
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	evstdd	\n, (\n * 8)(1)
	.endr
	mfsprg	3, 1
	stw	3, (1 * 8 + 4)(1)
	mfcr	3
	stw	3, CR(1)
	mfxer	3
	stw	3, XER(1)
	mflr	3
	stw	3, LR(1)
	mfctr	3
	stw	3, CTR(1)
	mfspr	3, 512
	stw	3, SPEFSCR(1)
	mfsprg	3, 2
	stw	3, VECTOR(1)
	mfsrr0	3
	stw	3, SRR0(1)
	mfsrr1	3
	stw	3, SRR1(1)
	mfspr	3, 62
	stw	3, ESR(1)
	mfspr	3, 61
	stw	3, DEAR(1)
	li	5, 0
	evsplati	5, 0
	evmwumiaa	5, 5, 5     /* the accumulator + 0 * 0 */
	addi	4, 1, ACC
	evstdd	5, 0(4)
	addi	1, 1, SIZE
	b	next

	.org	0x10F00
done:
	b	done

	.org	0x20000
	.rept	1024
	sc
	.endr
