/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers that assembly needs and only the C compiler knows. */

#include <linux/sched.h>
#include <linux/kbuild.h>
#include <asm/processor.h>
#include <asm/ptrace.h>
#ifdef CONFIG_PPC64
#include <asm/paca.h>
#endif

/* Frame of _switch: r13 to r31, CR and MSR above what the ABI wants. */
#define SWITCH_FRAME_BYTES	(STACK_FRAME_OVERHEAD + 22 * sizeof(long))

int main(void)
{
	OFFSET(THREAD, task_struct, thread);
	OFFSET(KSP, thread_struct, ksp);
	OFFSET(PT_REGS, thread_struct, regs);
	OFFSET(THREAD_FPEXC_MODE, thread_struct, fpexc_mode);
	OFFSET(THREAD_FPR0, thread_struct, fpr);
	OFFSET(THREAD_FPSCR, thread_struct, fpscr);
#ifdef CONFIG_ALTIVEC
	OFFSET(THREAD_VR0, thread_struct, vr);
	OFFSET(THREAD_VSCR, thread_struct, vscr);
	OFFSET(THREAD_VRSAVE, thread_struct, vrsave);
	OFFSET(THREAD_USED_VR, thread_struct, used_vr);
#endif
#ifdef CONFIG_VSX
	OFFSET(THREAD_USED_VSR, thread_struct, used_vsr);
#endif
#ifdef CONFIG_SPE
	OFFSET(THREAD_EVR0, thread_struct, evr);
	OFFSET(THREAD_ACC, thread_struct, acc);
	OFFSET(THREAD_SPEFSCR, thread_struct, spefscr);
	OFFSET(THREAD_USED_SPE, thread_struct, used_spe);
#endif
#ifdef CONFIG_PPC64
	OFFSET(PACACURRENT, paca_struct, __current);
#endif
	BLANK();
	OFFSET(REGS_MSR, pt_regs, msr);
	DEFINE(_MSR, STACK_FRAME_OVERHEAD + offsetof(struct pt_regs, msr));
	DEFINE(SWITCH_FRAME_SIZE, (SWITCH_FRAME_BYTES + 15) & ~15UL);
	DEFINE(SWITCH_FRAME_REGS, STACK_FRAME_OVERHEAD);
	return 0;
}
