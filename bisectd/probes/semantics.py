# SPDX-License-Identifier: GPL-2.0-or-later
"""The semantic summary of a version: every entry point, run under every condition that makes sense for it.

Nothing is judged here. Each call has a kernel of its own and leaves an `Effect`; a function or a save area
that the version has not got leaves no row.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from bisectd.domain.errors import MachineError
from bisectd.domain.program import Program
from bisectd.domain.registers import ranges
from bisectd.domain.semantics import Effect, Subject, Summary
from bisectd.domain.target import Target
from bisectd.probes.bits import has, names
from bisectd.probes.entries import ALL, ENTRIES, ROOTS, Act, Condition, Entry
from bisectd.probes.facilities import Area, Facility, area_of, fill, live, own_area, pattern, saved, set_live
from bisectd.probes.fpu import owner
from bisectd.probes.kernel import LOADERS, Kernel, Task
from bisectd.probes.probe import MEMBERS, Probe
from bisectd.probes.scenario import Inconclusive, Interrupted, Missing
from emulator import EmulatorError

FP, VEC, VSX, SPE = Facility.FP, Facility.VEC, Facility.VSX, Facility.SPE
VERSION = 1  # rises when the same program may give another summary

# The CPU features whose absence is a condition.
FEATURES = {VEC: "CPU_FTR_ALTIVEC", VSX: "CPU_FTR_VSX", SPE: "CPU_FTR_SPE"}
AREAS = {FP: ("fp_save_area", "thread_fp_state"), VEC: ("vr_save_area", "thread_vr_state")}
THREAD, ALTERNATE = "thread_struct", "save area"

_SAVED = 2  # seed of what memory holds, where something is loaded
_VARYING = re.compile(r" \(at [^)]*\)| at 0x[0-9a-f]+", re.ASCII)  # of a reason: moves with every version

# The program with some CPU features switched off.
Linker = Callable[[frozenset[str]], Program]


_KERNEL = "arch/powerpc/kernel"

# The code that summaries are about, in the form in which units are built; it has no cases and no verdict.
CODE = Probe(
    name="semantics",
    version=VERSION,
    description="every entry point under every condition",
    must_hold="",
    sources=(
        f"{_KERNEL}/process.c",
        f"{_KERNEL}/fpu.S if FP",
        f"{_KERNEL}/vector.S if VEC",
        f"{_KERNEL}/head_fsl_booke.S if SPE",
        f"{_KERNEL}/entry_{{bits}}.S",
    ),
    roots=(*ROOTS, *LOADERS, "_switch"),
    targets=(),
    cases=(),
    members=frozenset((*MEMBERS, "task_struct.thread.vr_state")),
    features=tuple(FEATURES.values()),
)


def summarize(link: Linker, target: Target) -> Summary:
    """Run everything. MachineError where the emulator lacks an instruction: nothing was learned."""
    linked = cache(link)
    try:
        return Summary(dict(_effects(linked, target)))
    except EmulatorError as error:
        raise MachineError(f"the emulator cannot run an entry point: {error}") from error


def _effects(link: Linker, target: Target) -> Iterator[tuple[Subject, Effect]]:
    whole = link(frozenset())
    for entry in (entry for entry in ENTRIES if entry.function in whole.symbols):
        for condition in entry.conditions:
            without = _features(condition)
            available = _available(target, condition)
            if not _makes_sense(entry, condition, available) or not _has_feature(whole, condition):
                continue
            kernel = Kernel(link(without), target, CODE.declared_roots, CODE.members)
            effect = _Run(kernel, entry, condition, available).effect()
            if effect is not None:
                yield Subject(entry.facility, entry.function, condition.name), effect


def _features(condition: Condition) -> frozenset[str]:
    """The CPU features that a condition takes away."""
    return frozenset(FEATURES[facility] for facility in _gone(condition))


def _gone(condition: Condition) -> tuple[Facility, ...]:
    """The facilities that a condition takes away: VSX is nothing without AltiVec."""
    match condition.without:
        case None:
            return ()
        case Facility.VEC:
            return VEC, VSX
        case facility:
            return (facility,)


def _available(target: Target, condition: Condition) -> tuple[Facility, ...]:
    """What the processor has, less what the condition takes away."""
    gone = _gone(condition)
    return tuple(found for found in Facility if has(target, found.value) and found not in gone)


def _makes_sense(entry: Entry, condition: Condition, available: tuple[Facility, ...]) -> bool:
    own = [facility for facility in entry.about if facility in available]
    if condition.owns_all and len(own) == len(available):
        return False  # the same as the plain condition
    return bool(own) if entry.facility == ALL else Facility(entry.facility) in available


def _has_feature(program: Program, condition: Condition) -> bool:
    """Whether the target's CPU has, by the commit's own headers, what the condition takes away."""
    features = program.features
    wanted = features.get(FEATURES[condition.without], 0) if condition.without else -1
    return bool(wanted & features.get("cpu", 0)) or condition.without is None


@dataclass
class _Run:
    """One call on a kernel of its own."""

    kernel: Kernel
    entry: Entry
    condition: Condition
    available: tuple[Facility, ...]

    @property
    def owned(self) -> tuple[Facility, ...]:
        """What the task owns: of what the entry is about, or of everything, as far as the CPU has it."""
        wanted = tuple(Facility) if self.condition.owns_all else self.entry.about
        return tuple(found for found in wanted if found in self.available) if self.condition.owns else ()

    def effect(self) -> Effect | None:
        """What the call did; None where this version has not got what the condition is about."""
        try:
            return self._effect()
        except Missing:
            return None
        except (Inconclusive, Interrupted) as reason:
            return Effect(ends=_VARYING.sub("", str(reason)).removeprefix(f"{self.entry.function} "))

    def _effect(self) -> Effect:
        kernel, condition = self.kernel, self.condition
        task = owner(kernel, self.owned, condition.wish)
        for facility in self.available:
            set_live(kernel, pattern(facility))
        areas = {THREAD: _own(task)} | ({ALTERNATE: self._alternate(task)} if condition.alternate else {})
        if self.entry.act is Act.LOAD:
            for facility, area in areas[THREAD].items():
                if facility in self.available:
                    fill(kernel, area, facility, pattern(facility, _SAVED))
        kernel.store(task.address, "task_struct.thread.fpexc_mode", kernel.msr(condition.wish))
        before = self._state(task)
        registers = {facility: live(kernel, facility) for facility in self.available}
        if not condition.regs:
            kernel.store(task.address, "task_struct.thread.regs", 0)
        CALLS[self.entry.act](kernel, self.entry, condition, task)
        return self._seen(task, before, registers, areas)

    def _alternate(self, task: Task) -> dict[Facility, Area]:
        found = {}
        for facility in (FP, VEC):
            member, structure = AREAS[facility]
            if facility in self.owned and self.kernel.has(f"task_struct.thread.{member}"):
                base = self.kernel.new(structure)
                self.kernel.store(task.address, f"task_struct.thread.{member}", base)
                found[facility] = own_area(facility, base)
        if not found:
            raise Missing("the unit has no alternate save area")
        return found | ({VSX: found[FP]} if FP in found else {})

    def _state(self, task: Task) -> tuple[int, int]:
        msr = self.kernel.load(task.regs, "pt_regs.msr")
        return msr, self.kernel.load(task.address, "task_struct.thread.fpexc_mode")

    def _seen(
        self,
        task: Task,
        before: tuple[int, int],
        registers: Mapping[Facility, Mapping[str, int]],
        areas: Mapping[str, Mapping[Facility, Area]],
    ) -> Effect:
        kernel, bits = self.kernel, self.kernel.msr_names
        (msr, mode), (new_msr, new_mode) = before, self._state(task)
        lasting = [found for found in self.available if new_msr & kernel.msr(found.value)]
        loads = self.entry.act is Act.LOAD
        switched_on = self.entry.act is Act.STORE or self.entry.needs_unit_on  # by the caller
        found = {name: self._saved(registers, area) for name, area in areas.items()}
        return Effect(
            cleared=_named(bits, msr & ~new_msr),
            gained=_named(bits, new_msr & ~msr),
            saved={name: text for name, text in found.items() if text} if not loads else {},
            live=" ".join(facility.value for facility in lasting),
            clobbered="" if loads else ranges(_widest(list(self._clobbered(registers, lasting)))),
            loaded=ranges(self._loaded(registers)) if loads else "",
            kernel="" if switched_on else _named(bits, kernel.machine.state.msr & kernel.facilities),
            mode="" if mode == new_mode else names(bits, new_mode),
        )

    def _saved(self, registers: Mapping[Facility, Mapping[str, int]], area: Mapping[Facility, Area]) -> str:
        """The registers whose values are in memory."""
        found = [
            name
            for facility in registers
            if facility in area
            for name, values in self._in_memory(facility, area[facility]).items()
            if registers[facility].get(name) in values
        ]
        return ranges(_widest(found))

    def _in_memory(self, facility: Facility, area: Area) -> Mapping[str, tuple[int, ...]]:
        """What memory holds for each register.

        Without VSX a little-endian kernel keeps an FPR in the other half of the array's element than with it
        (TS_FPROFFSET is C's alone, fpu.S ignores it): either counts.
        """
        found = saved(self.kernel, facility, area)
        if facility is not FP:
            return {name: (value,) for name, value in found.items()}
        elements = saved(self.kernel, VSX, area)
        halves = {f"f{name[2:]}": (value >> 64, value & (1 << 64) - 1) for name, value in elements.items()}
        return {name: halves.get(name, (value,)) for name, value in found.items()}

    def _clobbered(
        self, registers: Mapping[Facility, Mapping[str, int]], lasting: list[Facility]
    ) -> Iterator[str]:
        for facility in lasting:
            now = live(self.kernel, facility)
            yield from (name for name, value in registers[facility].items() if now[name] != value)

    def _loaded(self, before: Mapping[Facility, Mapping[str, int]]) -> list[str]:
        found = []
        for facility in self.available:
            memory, now = pattern(facility, _SAVED), live(self.kernel, facility)
            found += [name for name in now if memory[name] == now[name] != before[facility][name]]
        return _widest(found)


def _widest(found: list[str]) -> list[str]:
    """Without f3 where all of vs3 is there; status registers last."""
    widest = [name for name in found if not (name[0] == "f" and f"vs{name[1:]}" in found)]
    return sorted(widest, key=lambda name: not name[-1].isdigit())


def _named(bits: Mapping[str, int], value: int) -> str:
    return names(bits, value) if value else ""


def _own(task: Task) -> dict[Facility, Area]:
    return {facility: area_of(facility, task.address) for facility in Facility}


def _on_task(kernel: Kernel, entry: Entry, condition: Condition, task: Task) -> None:
    if not condition.current:
        kernel.current_task(name="another task")
    kernel.call(entry.function, task.address)


def _save(kernel: Kernel, entry: Entry, _condition: Condition, task: Task) -> None:
    if entry.needs_unit_on:
        kernel.enable("FP VEC VSX SPE")
    kernel.call(entry.function, task.address)


def _store(kernel: Kernel, entry: Entry, _condition: Condition, task: Task) -> None:
    kernel.enable("FP VEC VSX SPE")
    member = {FP: "fp_state", VEC: "vr_state"}[entry.about[0]]
    kernel.call(entry.function, kernel.place(task.address, f"task_struct.thread.{member}").address)


def _for_the_kernel(kernel: Kernel, entry: Entry, _condition: Condition, _task: Task) -> None:
    kernel.call(entry.function)


def _switch(kernel: Kernel, entry: Entry, _condition: Condition, task: Task) -> None:
    after = kernel.new_task(name="next")
    kernel.prepare_switch(after)
    kernel.run_as(task)
    kernel.call(entry.function, task.address, after.address)


def _load(kernel: Kernel, entry: Entry, condition: Condition, task: Task) -> None:
    if entry.word:
        kernel.user(task, entry.word)
        return
    for member in ("load_fp", "load_vec"):
        if kernel.has(f"task_struct.thread.{member}"):
            kernel.store(task.address, f"task_struct.thread.{member}", int(condition.often))
    kernel.call(entry.function, task.regs)


def _mode(kernel: Kernel, entry: Entry, condition: Condition, task: Task) -> None:
    kernel.call(entry.function, task.address, condition.argument)


CALLS: Mapping[Act, Callable[[Kernel, Entry, Condition, Task], None]] = {
    Act.GIVE_UP: _on_task,
    Act.SAVE: _save,
    Act.STORE: _store,
    Act.ENABLE: _for_the_kernel,
    Act.SWITCH: _switch,
    Act.LOAD: _load,
    Act.MODE: _mode,
}
