/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_POWERPC_PACA_H
#define MINI_POWERPC_PACA_H

#ifdef CONFIG_PPC64

#include <asm/types.h>

struct task_struct;

/* What a processor keeps at hand in r13. */
struct paca_struct {
	__u16 lock_token;
	__u16 paca_index;
	unsigned long kernel_toc;
	unsigned long kernel_msr;
	struct task_struct *__current;
	unsigned long kstack;
};

register struct paca_struct *local_paca asm("r13");

#define get_paca()	local_paca

#endif
#endif
