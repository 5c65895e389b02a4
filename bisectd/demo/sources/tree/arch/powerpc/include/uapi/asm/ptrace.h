/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_POWERPC_UAPI_PTRACE_H
#define MINI_POWERPC_UAPI_PTRACE_H

#ifndef __ASSEMBLY__

/* What an interrupt saves of the interrupted program, in the order debuggers know. */
struct pt_regs {
	unsigned long gpr[32];
	unsigned long nip;
	unsigned long msr;
	unsigned long orig_gpr3;
	unsigned long ctr;
	unsigned long link;
	unsigned long xer;
	unsigned long ccr;
#ifdef __powerpc64__
	unsigned long softe;
#else
	unsigned long mq;
#endif
	unsigned long trap;
	unsigned long dar;
	unsigned long dsisr;
	unsigned long result;
};

#endif
#endif
