/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_LINUX_COMPILER_H
#define MINI_LINUX_COMPILER_H

#ifndef __ASSEMBLY__

#define likely(condition)	__builtin_expect(!!(condition), 1)
#define unlikely(condition)	__builtin_expect(!!(condition), 0)
#define __used			__attribute__((used))
#define __user
#define __always_inline		inline __attribute__((always_inline))
#define noinline		__attribute__((noinline))
#define notrace			__attribute__((no_instrument_function))
#define __printf(text, first)	__attribute__((format(printf, text, first)))
#define barrier()		asm volatile("" : : : "memory")

#endif
#endif
