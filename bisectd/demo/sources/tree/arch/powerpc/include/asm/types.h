/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_POWERPC_TYPES_H
#define MINI_POWERPC_TYPES_H

#include <uapi/asm/types.h>

#ifndef __ASSEMBLY__

typedef __vector128 vector128;

#endif
#endif
