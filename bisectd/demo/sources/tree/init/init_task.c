/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first task: it exists before anything can make one. */

#include <linux/sched.h>

static struct {
	struct thread_info info;
	unsigned char rest[THREAD_SIZE - sizeof(struct thread_info)];
} init_stack __attribute__((aligned(THREAD_SIZE)));

struct task_struct init_task = {
	.state = TASK_RUNNING,
	.stack = &init_stack,
	.prio = 120,
	.comm = "swapper",
	.thread = INIT_THREAD,
};
