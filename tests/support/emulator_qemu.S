/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs in the guest: for each record, loads every register from it, copies its words into the slot, returns
 * into them, and stores every register back when an interrupt comes (the slot lies between system calls).
 * Assembled with BITS (32, 64), VECTORS (0, 1: AltiVec, 2: VSX too) and HYPERVISOR (0, 1) defined.
 * The layout of a record is that of emulator_qemu.py. All is linked at address 0.
 */
#define CONTROL   0x7000    /* where the records end; which one is run */
#define RECORDS   0x100000
#define SIZE      0x800
#define VSRS      0x100
#define CR        0x500
#define XER       0x508
#define LR        0x510
#define CTR       0x518
#define FPSCR     0x520
#define MSR       0x528
#define PC        0x530
#define VECTOR    0x538
#define SRR0      0x540
#define SRR1      0x548
#define DAR       0x550
#define DSISR     0x558
#define HSRR0     0x560
#define HSRR1     0x568
#define VSCR      0x570
#define HANDLER   0x580     /* MSR in the interrupt handler */
#define VRSAVE    0x588
#define WORDS     0x5C0     /* 16 of them */

#if BITS == 64
#define AT(offset) (offset)
#define LOAD  ld
#define STORE std
#define MTMSR mtmsrd
#define RETURN rfid
#else
#define AT(offset) ((offset) + 4)
#define LOAD  lwz
#define STORE stw
#define MTMSR mtmsr
#define RETURN rfi
#endif

	.macro	facilities
	mfmsr	3
	ori	3, 3, 0x2000
#if VECTORS > 0
	oris	3, 3, 0x0200
#endif
#if VECTORS > 1
	oris	3, 3, 0x0080
#endif
	MTMSR	3
	isync
	.endm

	.macro	stub vector
	.org	\vector
	mtsprg	1, 1
	li	1, \vector
	mtsprg	2, 1
	b	taken
	.endm

	.text
	.irp	vector, 0x100, 0x200, 0x300, 0x380, 0x400, 0x480, 0x500, 0x600, 0x700, 0x800, 0x900, 0x980, 0xA00
	stub	\vector
	.endr
	.irp	vector, 0xC00, 0xD00, 0xE00, 0xE20, 0xE40, 0xE60, 0xE80, 0xF00, 0xF20, 0xF40, 0xF60, 0xF80
	stub	\vector
	.endr
	.irp	vector, 0x1000, 0x1100, 0x1200, 0x1300, 0x1400, 0x1500, 0x1600, 0x1700
	stub	\vector
	.endr

	.org	0x10000
start:
	lis	1, RECORDS@h
next:
	mtsprg	0, 1
	lwz	2, CONTROL(0)
	cmplw	1, 2
	beq	done
	stw	1, (CONTROL + 4)(0)
	facilities
	lfd	0, FPSCR(1)
	mtfsf	255, 0
#if VECTORS > 0
	LOAD	4, AT(VRSAVE)(1)
	mtspr	256, 4
	addi	4, 1, VSCR
	lvx	0, 0, 4
	mtvscr	0
#endif
	addi	4, 1, VSRS
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
#if VECTORS > 1
	lxvd2x	\n, 0, 4
#else
	lfd	\n, 0(4)
#endif
	addi	4, 4, 16
	.endr
#if VECTORS > 0
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	lvx	\n, 0, 4
	addi	4, 4, 16
	.endr
#endif
	LOAD	3, AT(PC)(1)
	lwz	5, (MSR + 4)(1)
	andi.	5, 5, 1
	bne	little
	.irp	n, 0,4,8,12,16,20,24,28,32,36,40,44,48,52,56,60
	lwz	4, (WORDS + \n)(1)
	stw	4, \n(3)
	.endr
	b	copied
little:
	.irp	n, 0,4,8,12,16,20,24,28,32,36,40,44,48,52,56,60
	lwz	4, (WORDS + \n)(1)
	li	5, \n
	stwbrx	4, 5, 3
	.endr
copied:
	sync
	icbi	0, 3
	isync
	mtsrr0	3
	LOAD	3, AT(MSR)(1)
	mtsrr1	3
	lwz	3, (CR + 4)(1)
	mtcrf	255, 3
	lwz	3, (XER + 4)(1)
	mtxer	3
	LOAD	3, AT(LR)(1)
	mtlr	3
	LOAD	3, AT(CTR)(1)
	mtctr	3
	.irp	n, 0,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,1
	LOAD	\n, AT(\n * 8)(1)
	.endr
	RETURN

taken:
	mfsprg	1, 0
	.irp	n, 0,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	STORE	\n, AT(\n * 8)(1)
	.endr
	mfsprg	3, 1
	STORE	3, AT(8)(1)
	mfmsr	3
	STORE	3, AT(HANDLER)(1)
	mfcr	3
	STORE	3, AT(CR)(1)
	mfxer	3
	STORE	3, AT(XER)(1)
	mflr	3
	STORE	3, AT(LR)(1)
	mfctr	3
	STORE	3, AT(CTR)(1)
	mfsprg	3, 2
	STORE	3, AT(VECTOR)(1)
	mfsrr0	3
	STORE	3, AT(SRR0)(1)
	mfsrr1	3
	STORE	3, AT(SRR1)(1)
	mfspr	3, 19
	STORE	3, AT(DAR)(1)
	mfspr	3, 18
	STORE	3, AT(DSISR)(1)
#if HYPERVISOR
	mfspr	3, 314
	STORE	3, AT(HSRR0)(1)
	mfspr	3, 315
	STORE	3, AT(HSRR1)(1)
#endif
	facilities
	addi	4, 1, VSRS
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
#if VECTORS > 1
	stxvd2x	\n, 0, 4
#else
	stfd	\n, 0(4)
#endif
	addi	4, 4, 16
	.endr
#if VECTORS > 0
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	stvx	\n, 0, 4
	addi	4, 4, 16
	.endr
	mfvscr	0
	addi	4, 1, VSCR
	stvx	0, 0, 4
	mfspr	3, 256
	STORE	3, AT(VRSAVE)(1)
#endif
	mffs	0
	stfd	0, FPSCR(1)
	addi	1, 1, SIZE
	b	next

	.org	0x10F00
done:
	b	done

	.org	0x20000
	.rept	1024
	sc
	.endr
	.org	0x30000
	.rept	1024
	.long	0x02000044
	.endr
