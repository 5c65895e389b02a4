# SPDX-License-Identifier: GPL-2.0-or-later
"""A case of a user's file, done to a kernel on the emulator."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bisectd.probes.checks import Finding, Place
from bisectd.probes.facilities import (
    Area,
    Facility,
    area_of,
    fill,
    kept_checks,
    live,
    pattern,
    saved_checks,
    set_live,
)
from bisectd.probes.fpexc import no_interrupts
from bisectd.probes.fpu import OWNERS
from bisectd.probes.kernel import Kernel, Task
from bisectd.probes.own.memory import Cells, Pair, Returned, compare, compare_number
from bisectd.probes.own.model import (
    Assignment,
    Call,
    CaseSpec,
    Expect,
    Kept,
    Pattern,
    Set,
    Step,
    Switch,
    User,
    Wanted,
    Wish,
)
from bisectd.probes.own.places import Group, Memory, Register
from bisectd.probes.own.values import BitNames, Number, Unchanged, Value
from bisectd.probes.scenario import Missing
from emulator.errors import MemoryFault

_PAIRED = 8  # bytes of a number that takes two registers where one has four
_FIRST = 3  # register of the first argument, and of the result


def findings(case: CaseSpec, stubs: Mapping[str, int], kernel: Kernel) -> Iterator[Finding]:
    """Set the case up, do its steps, and yield what must hold."""
    for name, result in stubs.items():
        kernel.provide_function(name, result)
    run = _Run(case, kernel, Cells(kernel, case.objects))
    try:
        run.set_up()
        for step in case.steps:
            yield from run.step(step)
        yield from run.wish(case.after)
    except MemoryFault as fault:
        raise Missing(f"the probe follows a pointer to where nothing is ({fault})") from None


@dataclass
class _Run:
    """A case under way."""

    case: CaseSpec
    kernel: Kernel
    cells: Cells

    def __post_init__(self) -> None:
        self.tasks: dict[str, Task] = {}
        self.current: Task | None = None
        self.live: dict[Facility, Mapping[str, int]] = {}
        self.bytes: dict[str, bytes] = {}  # what was at the places that something must hold of
        self.registers: dict[str, int] = {}

    # -- before ---------------------------------------------------------------------------------------------

    def set_up(self) -> None:
        """Make the objects, put the state in place, and remember what it was."""
        for name in self.case.tasks:
            self.tasks[name] = self.kernel.new_task(name=name)
            self.cells.addresses[name] = self.tasks[name].address
        self.cells.make(self.case.contents)
        first = next(iter(self.tasks.values()), None)
        registers = [found for found in self.case.before if not isinstance(found.place, Memory)]
        for assignment in self.case.before:
            if isinstance(assignment.place, Memory):
                self._assign(assignment)
        if self.case.switches:
            for task in self.tasks.values():
                self.kernel.prepare_switch(task)
        self._become(first)
        for assignment in registers:
            self._assign(assignment)
        self._remember()

    def _become(self, task: Task | None) -> None:
        self.current = task
        if task is None:
            self.kernel.run_without_task()
        else:
            self.kernel.run_as(task)

    def _remember(self) -> None:
        """What "unchanged", "saved" and "before" will mean."""
        self.live = {facility: live(self.kernel, facility) for facility in self.case.facilities()}
        for wish in self.case.wishes:
            for wanted in wish.places:
                if isinstance(wanted.place, Register):
                    self.registers[wanted.key] = self.kernel.register(wanted.place.name)
                elif isinstance(wanted.place, Memory):
                    self.bytes[wanted.key] = self.cells.glimpse(wanted.place)

    def _assign(self, assignment: Assignment) -> None:
        place, value = assignment.place, assignment.value
        if isinstance(place, Group):
            if isinstance(value, Pattern) and self.kernel.target_has(place.facility.value):
                self._fill(place, value)
        elif isinstance(value, Pattern):
            raise TypeError(assignment)
        elif isinstance(place, Register):
            self._set_register(place.name, self.cells.number(value, assignment.key, 0))
        else:
            self.cells.store(place, value, assignment.key)

    def _fill(self, place: Group, value: Pattern) -> None:
        values = pattern(place.facility, value.seed)
        if place.task:
            fill(self.kernel, self._area(place.facility, place.task), place.facility, values)
            return
        set_live(self.kernel, values)
        if self.current:  # uniprocessor kernels up to v4.4 keep the owner in a variable
            self.kernel.set_variable(OWNERS[place.facility], self.current.address)

    def _area(self, facility: Facility, task: str) -> Area:
        return area_of(facility, self.tasks[task].address)

    def _set_register(self, name: str, value: int) -> None:
        state = self.kernel.machine.state
        if name == "MSR":
            state.msr = value & self.kernel.machine.cpu.msr_mask
        elif name.rstrip("0123456789") == "r":
            state.gpr[int(name[1:])] = value & state.mask
        else:
            widths = {"v": 128, "vs": 128, "f": 64}
            set_live(self.kernel, {name: value & (1 << widths.get(name.rstrip("0123456789"), 32)) - 1})

    # -- steps ----------------------------------------------------------------------------------------------

    def step(self, step: Step) -> Iterator[Finding]:
        """Do one step."""
        match step:
            case Call():
                yield from self._call(step)
            case User(words):
                if self.current:
                    self.kernel.user(self.current, *words)
            case Switch(to):
                if self.current:
                    self.kernel.switch(self.current, self.tasks[to])
                self.current = self.tasks[to]
            case Set(assignments):
                for assignment in assignments:
                    self._assign(assignment)
            case Expect(wish):
                yield from self.wish(wish)

    def _call(self, call: Call) -> Iterator[Finding]:
        function = next((name for name in call.functions if self.kernel.defines(name)), None)
        if function is None:
            raise Missing(f"the unit has no function {' or '.join(call.functions)}")
        words = self._words(call)
        self.kernel.call(function, *words)
        if call.returns is not None:
            yield self._returned(function, call, call.returns, words)

    def _words(self, call: Call) -> list[int]:
        """The argument registers' values: a wide number takes an odd register and the next one."""
        words: list[int] = []
        width = self.kernel.width
        for argument in call.arguments:
            value = self.cells.number(argument, f"argument of {call.functions[0]}", width)
            if self._paired(argument):
                words += [0] * (len(words) % 2)
                words += self._halves(value)
            else:
                words.append(value)
        return words

    def _paired(self, value: Value) -> bool:
        wide = isinstance(value, Number) and self.cells.size(value.type, 0) == _PAIRED
        return wide and self.kernel.width < _PAIRED

    def _halves(self, value: int) -> list[int]:
        high, low = value >> 32 & 0xFFFF_FFFF, value & 0xFFFF_FFFF
        return [high, low] if self.kernel.target.endian == "big" else [low, high]

    def _returned(self, function: str, call: Call, wanted: Value, words: list[int]) -> Finding:
        width = self.kernel.width
        size = self.cells.size(wanted.type, width) if isinstance(wanted, Number) else width
        mask = (1 << 8 * size) - 1
        gpr = self.kernel.machine.state.gpr
        after = gpr[_FIRST] << 32 | gpr[_FIRST + 1] if self._paired(wanted) else gpr[_FIRST]
        signed = isinstance(wanted, Number) and (wanted.value < 0 or wanted.type[:1] == "s")
        expected = self.cells.number(wanted, f"what {function} returns", size) & mask
        bits = self.cells.bits(wanted)
        first = words[0] if words else 0
        return Returned(
            f"{function}({call.text})", first & mask, after & mask, expected, bits, size=size, signed=signed
        )

    # -- what must hold -------------------------------------------------------------------------------------

    def wish(self, wish: Wish) -> Iterator[Finding]:
        """Yield everything that must hold at this point."""
        for wanted in wish.places:
            if isinstance(wanted.place, Group):
                if self.kernel.target_has(wanted.place.facility.value):
                    yield from self._group(wanted.place, wanted.value)
            elif isinstance(wanted.place, Register):
                yield from self._register(wanted, wanted.place.name)
            else:
                yield from compare(self.cells, wanted, wanted.place, self.bytes[wanted.key])
        if wish.quiet:
            yield from no_interrupts(self.kernel, "a signal")

    def _group(self, place: Group, value: object) -> Iterator[Finding]:
        facility = place.facility
        expected = pattern(facility, value.seed) if isinstance(value, Pattern) else self.live[facility]
        task = place.task or (value.saved_in if isinstance(value, Kept) else None)
        if task:
            yield from saved_checks(self.kernel, facility, self._area(facility, task), expected)
        else:
            yield from kept_checks(self.kernel, facility, expected)

    def _register(self, wanted: Wanted, name: str) -> Iterator[Finding]:
        before, after = self.registers[wanted.key], self.kernel.register(name)
        if isinstance(wanted.value, Number | BitNames | Unchanged):
            pair = Pair(before, after, Place(register=name))
            yield compare_number(self.cells, wanted.key, wanted.value, pair)
