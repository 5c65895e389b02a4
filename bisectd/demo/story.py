# SPDX-License-Identifier: GPL-2.0-or-later
"""The history as one table: what happened to giveup_fpu and its relatives, release by release.

Everything stands on branch "powerpc", which is merged in each release's merge window, unless a line says otherwise.
The work of everybody else is put around it by `plan`. Subjects and ids of commits that stand for a mainline one are
those of mainline; sources and bodies were written for this project. docs/demo-history.md says which line is a
trap for which way of searching.
"""

from dataclasses import dataclass
from datetime import date

from bisectd.demo.actions import NOOR, TOMAS, Action, Write


@dataclass(frozen=True)
class Release:
    """A release, the day it came, and what was merged for it."""

    tag: str
    day: date
    steps: tuple[Action, ...] = ()


STORY = (
    Release(
        "v4.4",
        date(2016, 1, 10),
        (
            Write(
                "powerpc: Put FP/VSX and VR state into structures",
                "fp-state-structures",
                upstream="de79f7b9f6f92ec1bd6f61fa1f20de60728a5b5e",
                author=TOMAS,
            ),
            Write(
                "powerpc: Provide for giveup_fpu/altivec to save state in alternate location",
                "alternate-save-area",
                upstream="18461960cbf50bf345ef0667d45d5f64de8fb893",
                author=TOMAS,
            ),
        ),
    ),
    Release(
        "v4.5",
        date(2016, 3, 13),
        (
            Write(
                "powerpc: Remove UP only lazy floating point and vector optimisations",
                "drop-lazy-fpu",
                upstream="af1bbc3dd3d501d27da72e1764afe5f5b0d3882d",
                author=TOMAS,
            ),
            Write("powerpc: Look at the MSR before writing it", "msr-helpers"),
            Write("powerpc: Give giveup_fpu and its relatives a half in C", "c-halves"),
            Write("powerpc: Give up all units at once", "giveup-all"),
            Write("powerpc: Flush all units at once", "flush-all"),
        ),
    ),
    Release(
        "v4.6",
        date(2016, 5, 15),
        (
            Write(
                "powerpc: Explicitly disable math features when copying thread",
                "copy-thread-math-off",
                upstream="d272f6670a0bcc91fa50c234088d21cd6ac30af4",
            ),
            Write("powerpc: Load registers on the way back to a program that uses them", "restore-math"),
            Write(
                "powerpc: Prepare for splitting giveup_{fpu, altivec, vsx} in two",
                "save-all",
                upstream="de2a20aa7237b45d3c14a2505804a8daa95a8f53",
            ),
            Write("powerpc: Say in process.c who calls giveup_fpu()", "comment-giveup-callers", author=NOOR),
            Write(
                "powerpc: Add the ability to save FPU without giving it up",
                "save-fpu",
                upstream="8792468da5e1",
            ),
            Write("powerpc: Describe what __giveup_fpu() does", "comment-giveup-fpu", author=NOOR),
            Write(
                "powerpc: Add the ability to save Altivec without giving it up",
                "save-altivec",
                upstream="6f515d842e8e1b205e54f44b9013bf14870b97a7",
            ),
            Write(
                "powerpc: Add the ability to save VSX without giving it up",
                "save-vsx",
                upstream="bf6a4d5b75d1ea87897fe68d0e45d35a2996c678",
            ),
        ),
    ),
    Release(
        "v4.7",
        date(2016, 7, 24),
        (
            Write("powerpc: Change the saved MSR once when giving up a unit", "msr-once", author=TOMAS),
            Write("powerpc: Name more bits of the MSR in register dumps", "msr-names", author=NOOR),
        ),
    ),
    Release("v4.8", date(2016, 10, 2), ()),
    Release("v4.9", date(2016, 12, 11), ()),
    Release("v4.10", date(2017, 2, 19), ()),
    Release("v4.11", date(2017, 4, 30), ()),
    Release("v4.12", date(2017, 7, 2), ()),
    Release("v4.13", date(2017, 9, 3), ()),
    Release("v4.14", date(2017, 11, 12), ()),
    Release("v4.15", date(2018, 1, 28), ()),
    Release("v4.16", date(2018, 4, 1), ()),
    Release("v4.17", date(2018, 6, 3), ()),
    Release("v4.18", date(2018, 8, 12), ()),
    Release("v4.19", date(2018, 10, 22), ()),
    Release("v4.20", date(2018, 12, 23), ()),
    Release("v5.0", date(2019, 3, 3), ()),
    Release(
        "v5.1",
        date(2019, 5, 5),
        (
            Write(
                "powerpc: Fix 32-bit KVM-PR lockup and host crash with MacOS guest",
                "fix-fe-bits",
                author=NOOR,
                upstream="fe1ef6bcdb4fca33434256a802a3ed6aacf0bd2f",
            ),
        ),
    ),
)
