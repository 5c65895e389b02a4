# SPDX-License-Identifier: GPL-2.0-or-later
"""Probes of the floating-point unit's giving up: arch/powerpc/kernel/fpu.S and process.c."""

from dataclasses import dataclass
from typing import Any

from bisectd.domain.observation import Observation
from bisectd.domain.program import Program
from bisectd.domain.target import Target
from bisectd.domain.verdict import Verdict
from bisectd.probes.bits import MSR, mask, names
from bisectd.probes.probe import Probe
from bisectd.probes.scenario import Scenario, Watch, guarded, hexadecimal, register_evidence

# Where the registers go: since "Put FP/VSX and VR state into structures" (v3.13), and before it.
FPR = ("task_struct.thread.fp_state.fpr", "task_struct.thread.fpr")
FPSCR = ("task_struct.thread.fp_state.fpscr", "task_struct.thread.fpscr")

FE_SET = mask(MSR, "EE PR FP ME FE0 FE1 IR DR RI")  # a user task that owns the FPU, as on every 32-bit task
MUST_GO = mask(MSR, "FP FE0 FE1")

# Every register holds a value of its own, none of them zero; rounding toward zero, inexact seen, no exception
# enabled, so that FEX stays 0 and the scenario itself raises nothing.
FPR_VALUES = tuple(0x4010_0000_0000_0001 + 0x0011_0000_0101_0010 * n for n in range(32))
FPSCR_VALUE = 0x8200_4001


@dataclass(frozen=True)
class _GivenUp:
    """giveup_fpu ran on `task`, whose saved registers are at `regs`."""

    scenario: Scenario
    task: int
    regs: int
    instructions: int
    msr_writes: Watch | None


def giveup_fe(program: Program, target: Target) -> Observation:
    """giveup_fpu on the current task, which owns the FPU with FE0 and FE1 set."""
    run = _give_up(program, target, traced=False)
    after = run.scenario.load(run.regs, "pt_regs.msr")
    lost = _unsaved(run.scenario, run.task)
    evidence: dict[str, Any] = {
        "instructions": run.instructions,
        "registers": [register_evidence("MSR", FE_SET, after, FE_SET & ~MUST_GO, MSR)],
        "unsaved": lost,
    }
    reasons = []
    if after & MUST_GO:
        reasons.append(
            f"MSR: {names(MSR, FE_SET)} → {names(MSR, after)}, expected {names(MSR, FE_SET & ~MUST_GO)}"
        )
        # Only now is it worth a second run, under the tracer: which instruction wrote that?
        evidence["instruction"] = _writer(_give_up(program, target, traced=True))
    if lost:
        reasons.append(f"not saved: {' '.join(row['name'] for row in lost)}")
    return Observation(Verdict.BAD if reasons else Verdict.GOOD, "; ".join(reasons), evidence)


def _give_up(program: Program, target: Target, *, traced: bool) -> _GivenUp:
    scenario = Scenario(program, target)
    scenario.cpu_spec()
    task, regs = scenario.current_task(FE_SET)
    scenario.set_variable("last_task_used_math", task)  # uniprocessor kernels up to v4.4 keep the owner here
    state = scenario.machine.state
    for n, value in enumerate(FPR_VALUES):
        state.fpr[n] = value
    state.fpscr = FPSCR_VALUE
    offset, size = scenario.find("pt_regs.msr")
    watch = scenario.watch(regs + offset, size) if traced else None
    stop = scenario.call("giveup_fpu", task)
    return _GivenUp(scenario, task, regs, stop.instructions, watch)


def _writer(run: _GivenUp) -> dict[str, Any] | None:
    return run.scenario.last_write(run.msr_writes) if run.msr_writes else None


def _unsaved(scenario: Scenario, task: int) -> list[dict[str, str]]:
    """The registers whose saved value is not the live one."""
    offset, size = scenario.find(*FPR)
    area = scenario.machine.memory.read(task + offset, size)
    width = size // 32  # 8 bytes, or 16 where VSX shares the array (TS_FPRWIDTH)
    rows = [
        (f"f{n}", live, int.from_bytes(area[n * width : n * width + 8], scenario.target.endian))
        for n, live in enumerate(FPR_VALUES)
    ]
    offset, size = scenario.find(*FPSCR)
    saved = scenario.machine.memory.read(task + offset, size)
    rows.append(("FPSCR", FPSCR_VALUE, int.from_bytes(saved, scenario.target.endian) & 0xFFFF_FFFF))
    return [
        {"name": name, "live": hexadecimal(live), "saved": hexadecimal(found)}
        for name, live, found in rows
        if live != found
    ]


FPU_GIVEUP_FE = Probe(
    name="fpu-giveup-fe",
    version=1,
    description="give up the FPU of a task that owns it with FE0 and FE1 set",
    must_hold="f0-f31 and FPSCR are saved; none of FP, FE0, FE1 is left in the saved MSR",
    sources=("arch/powerpc/kernel/process.c", "arch/powerpc/kernel/fpu.S"),
    roots=("giveup_fpu",),
    structures=("task_struct", "pt_regs", "thread_info", "cpu_spec"),
    members=(
        "task_struct.thread.regs",
        "thread_info.task",
        "pt_regs.msr",
        "cpu_spec.cpu_features",
        "cpu_spec.mmu_features",
        *FPR,
        *FPSCR,
    ),
    targets=("pmac32",),
    run=guarded(giveup_fe),
)
