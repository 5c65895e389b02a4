/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_ASM_GENERIC_IRQFLAGS_H
#define MINI_ASM_GENERIC_IRQFLAGS_H

#include <asm/reg.h>

static inline unsigned long arch_local_irq_save(void)
{
	unsigned long was = mfmsr();

	mtmsr(was & ~MSR_EE);
	return was;
}

static inline void arch_local_irq_restore(unsigned long was)
{
	mtmsr((mfmsr() & ~MSR_EE) | (was & MSR_EE));
}

#define local_irq_save(flags)		do { (flags) = arch_local_irq_save(); } while (0)
#define local_irq_restore(flags)	arch_local_irq_restore(flags)

#endif
