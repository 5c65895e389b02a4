/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_ASM_GENERIC_BUG_H
#define MINI_ASM_GENERIC_BUG_H

#ifndef __ASSEMBLY__

#define BUG()		__builtin_trap()

#define BUG_ON(wrong)			\
	do {				\
		if (wrong)		\
			BUG();		\
	} while (0)

void warn_here(const char *file, int line);

#define WARN_ON(odd)						\
	({							\
		int is_odd = !!(odd);				\
		if (is_odd)					\
			warn_here(__FILE__, __LINE__);		\
		is_odd;						\
	})

#endif
#endif
