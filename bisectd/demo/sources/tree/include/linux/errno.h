/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_LINUX_ERRNO_H
#define MINI_LINUX_ERRNO_H

#include <asm/errno.h>

#endif
