/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_POWERPC_UAPI_TYPES_H
#define MINI_POWERPC_UAPI_TYPES_H

#ifndef __ASSEMBLY__

typedef unsigned char		__u8;
typedef unsigned short		__u16;
typedef unsigned int		__u32;
typedef unsigned long long	__u64;
typedef int			__s32;
typedef long long		__s64;

/* One AltiVec register. */
typedef struct {
	__u32 u[4];
} __attribute__((aligned(16))) __vector128;

#endif
#endif
