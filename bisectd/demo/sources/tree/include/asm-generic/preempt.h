/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_ASM_GENERIC_PREEMPT_H
#define MINI_ASM_GENERIC_PREEMPT_H

/* No configuration of this tree preempts kernel code: only the compiler has to be held back. */
#define preempt_disable()	barrier()
#define preempt_enable()	barrier()
#define preemptible()		0

#endif
