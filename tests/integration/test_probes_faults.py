# SPDX-License-Identifier: GPL-2.0-or-later
"""Each probe on the bundled history's last version, unharmed and with one fault that it must see."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from bisectd.demo import write_history
from bisectd.domain.observation import Observation
from bisectd.domain.verdict import Verdict
from bisectd.probes.registry import PROBES
from bisectd.services.evaluation import Evaluator, setup_for
from tests.support.git_repos import git

KERNEL = "arch/powerpc/kernel"
PROCESS, FPU, VECTOR, SPE = (
    f"{KERNEL}/{name}" for name in ("process.c", "fpu.S", "vector.S", "head_fsl_booke.S")
)
PROCESSOR = "arch/powerpc/include/asm/processor.h"
KVM = "arch/powerpc/kvm/book3s_pr.c"
MASK = "msr &= ~(MSR_FP|MSR_FE0|MSR_FE1);"
VSX_TOO = "\n#ifdef CONFIG_VSX\n\tif (cpu_has_feature(CPU_FTR_VSX))\n\t\tmsr &= ~MSR_VSX;\n#endif"
LEAK = (PROCESS, MASK, "msr &= ~MSR_FP;")


class Fault(NamedTuple):
    """Replacements (path, old, new) in the tree, and what the probe's reason must say then."""

    probe: str
    target: str
    changes: tuple[tuple[str, str, str], ...]
    says: str


FAULTS = (
    Fault("fpu-giveup-fe", "g5", (LEAK,), "MSR: SF EE PR FP ME FE0 FE1 IR DR RI → SF EE PR ME FE0 FE1"),
    Fault("fpu-giveup-fe", "power8le", ((FPU, "SAVE_32FPVSRS(4, 8)", "nop"),), "not saved: f0 f1"),
    Fault("fpexc-disable", "pmac32", (LEAK,), "task took a program interrupt 0x700"),
    Fault(
        "fpexc-disable",
        "g5",
        ((PROCESS, "tsk->thread.fpexc_mode = __pack_fe01(mode);", ""),),
        "PR_FP_EXC_PRECISE",
    ),
    Fault("kvm-pr-host-sigfpe", "pmac32", (LEAK,), "init took a deferred program interrupt 0x700"),
    # What saves 64-bit hosts is the initial fpexc_mode alone.
    Fault(
        "kvm-pr-host-sigfpe",
        "g5",
        (LEAK, (PROCESSOR, ".fpexc_mode = 0,", ".fpexc_mode = MSR_FE0 | MSR_FE1,")),
        "init took a deferred program interrupt 0x700",
    ),
    Fault("fpu-preempt", "pmac32", ((FPU, "\tor\tr9, r9, r10\n", ""),), "MSR of task A in turn 1"),
    Fault(
        "fpu-preempt", "g5", ((FPU, "REST_32FPVSRS(4, 10)", "nop"),), "not kept: f0 of task A in turn 1 f1"
    ),
    Fault(
        "fpu-preempt",
        "power8le",
        ((FPU, "\tmtfsf\t0xff, fr0\n\tREST_32FPVSRS(4, 10)", "\tREST_32FPVSRS(4, 10)"),),
        "FPSCR of task",
    ),
    Fault("fp-save-keeps-f0", "pmac32", ((FPU, "\tREST_F0VS0(4, 8)\n", ""),), "save_fpu: not kept: f0"),
    Fault("fp-save-keeps-f0", "power8le", ((FPU, "\tREST_F0VS0(4, 3)\n", ""),), "not kept: f0 vs0"),
    Fault("vmx-giveup", "pmac32", ((PROCESS, "msr &= ~MSR_VEC;", ""),), "MSR: VEC EE PR ME IR DR RI → VEC"),
    Fault("vmx-giveup", "g5", ((VECTOR, "\tstvx\tv0, r8, r4\n", ""),), "not saved: VSCR"),
    Fault("vsx-giveup", "power8le", ((PROCESS, f"~MSR_VEC;{VSX_TOO}", "~MSR_VEC;"),), "giveup_altivec: MSR"),
    Fault(
        "spe-giveup",
        "e500",
        (
            (SPE, "\tstw\tr5, THREAD_SPEFSCR(r3)\n", ""),
            (PROCESS, "\t\ttsk->thread.spefscr = mfspr(SPRN_SPEFSCR);\n\t\tgiveup", "\t\tgiveup"),
        ),
        "not saved: SPEFSCR",
    ),
    Fault("spe-giveup", "e500", ((SPE, "\tlis\tr10, MSR_SPE >> 16\n", "\tli\tr10, 0\n"),), "MSR: SPE"),
    Fault("giveup-all", "pmac32", (LEAK,), "giveup_all, alternate save area: MSR"),
    Fault(
        "giveup-all",
        "g5",
        ((FPU, "\tbne\t4f\n\taddi\tr8, r3, THREAD_FPSTATE\n", "\taddi\tr8, r3, THREAD_FPSTATE\n"),),
        "alternate save area: not saved: f0",
    ),
    Fault("giveup-all", "e500", ((SPE, "\tlis\tr10, MSR_SPE >> 16\n", "\tli\tr10, 0\n"),), "MSR: SPE"),
    Fault(
        "enable-kernel-fp",
        "g5",
        ((PROCESS, "\tmsr_check_and_set(MSR_VEC);\n\tif (current", "\tif (current"),),
        "enable_kernel_altivec",
    ),
    Fault(
        "restore-math",
        "pmac32",
        ((PROCESS, "\t\tregs->msr |= thread->fpexc_mode;\n", ""),),
        "PR_FP_EXC_PRECISE: MSR",
    ),
)


@dataclass(frozen=True)
class Trees:
    """A repository to which versions of master can be added, and one store for all."""

    place: Path
    database: str

    def changed(self, changes: tuple[tuple[str, str, str], ...]) -> str:
        """A commit with the replacements made; every old text must be there exactly once."""
        git(self.place, "checkout", "-q", "--force", "master")
        for path, old, new in changes:
            text = (self.place / path).read_text()
            assert text.count(old) == 1, (path, old, text.count(old))
            (self.place / path).write_text(text.replace(old, new))
        git(self.place, "checkout", "-q", "--detach")
        git(self.place, "commit", "-q", "--allow-empty", "-am", "a fault")
        return git(self.place, "rev-parse", "HEAD")

    def observe(self, probe: str, target: str, revision: str) -> Observation:
        """What a probe sees there."""
        with Evaluator.open(setup_for(str(self.place), probe, target, "zig", self.database)) as evaluator:
            return evaluator.evaluate(evaluator.repository.resolve(revision)).observation


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Trees:
    folder = tmp_path_factory.mktemp("faults")
    write_history(folder / "history", work_tree=True)
    return Trees(folder / "history", f"sqlite:///{folder / 'observations.db'}")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.probe}-{fault.target}")
def test_the_probe_sees_the_fault_and_nothing_without_it(trees: Trees, fault: Fault) -> None:
    unharmed = trees.observe(fault.probe, fault.target, "master")
    assert (unharmed.verdict, unharmed.reason) == (Verdict.GOOD, "")
    observation = trees.observe(fault.probe, fault.target, trees.changed(fault.changes))
    assert observation.verdict is Verdict.BAD, observation
    assert fault.says in observation.reason


def test_every_probe_has_a_fault() -> None:
    assert {fault.probe for fault in FAULTS} == set(PROBES)
