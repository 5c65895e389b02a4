/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_POWERPC_ASM_COMPAT_H
#define MINI_POWERPC_ASM_COMPAT_H

#include <asm/types.h>

/* Numbers that both C and assembly read, and instructions whose width follows the registers'. */
#ifdef __ASSEMBLY__
#define stringify_in_c(...)	__VA_ARGS__
#define ASM_CONST(number)	number
#else
#define MINI_TEXT(...)		#__VA_ARGS__
#define stringify_in_c(...)	MINI_TEXT(__VA_ARGS__) " "
#define MINI_LONG(number)	number##UL
#define ASM_CONST(number)	MINI_LONG(number)
#endif

#ifdef __powerpc64__
#define PPC_LL		stringify_in_c(ld)
#define PPC_STL		stringify_in_c(std)
#define PPC_STLU	stringify_in_c(stdu)
#define PPC_LCMPI	stringify_in_c(cmpdi)
#define PPC_LONG	stringify_in_c(.8byte)
#else
#define PPC_LL		stringify_in_c(lwz)
#define PPC_STL		stringify_in_c(stw)
#define PPC_STLU	stringify_in_c(stwu)
#define PPC_LCMPI	stringify_in_c(cmpwi)
#define PPC_LONG	stringify_in_c(.long)
#endif

#endif
