# SPDX-License-Identifier: GPL-2.0-or-later
"""The history as one table: what happened to giveup_fpu and its relatives, release by release.

Everything stands on branch "powerpc", which is merged in each release's merge window, unless a line says
otherwise. The work of everybody else is put around it by `plan`. Subjects and ids of commits that stand for a
mainline one are those of mainline; sources and bodies were written for this project. docs/demo-history.md
says which line is a trap for which way of searching.
"""

from dataclasses import dataclass
from datetime import date

from bisectd.demo.actions import NOOR, TOMAS, Action, Fork, Import, Merge, Revert, Write

CULPRIT = "powerpc: Add the ability to save FPU without giving it up"
FIX = "powerpc: Fix 32-bit KVM-PR lockup and host crash with MacOS guest"


@dataclass(frozen=True)
class Release:
    """A release, the day it came, and what was merged for it."""

    tag: str
    day: date
    steps: tuple[Action, ...] = ()


# fmt: off
STORY = (
    Release("v4.4", date(2016, 1, 10), (
        Write("powerpc: Put FP/VSX and VR state into structures", "fp-state-structures",
              upstream="de79f7b9f6f92ec1bd6f61fa1f20de60728a5b5e", author=TOMAS),
        Write("powerpc: Provide for giveup_fpu/altivec to save state in alternate location",
              "alternate-save-area", upstream="18461960cbf50bf345ef0667d45d5f64de8fb893", author=TOMAS),
        Write("KVM: PPC: Book3S PR: Lend guests the floating-point and AltiVec units", "kvm-guest-registers",
              author=NOOR),
        Fork("legacy"),
        Write("powerpc: Print the trap number in register dumps", "dump-trap", "legacy", NOOR),
    )),
    Release("v4.5", date(2016, 3, 13), (
        Write("powerpc: Remove UP only lazy floating point and vector optimisations", "drop-lazy-fpu",
              upstream="af1bbc3dd3d501d27da72e1764afe5f5b0d3882d", author=TOMAS),
        Write("powerpc: Look at the MSR before writing it", "msr-helpers"),
        Write("powerpc: Give giveup_fpu and its relatives a half in C", "c-halves"),
        Write("powerpc: Say why preemption is off in flush_fp_to_thread()", "comment-flush"),
        Write("powerpc: Give up all units at once", "giveup-all"),
        Write("powerpc: Flush all units at once", "flush-all"),
        Write("powerpc: Correct the comment above load_up_vsx()", "comment-load-up-vsx", "legacy", NOOR),
    )),
    Release("v4.6", date(2016, 5, 15), (
        Write("powerpc: Explicitly disable math features when copying thread", "copy-thread-math-off",
              upstream="d272f6670a0bcc91fa50c234088d21cd6ac30af4"),
        Write("powerpc: Load registers on the way back to a program that uses them", "restore-math"),
        Write("powerpc: Prepare for splitting giveup_{fpu, altivec, vsx} in two", "save-all",
              upstream="de2a20aa7237b45d3c14a2505804a8daa95a8f53"),
        Write("powerpc: Say in process.c who calls giveup_fpu()", "comment-giveup-callers", author=NOOR),
        Write(CULPRIT, "save-fpu", upstream="8792468da5e1"),
        Write("powerpc: Describe what __giveup_fpu() does", "comment-giveup-fpu", author=NOOR),
        Write("powerpc: Add the ability to save Altivec without giving it up", "save-altivec",
              upstream="6f515d842e8e1b205e54f44b9013bf14870b97a7"),
        Write("powerpc: Add the ability to save VSX without giving it up", "save-vsx",
              upstream="bf6a4d5b75d1ea87897fe68d0e45d35a2996c678"),
    )),
    Release("v4.7", date(2016, 7, 24), (
        Write("powerpc: Change the saved MSR once when giving up a unit", "msr-once", author=TOMAS),
        Write("powerpc: Name more bits of the MSR in register dumps", "msr-names", author=NOOR),
        Write("powerpc: Name the processor version register", "pvr", author=NOOR),
    )),
    Release("v4.8", date(2016, 10, 2), (
        Write("powerpc: Move cpu_has_feature() into a header of its own", "cpu-has-feature-header"),
        Merge(("legacy",), step="merge-legacy"),
    )),
    Release("v4.9", date(2016, 12, 11), (
        Write("powerpc: Rename asm/fp_regs.h to asm/fpstate.h", "rename-fpstate", author=TOMAS),
        Write("kernel.h: Remove BIT_IS_SET()", "bit-is-set", author=NOOR),
    )),
    Release("v4.10", date(2017, 2, 19), (
        Fork("topic/prctl"),
        Fork("topic/decrementer"),
        Fork("topic/return-value"),
        Write("powerpc: Refuse PR_GET_FPEXC for kernel threads", "prctl-kernel-threads", "topic/prctl"),
        Write("powerpc: Name the decrementer", "decrementer", "topic/decrementer", TOMAS),
        Write("powerpc: Add regs_return_value()", "return-value", "topic/return-value", NOOR),
        Merge(("topic/prctl", "topic/decrementer", "topic/return-value")),
    )),
    Release("v4.11", date(2017, 4, 30), (
        Fork("topic/vsx"),
        Write("powerpc: Use IS_ENABLED() in with_vsx()", "with-vsx", "topic/vsx"),
        Write("powerpc: Do not warn twice in enable_kernel_vsx()", "enable-vsx-quiet", author=TOMAS),
        Revert("powerpc: Use IS_ENABLED() in with_vsx()", "topic/vsx"),
        Write('Reapply "powerpc: Use IS_ENABLED() in with_vsx()"', "with-vsx", "topic/vsx"),
        Merge(("topic/vsx",)),
    )),
    Release("v4.12", date(2017, 7, 2), (
        Write("uaccess: Check against TASK_SIZE_MAX", "task-size-max", author=NOOR),
        Write("powerpc: Define TASK_SIZE_MAX", "define-task-size-max", author=TOMAS),
    )),
    Release("v4.13", date(2017, 9, 3), (
        Write("powerpc: Move fpu.S into a directory of its own", "fpu-to-directory", author=TOMAS),
        Write("powerpc: Say what fpu_on is for", "comment-fpu-on", author=NOOR),
    )),
    Release("v4.14", date(2017, 11, 12), (
        Write("kbuild: Let clang assemble what asm-offsets.c gives", "kbuild-ascii", author=NOOR),
        Write("powerpc: Name the interrupt in register dumps", "trap-names", author=NOOR),
    )),
    Release("v4.15", date(2018, 1, 28), (
        Write("powerpc: Move fpu.S back", "fpu-back", author=TOMAS),
        Write("compiler.h: Split off what the build includes first", "compiler-types", author=NOOR),
    )),
    Release("v4.16", date(2018, 4, 1), (
        Write("sched: Count switches of a task", "count-switches", author=NOOR),
    )),
    Release("v4.17", date(2018, 6, 3), (
        Import("facility: Start of the tables", "facility-import", "facility"),
        Write("facility: Add interrupts", "facility-table", "facility", NOOR),
        Merge(("facility",), "powerpc", "Merge the facility tables and their history", "merge-facility"),
        Write("powerpc: Tell whether a task owns a unit", "task-owns"),
    )),
    Release("v4.18", date(2018, 8, 12), (
        Write("lib/int_sqrt: Start at the highest bit", "int-sqrt-clz", author=NOOR),
    )),
    Release("v4.19", date(2018, 10, 22), (
        Write("powerpc: Group what prctl() sets in thread_struct", "group-prctl", author=TOMAS),
        Write("powerpc: Name the bits of FPSCR in register dumps", "dump-fpscr", author=NOOR),
    )),
    Release("v4.20", date(2018, 12, 23), (
        Write("lib/int_sqrt: Do not start one bit too low", "int-sqrt-top-bit", author=TOMAS),
    )),
    Release("v5.0", date(2019, 3, 3), (
        Fork("lockup-hunt"),
        Write(f'Revert "{CULPRIT}"', "revert-save-fpu", "lockup-hunt", NOOR),
        Revert(f'Revert "{CULPRIT}"', "lockup-hunt", NOOR, f'Reapply "{CULPRIT}"'),
        Write("powerpc: Say why load_fp_state() starts with FPSCR", "comment-load-fp-state", "lockup-hunt"),
    )),
    Release("v5.1", date(2019, 5, 5), (
        Write(FIX, "fix-fe-bits", author=NOOR, upstream="fe1ef6bcdb4fca33434256a802a3ed6aacf0bd2f"),
        Merge(("lockup-hunt",), step="merge-lockup-hunt", instead=True),
        Write("powerpc: Count the bits of the MSR again", "renumber-msr", author=TOMAS),
        Write("powerpc: Put MSR_FE0 and MSR_SE back in their places", "renumber-msr-back", author=NOOR),
        Fork("topic/tidy"),
        Write("powerpc: Tidy the comments on flushing", "tidy-flush", "topic/tidy", TOMAS),
        Write("powerpc: Name the bits that prctl() changes", "name-user-bits"),
        Merge(("topic/tidy",), step="evil-merge"),
        Write("powerpc: Clear MSR_FE1 again when giving up the FPU", "evil-merge-repair"),
        Write("powerpc: Put thread_info into task_struct", "thread-info-in-task", author=TOMAS),
    )),
)

AFTER = (  # not released yet
    Write("powerpc: Don't clobber f0/vs0 during fp|altivec register save", "keep-f0",
          upstream="5e1d824f9a283cbf90f25241b66d1f69adb3835b"),
)
# fmt: on
