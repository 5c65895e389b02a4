/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_LINUX_SCHED_H
#define MINI_LINUX_SCHED_H

#include <linux/types.h>
#include <linux/preempt.h>
#include <asm/processor.h>
#include <asm/thread_info.h>

#define TASK_RUNNING	0
#define TASK_COMM_LEN	16

#define PF_KTHREAD	0x00200000
#define CLONE_SETTLS	0x00080000

#define SIGFPE		8

struct mm_struct;

struct task_struct {
	volatile long state;
	void *stack;			/* thread_info lies at its lowest address */
	unsigned int flags;		/* PF_* */
	int prio;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	struct mm_struct *mm;
	struct task_struct *parent;
	struct thread_struct thread;	/* what the architecture keeps; last, for its alignment */
};

#include <asm/current.h>

#define task_thread_info(task)	((struct thread_info *)(task)->stack)

static inline bool is_kernel_thread(const struct task_struct *task)
{
	return (task->flags & PF_KTHREAD) != 0;
}

void force_sig(int signal, struct task_struct *task);

#endif
