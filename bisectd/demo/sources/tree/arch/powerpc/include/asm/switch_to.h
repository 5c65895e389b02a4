/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_POWERPC_SWITCH_TO_H
#define MINI_POWERPC_SWITCH_TO_H

struct task_struct;
struct thread_struct;
struct pt_regs;

struct task_struct *__switch_to(struct task_struct *prev, struct task_struct *next);
struct task_struct *_switch(struct thread_struct *prev, struct thread_struct *next);

#define switch_to(prev, next, last)	do { (last) = __switch_to(prev, next); } while (0)

#ifndef CONFIG_SMP
/* One processor: registers stay where they are until another task wants them. */
extern struct task_struct *last_task_used_math;
extern struct task_struct *last_task_used_altivec;
extern struct task_struct *last_task_used_vsx;
extern struct task_struct *last_task_used_spe;
void discard_lazy_cpu_state(void);
#else
static inline void discard_lazy_cpu_state(void)
{
}
#endif

#ifdef CONFIG_PPC_FPU
void enable_kernel_fp(void);
void flush_fp_to_thread(struct task_struct *tsk);
void giveup_fpu(struct task_struct *tsk);
void load_up_fpu(void);
#else
static inline void flush_fp_to_thread(struct task_struct *tsk)
{
}
#endif

#ifdef CONFIG_ALTIVEC
void enable_kernel_altivec(void);
void flush_altivec_to_thread(struct task_struct *tsk);
void giveup_altivec(struct task_struct *tsk);
void load_up_altivec(void);
#else
static inline void flush_altivec_to_thread(struct task_struct *tsk)
{
}
#endif

#ifdef CONFIG_VSX
void enable_kernel_vsx(void);
void flush_vsx_to_thread(struct task_struct *tsk);
void giveup_vsx(struct task_struct *tsk);
void __giveup_vsx(struct task_struct *tsk);
#else
static inline void flush_vsx_to_thread(struct task_struct *tsk)
{
}
#endif

#ifdef CONFIG_SPE
void enable_kernel_spe(void);
void flush_spe_to_thread(struct task_struct *tsk);
void giveup_spe(struct task_struct *tsk);
#else
static inline void flush_spe_to_thread(struct task_struct *tsk)
{
}
#endif

#endif
