/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_LINUX_PRINTK_H
#define MINI_LINUX_PRINTK_H

#include <linux/compiler.h>

int __printf(1, 2) printk(const char *format, ...);

#define KERN_CONT	""
#define pr_cont(...)	printk(KERN_CONT __VA_ARGS__)

#endif
