/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_POWERPC_PTRACE_H
#define MINI_POWERPC_PTRACE_H

#include <uapi/asm/ptrace.h>

/* Room that the ABI wants below a frame's own data. */
#ifdef __powerpc64__
#if defined(_CALL_ELF) && _CALL_ELF == 2
#define STACK_FRAME_OVERHEAD	32
#else
#define STACK_FRAME_OVERHEAD	112
#endif
#else
#define STACK_FRAME_OVERHEAD	16
#endif

#ifndef __ASSEMBLY__

#define user_mode(regs)			(!!((regs)->msr & MSR_PR))
#define instruction_pointer(regs)	((regs)->nip)

#endif
#endif
