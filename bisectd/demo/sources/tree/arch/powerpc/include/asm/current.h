/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_POWERPC_CURRENT_H
#define MINI_POWERPC_CURRENT_H

struct task_struct;

#ifdef CONFIG_PPC64
#include <asm/paca.h>

#define current		(get_paca()->__current)
#else
/* r2 belongs to the running task. */
register struct task_struct *current asm("r2");
#endif

#endif
