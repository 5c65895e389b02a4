/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tasks on PowerPC: who owns the floating-point, vector and SPE registers,
 * switching from one task to the next, starting programs and new tasks.
 */

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/prctl.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <asm/cputable.h>
#include <asm/processor.h>
#include <asm/ptrace.h>
#include <asm/reg.h>
#include <asm/switch_to.h>

#ifndef CONFIG_SMP
/* The tasks whose registers each unit holds, NULL if nobody's. */
struct task_struct *last_task_used_math;
struct task_struct *last_task_used_altivec;
struct task_struct *last_task_used_vsx;
struct task_struct *last_task_used_spe;
#endif

/* Bits of the MSR in the order in which show_msr() prints them. */
static const struct {
	unsigned long mask;
	const char *name;
} msr_names[] = {
#ifdef CONFIG_PPC64
	{ MSR_SF, "SF" },
	{ MSR_HV, "HV" },
#endif
#ifdef CONFIG_SPE
	{ MSR_SPE, "SPE" },
#else
	{ MSR_VEC, "VEC" },
	{ MSR_VSX, "VSX" },
#endif
	{ MSR_EE, "EE" },
	{ MSR_PR, "PR" },
	{ MSR_FP, "FP" },
	{ MSR_ME, "ME" },
	{ MSR_IR, "IR" },
	{ MSR_DR, "DR" },
	{ MSR_RI, "RI" },
	{ MSR_LE, "LE" },
};

/* Print the names of the bits that are set. */
static void show_msr(unsigned long msr)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(msr_names); i++)
		if (msr & msr_names[i].mask)
			pr_cont(" %s", msr_names[i].name);
}

/* Print what an interrupted program had in its registers. */
void show_regs(struct pt_regs *regs)
{
	int i;

	printk("NIP %lx LR %lx CTR %lx\n", regs->nip, regs->link, regs->ctr);
	pr_cont("MSR %lx:", regs->msr);
	show_msr(regs->msr);
	pr_cont("\nCR %lx XER %lx\n", regs->ccr, regs->xer);
	for (i = 0; i < 32; i++)
		pr_cont("%s%lx", i % 8 ? " " : "\n", regs->gpr[i]);
	pr_cont("\n");
}

#ifdef CONFIG_PPC_FPU
/*
 * Bring the task's thread_struct up to date with the FPU. Preemption stays
 * off between looking and saving, or another task's registers would be saved.
 */
void flush_fp_to_thread(struct task_struct *tsk)
{
	if (!tsk->thread.regs)
		return;

	preempt_disable();
	if (tsk->thread.regs->msr & MSR_FP) {
#ifdef CONFIG_SMP
		/* Only the running task's registers can be in this processor's FPU. */
		BUG_ON(tsk != current);
#endif
		giveup_fpu(tsk);
	}
	preempt_enable();
}
EXPORT_SYMBOL_GPL(flush_fp_to_thread);

/* Let the kernel itself use floating point until it enables preemption again. */
void enable_kernel_fp(void)
{
	WARN_ON(preemptible());

#ifdef CONFIG_SMP
	if (current->thread.regs && (current->thread.regs->msr & MSR_FP))
		giveup_fpu(current);
	else
		giveup_fpu(NULL);
#else
	giveup_fpu(last_task_used_math);
#endif
}
EXPORT_SYMBOL(enable_kernel_fp);
#endif /* CONFIG_PPC_FPU */

#ifdef CONFIG_ALTIVEC
/* As flush_fp_to_thread(), for the AltiVec registers. */
void flush_altivec_to_thread(struct task_struct *tsk)
{
	if (!tsk->thread.regs)
		return;

	preempt_disable();
	if (tsk->thread.regs->msr & MSR_VEC) {
#ifdef CONFIG_SMP
		BUG_ON(tsk != current);
#endif
		giveup_altivec(tsk);
	}
	preempt_enable();
}
EXPORT_SYMBOL_GPL(flush_altivec_to_thread);

/* Let the kernel itself use AltiVec until it enables preemption again. */
void enable_kernel_altivec(void)
{
	WARN_ON(preemptible());

#ifdef CONFIG_SMP
	if (current->thread.regs && (current->thread.regs->msr & MSR_VEC))
		giveup_altivec(current);
	else
		giveup_altivec(NULL);
#else
	giveup_altivec(last_task_used_altivec);
#endif
}
EXPORT_SYMBOL(enable_kernel_altivec);
#endif /* CONFIG_ALTIVEC */

#ifdef CONFIG_VSX
/* VSX registers are the FPRs and AltiVec registers taken together: all three go. */
void giveup_vsx(struct task_struct *tsk)
{
	giveup_fpu(tsk);
	giveup_altivec(tsk);
	__giveup_vsx(tsk);
}
EXPORT_SYMBOL(giveup_vsx);

/* As flush_fp_to_thread(), for the VSX registers. */
void flush_vsx_to_thread(struct task_struct *tsk)
{
	if (!tsk->thread.regs)
		return;

	preempt_disable();
	if (tsk->thread.regs->msr & MSR_VSX) {
#ifdef CONFIG_SMP
		BUG_ON(tsk != current);
#endif
		giveup_vsx(tsk);
	}
	preempt_enable();
}
EXPORT_SYMBOL_GPL(flush_vsx_to_thread);

/* Let the kernel itself use VSX until it enables preemption again. */
void enable_kernel_vsx(void)
{
	WARN_ON(preemptible());

#ifdef CONFIG_SMP
	if (current->thread.regs && (current->thread.regs->msr & MSR_VSX))
		giveup_vsx(current);
	else
		giveup_vsx(NULL);
#else
	giveup_vsx(last_task_used_vsx);
#endif
}
EXPORT_SYMBOL(enable_kernel_vsx);
#endif /* CONFIG_VSX */

#ifdef CONFIG_SPE
/* As flush_fp_to_thread(), for the upper halves of the GPRs. */
void flush_spe_to_thread(struct task_struct *tsk)
{
	if (!tsk->thread.regs)
		return;

	preempt_disable();
	if (tsk->thread.regs->msr & MSR_SPE) {
#ifdef CONFIG_SMP
		BUG_ON(tsk != current);
#endif
		tsk->thread.spefscr = mfspr(SPRN_SPEFSCR);
		giveup_spe(tsk);
	}
	preempt_enable();
}

/* Let the kernel itself use SPE until it enables preemption again. */
void enable_kernel_spe(void)
{
	WARN_ON(preemptible());

#ifdef CONFIG_SMP
	if (current->thread.regs && (current->thread.regs->msr & MSR_SPE))
		giveup_spe(current);
	else
		giveup_spe(NULL);
#else
	giveup_spe(last_task_used_spe);
#endif
}
EXPORT_SYMBOL(enable_kernel_spe);
#endif /* CONFIG_SPE */

#ifndef CONFIG_SMP
static void disown(struct task_struct **owner)
{
	if (*owner == current)
		*owner = NULL;
}

/* The running task leaves for good or starts afresh: nobody will ask for its registers any more. */
void discard_lazy_cpu_state(void)
{
	preempt_disable();
	disown(&last_task_used_math);
	disown(&last_task_used_altivec);
	disown(&last_task_used_vsx);
	disown(&last_task_used_spe);
	preempt_enable();
}
#endif

/* Take the processor from one task and give it to the next. Returns, when prev runs again, who ran before it. */
struct task_struct *__switch_to(struct task_struct *prev, struct task_struct *next)
{
	struct task_struct *before;
	unsigned long flags;

#ifdef CONFIG_SMP
	/* prev may continue on another processor, which cannot reach into these units. */
	if (prev->thread.regs) {
#ifdef CONFIG_PPC_FPU
		if (prev->thread.regs->msr & MSR_FP)
			giveup_fpu(prev);
#endif
#ifdef CONFIG_ALTIVEC
		if (prev->thread.regs->msr & MSR_VEC)
			giveup_altivec(prev);
#endif
#ifdef CONFIG_VSX
		if (prev->thread.regs->msr & MSR_VSX)
			__giveup_vsx(prev);
#endif
#ifdef CONFIG_SPE
		if (prev->thread.regs->msr & MSR_SPE)
			giveup_spe(prev);
#endif
	}
#else
	/* If the registers are still its own, next need not trap to get them. */
#ifdef CONFIG_ALTIVEC
	if (next->thread.regs && last_task_used_altivec == next)
		next->thread.regs->msr |= MSR_VEC;
#endif
#ifdef CONFIG_SPE
	if (next->thread.regs && last_task_used_spe == next)
		next->thread.regs->msr |= MSR_SPE;
#endif
#endif

	local_irq_save(flags);
	before = _switch(&prev->thread, &next->thread);
	local_irq_restore(flags);

	return before;
}

/* All of a task's registers into its thread_struct, before it is copied or looked at. */
static void save_state_of(struct task_struct *tsk)
{
	flush_fp_to_thread(tsk);
	flush_altivec_to_thread(tsk);
	flush_vsx_to_thread(tsk);
	flush_spe_to_thread(tsk);
}

/* The first half of fork: the child is a copy of the parent, with the registers the parent has now. */
int arch_dup_task_struct(struct task_struct *child, struct task_struct *parent)
{
	save_state_of(parent);
	memcpy(child, parent, sizeof(*child));
	return 0;
}

/* The second half of fork: what of the copy is not the parent's. `frame` is where the child starts. */
int copy_thread(unsigned long clone_flags, unsigned long stack, struct pt_regs *frame, struct task_struct *child)
{
	if (is_kernel_thread(child)) {
		child->thread.regs = NULL;
	} else {
		child->thread.regs = frame;
		if (stack)
			frame->gpr[1] = stack;
		frame->gpr[3] = 0;
	}
	child->thread.ksp = (unsigned long)frame - STACK_FRAME_OVERHEAD;
	return 0;
}

/* A new program begins: nothing of the old one's registers may be seen in it. */
void start_thread(struct pt_regs *regs, unsigned long entry, unsigned long stack)
{
	struct thread_struct *thread = &current->thread;

	memset(regs->gpr, 0, sizeof(regs->gpr));
	regs->ctr = 0;
	regs->link = 0;
	regs->xer = 0;
	regs->ccr = 0;
	regs->gpr[1] = stack;
	regs->nip = entry;
	regs->msr = MSR_USER;

	discard_lazy_cpu_state();
#ifdef CONFIG_VSX
	thread->used_vsr = 0;
#endif
	memset(thread->fpr, 0, sizeof(thread->fpr));
	thread->fpscr = 0;
#ifdef CONFIG_ALTIVEC
	memset(thread->vr, 0, sizeof(thread->vr));
	memset(&thread->vscr, 0, sizeof(thread->vscr));
	thread->vscr.u[3] = 0x00010000;		/* Java mode off */
	thread->vrsave = 0;
	thread->used_vr = 0;
#endif
#ifdef CONFIG_SPE
	memset(thread->evr, 0, sizeof(thread->evr));
	thread->acc = 0;
	thread->spefscr = 0;
	thread->used_spe = 0;
#endif
}
EXPORT_SYMBOL(start_thread);

/* prctl(PR_SET_FPEXC): which floating-point exceptions the task wants interrupts for, and how precise. */
int set_fpexc_mode(struct task_struct *tsk, unsigned int mode)
{
	struct pt_regs *regs = tsk->thread.regs;

	if (mode & PR_FP_EXC_SW_ENABLE) {
#ifdef CONFIG_SPE
		if (!cpu_has_feature(CPU_FTR_SPE))
			return -EINVAL;
		tsk->thread.fpexc_mode = mode & (PR_FP_EXC_SW_ENABLE | PR_FP_EXC_DIV | PR_FP_EXC_OVF |
						 PR_FP_EXC_UND | PR_FP_EXC_RES | PR_FP_EXC_INV);
		return 0;
#else
		return -EINVAL;
#endif
	}

	/* Modes above 3 would collide with the SPE bits. */
	if (mode > PR_FP_EXC_PRECISE)
		return -EINVAL;

	tsk->thread.fpexc_mode = __pack_fe01(mode);
	if (regs && (regs->msr & MSR_FP))
		regs->msr = (regs->msr & ~(MSR_FE0 | MSR_FE1)) | tsk->thread.fpexc_mode;
	return 0;
}

/* prctl(PR_GET_FPEXC) */
int get_fpexc_mode(struct task_struct *tsk, unsigned long address)
{
	unsigned int mode;

	if (tsk->thread.fpexc_mode & PR_FP_EXC_SW_ENABLE)
#ifdef CONFIG_SPE
		mode = tsk->thread.fpexc_mode;
#else
		return -EINVAL;
#endif
	else
		mode = __unpack_fe01(tsk->thread.fpexc_mode);

	return put_user(mode, (unsigned int *)address);
}

/* A floating-point exception interrupt came: tell the program, which dies of it unless it has a handler. */
void program_check_fp(struct pt_regs *regs)
{
	BUG_ON(!user_mode(regs));
	flush_fp_to_thread(current);
	force_sig(SIGFPE, current);
}
