/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_LINUX_KERNEL_H
#define MINI_LINUX_KERNEL_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <linux/printk.h>
#include <linux/bug.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define BIT_IS_SET(word, bit)	(((word) & (bit)) != 0)

#endif
