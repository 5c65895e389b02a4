/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_POWERPC_FP_REGS_H
#define MINI_POWERPC_FP_REGS_H

/*
 * Shape of the floating-point register array in thread_struct. With VSX each
 * FPR is the first doubleword of a 16-byte register; in memory, as a value
 * of the machine's byte order, it comes second on little-endian.
 */
#ifdef CONFIG_VSX
#define TS_FPRWIDTH	2
#ifdef __LITTLE_ENDIAN__
#define TS_FPROFFSET	1
#define TS_VSRLOWOFFSET	0
#else
#define TS_FPROFFSET	0
#define TS_VSRLOWOFFSET	1
#endif
#else
#define TS_FPRWIDTH	1
#define TS_FPROFFSET	0
#endif

#endif
