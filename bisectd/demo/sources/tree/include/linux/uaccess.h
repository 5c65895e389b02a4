/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_LINUX_UACCESS_H
#define MINI_LINUX_UACCESS_H

#include <linux/errno.h>
#include <asm/processor.h>

/* User memory is mapped where the kernel can reach it: a range check is all there is. */
#define access_ok(address, bytes)	((unsigned long)(address) + (bytes) <= TASK_SIZE)

#define put_user(value, pointer)					\
	({								\
		int trouble = -EFAULT;					\
		if (access_ok(pointer, sizeof(*(pointer)))) {		\
			*(pointer) = (value);				\
			trouble = 0;					\
		}							\
		trouble;						\
	})

#endif
