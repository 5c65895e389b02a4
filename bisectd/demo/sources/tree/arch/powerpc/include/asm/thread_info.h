/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_POWERPC_THREAD_INFO_H
#define MINI_POWERPC_THREAD_INFO_H

#ifdef CONFIG_PPC64
#define THREAD_SHIFT	14
#else
#define THREAD_SHIFT	13
#endif
#define THREAD_SIZE	(1 << THREAD_SHIFT)

#define TIF_SIGPENDING		1
#define TIF_NEED_RESCHED	2
#define TIF_RESTOREALL		11

#ifndef __ASSEMBLY__

struct task_struct;

struct thread_info {
	struct task_struct *task;
	int cpu;
	int preempt_count;
	unsigned long flags;		/* 1 << TIF_* */
};

/* It lies at the bottom of the kernel stack. */
static inline struct thread_info *current_thread_info(void)
{
	unsigned long stack_pointer;

	asm("mr %0,1" : "=r" (stack_pointer));
	return (struct thread_info *)(stack_pointer & ~(THREAD_SIZE - 1UL));
}

static inline void set_thread_flag(int flag)
{
	current_thread_info()->flags |= 1UL << flag;
}

#endif
#endif
