/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_LINUX_KBUILD_H
#define MINI_LINUX_KBUILD_H

/* Lines for the build to find in the compiler's assembly output. */
#define DEFINE(name, number)	asm volatile("\n->" #name " %0 " #number : : "i" (number))
#define BLANK()			asm volatile("\n->" : : )
#define OFFSET(name, type, member)	DEFINE(name, offsetof(struct type, member))

#endif
