/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_LINUX_BUG_H
#define MINI_LINUX_BUG_H

#include <asm/bug.h>

#endif
