/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_LINUX_IRQFLAGS_H
#define MINI_LINUX_IRQFLAGS_H

#include <asm/irqflags.h>

#endif
