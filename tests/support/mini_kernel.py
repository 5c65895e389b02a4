# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel tree of a dozen files, enough to build a unit: what the tests of the kernel package edit."""

ARCH = "arch/powerpc"
PROCESS = f"{ARCH}/kernel/process.c"
FPU = f"{ARCH}/kernel/fpu.S"
OFFSETS = f"{ARCH}/kernel/asm-offsets.c"
REG = f"{ARCH}/include/asm/reg.h"
SCHED = "include/linux/sched.h"
SOURCES = (PROCESS, FPU)

FILES = {
    "include/linux/kconfig.h": "#include <generated/autoconf.h>\n",
    "include/linux/kbuild.h": '#define DEFINE(name, n) asm volatile("\\n->" #name " %0" : : "i" (n))\n',
    SCHED: """\
#ifndef SCHED_H
#define SCHED_H
#include <asm/types.h>
struct thread { u32 flags; u32 msr; double fpr[32]; };
struct task_struct { long state; struct thread thread; };
#endif
""",
    "include/asm-generic/types.h": "typedef unsigned int u32;\n",
    f"{ARCH}/include/asm/Kbuild": "generic-y += types.h\n",
    REG: "#define MSR_FP 0x2000\n",
    f"{ARCH}/include/asm/cputable.h": """\
#define CPU_FTR_ALTIVEC 0x8
#define CPU_FTR_HIGH 0x80000000
#define CPU_FTRS_7447A (CPU_FTR_ALTIVEC | CPU_FTR_HIGH)
""",
    f"{ARCH}/include/asm/mmu.h": """\
#define MMU_FTR_HPTE_TABLE 0x1
#define MMU_FTR_USE_HIGH_BATS 0x10000
""",
    OFFSETS: """\
#include <linux/kbuild.h>
#include <linux/sched.h>
void offsets(void)
{
	DEFINE(THREAD_MSR, __builtin_offsetof(struct task_struct, thread.msr));
}
""",
    PROCESS: """\
#include <linux/sched.h>
#include <asm/reg.h>

void giveup_fpu(struct task_struct *task)
{
	task->thread.msr &= ~MSR_FP;
}
""",
    FPU: """\
#include <asm/asm-offsets.h>
	.globl save_fpu
save_fpu:
	lwz	4,THREAD_MSR(3)
	stfd	31,64(3)
	blr
""",
    "Documentation/notes.txt": "nothing that is compiled\n",
}
