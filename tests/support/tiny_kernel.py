# SPDX-License-Identifier: GPL-2.0-or-later
"""The least kernel that fpu-giveup-fe can judge: three files, written for these tests."""

from collections.abc import Mapping

from tests.support.git_repos import Version

PROCESS = "arch/powerpc/kernel/process.c"
FPU = "arch/powerpc/kernel/fpu.S"
REG = "arch/powerpc/include/asm/reg.h"
GOOD_MASK = "MSR_FP | MSR_FE0 | MSR_FE1"
BAD_MASK = "MSR_FP"

_REG = """
#define MSR_FP 0x2000
#define MSR_FE0 0x800
#define MSR_FE1 0x100
"""
_PROCESS = """
#include <asm/reg.h>
typedef unsigned long long u64;
struct pt_regs { unsigned long gpr[32], nip, msr; };
struct thread_fp_state { u64 fpr[32]; u64 fpscr; };
struct thread_struct { struct pt_regs *regs; struct thread_fp_state fp_state; };
struct task_struct { int state; struct thread_struct thread; };
void save_regs(struct thread_fp_state *to);

static void set_msr(unsigned long msr)
{
	asm volatile("mtmsr %%0; isync" : : "r"(msr) : "memory");
}

void giveup_fpu(struct task_struct *tsk)
{
	set_msr(0x3032);
	save_regs(&tsk->thread.fp_state);
	tsk->thread.regs->msr &= ~(%s);
	set_msr(0x1032);
}
%s
"""
_SAVES = "".join(f"\tstfd {n},{8 * n}(3)\n" for n in range(32))
_FPU = f"\t.globl save_regs\nsave_regs:\n{_SAVES}\tmffs 0\n\tstfd 0,256(3)\n\tblr\n"


def kernel(mask: str = GOOD_MASK, tail: str = "", **files: str) -> dict[str, str]:
    """The files of one version. `tail` is appended to process.c; `files` go to the folder drivers/."""
    return {REG: _REG, PROCESS: _PROCESS % (mask, tail), FPU: _FPU} | {
        f"drivers/{name}.c": text for name, text in files.items()
    }


def good(note: str = "") -> Mapping[str, str]:
    """A version that clears FE0 and FE1; `note` goes into a comment of process.c."""
    return kernel(tail=f"/* {note} */")


def bad(note: str = "") -> Mapping[str, str]:
    """A version that leaves them set."""
    return kernel(BAD_MASK, tail=f"/* {note} */")


def broken(note: str = "") -> Mapping[str, str]:
    """A version that does not compile."""
    return kernel(tail=f"#error {note or 'broken'}")


def line_of(*trees: Mapping[str, str]) -> list[Version]:
    """Versions one after the other."""
    return [Version(tree, message=f"step {number}") for number, tree in enumerate(trees)]
