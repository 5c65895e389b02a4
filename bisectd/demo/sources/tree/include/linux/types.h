/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_LINUX_TYPES_H
#define MINI_LINUX_TYPES_H

#include <uapi/linux/types.h>
#include <linux/stddef.h>

#ifndef __ASSEMBLY__

typedef __u8	u8;
typedef __u16	u16;
typedef __u32	u32;
typedef __u64	u64;
typedef __s32	s32;
typedef __s64	s64;

typedef int		pid_t;
typedef __SIZE_TYPE__	size_t;
typedef _Bool		bool;

#endif
#endif
