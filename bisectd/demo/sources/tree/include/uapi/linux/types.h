/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_UAPI_LINUX_TYPES_H
#define MINI_UAPI_LINUX_TYPES_H

#include <asm/types.h>

#endif
