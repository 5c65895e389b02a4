/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_LINUX_STDDEF_H
#define MINI_LINUX_STDDEF_H

#ifndef __ASSEMBLY__

#undef NULL
#define NULL ((void *)0)

enum {
	false = 0,
	true = 1,
};

#undef offsetof
#define offsetof(type, member)	__builtin_offsetof(type, member)

#endif
#endif
