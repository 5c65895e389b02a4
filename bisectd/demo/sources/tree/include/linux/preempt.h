/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_LINUX_PREEMPT_H
#define MINI_LINUX_PREEMPT_H

#include <linux/compiler.h>
#include <asm/preempt.h>

#endif
