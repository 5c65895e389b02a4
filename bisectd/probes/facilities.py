# SPDX-License-Identifier: GPL-2.0-or-later
"""The register files that a task can own: what is live in the processor, and what the kernel saved of it.

A value is named as its register is ("f3", "v3", "vs3", "FPSCR"). Layouts: Power ISA 2.07 Book I chapter 7
(FPR n is doubleword 0 of VSR n); thread_fp_state and thread_vr_state of asm/processor.h.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from bisectd.probes.checks import Check, Kind, Place
from bisectd.probes.scenario import SPEFSCR, Scenario

_FPR = ("task_struct.thread.fp_state.fpr", "task_struct.thread.fpr")
_FPSCR = ("task_struct.thread.fp_state.fpscr", "task_struct.thread.fpscr")
_VR = ("task_struct.thread.vr_state.vr", "task_struct.thread.vr")
_VSCR = ("task_struct.thread.vr_state.vscr", "task_struct.thread.vscr")
_EVR, _ACC, _SPEFSCR = (f"task_struct.thread.{name}" for name in ("evr", "acc", "spefscr"))

MEMBERS = (
    *_FPR, *_FPSCR, *_VR, *_VSCR, _EVR, _ACC, _SPEFSCR,
    "thread_fp_state.fpr", "thread_fp_state.fpscr", "thread_vr_state.vr", "thread_vr_state.vscr",
)  # fmt: skip

_M32 = (1 << 32) - 1
_M64 = (1 << 64) - 1


class Facility(Enum):
    """A group of registers with an MSR bit of its own; the value is the bit's name."""

    FP = "FP"
    VEC = "VEC"
    VSX = "VSX"
    SPE = "SPE"


@dataclass(frozen=True)
class Area:
    """Where saved registers are: a task_struct, or a structure of its own that a save area points at."""

    base: int
    registers: tuple[str, ...]
    status: tuple[str, ...]


def live(scenario: Scenario, facility: Facility) -> Mapping[str, int]:
    """The registers of a facility as they are in the processor."""
    state = scenario.machine.state
    match facility:
        case Facility.FP:
            return {f"f{n}": state.fpr[n] for n in range(32)} | {"FPSCR": state.fpscr}
        case Facility.VEC:
            return {f"v{n}": state.vr[n] for n in range(32)} | {"VSCR": state.vscr}
        case Facility.VSX:
            return {f"vs{n}": state.vsr[n] for n in range(32)}
        case Facility.SPE:
            upper = {f"upper r{n}": state.gprh[n] for n in range(32)}
            return upper | {"ACC": state.acc, "SPEFSCR": state.spr[SPEFSCR]}


def set_live(scenario: Scenario, values: Mapping[str, int]) -> None:
    """Put values into registers, named as `live` names them."""
    state = scenario.machine.state
    for name, value in values.items():
        number = int(name.lstrip("abcdefghijklmnopqrstuvwxyz ") or 0) if name[-1].isdigit() else 0
        match name.rstrip("0123456789"):
            case "f":
                state.fpr[number] = value
            case "v":
                state.vr[number] = value
            case "vs":
                state.vsr[number] = value
            case "upper r":
                state.gprh[number] = value
            case "FPSCR":
                state.fpscr = value
            case "VSCR":
                state.vscr = value
            case "ACC":
                state.acc = value
            case "SPEFSCR":
                state.spr[SPEFSCR] = value
            case _:
                raise ValueError(f"no register is called {name}")


# Rounding toward zero, inexact seen; VE of nothing: no exception is enabled, so that FEX stays 0 and the
# scenario itself raises nothing.
QUIET_FPSCR = 0x8200_4001
_NOT_JAVA = 0x0001_0001  # NJ, and SAT seen
_SPE_STATUS = 0x0000_2020  # FINXS and FINVS


def pattern(facility: Facility, seed: int = 0) -> dict[str, int]:
    """A value of its own for every register, none of them zero; other seeds give other values."""
    step = 0x0011_0000_0101_0010
    doubles = [0x4010_0000_0000_0001 + step * n + (seed << 33) for n in range(32)]
    quads = [(0x1111_0001_0203_0405 + step * n << 64 | doubles[n] ^ _M64) for n in range(32)]
    match facility:
        case Facility.FP:
            return {f"f{n}": doubles[n] for n in range(32)} | {"FPSCR": QUIET_FPSCR ^ (seed & 2)}
        case Facility.VEC:
            return {f"v{n}": (quads[n] + seed) & ~(1 << 128) for n in range(32)} | {
                "VSCR": _NOT_JAVA ^ (seed >> 1 & 1)
            }
        case Facility.VSX:
            return {f"vs{n}": doubles[n] << 64 | (quads[n] + 3 & _M64) for n in range(32)}
        case Facility.SPE:
            upper = {f"upper r{n}": (doubles[n] >> 24 & _M32) + seed for n in range(32)}
            return upper | {"ACC": doubles[7] ^ _M64, "SPEFSCR": _SPE_STATUS ^ (seed & 2) << 4}


def area_of(facility: Facility, task: int) -> Area:
    """Where a task's own registers are saved."""
    match facility:
        case Facility.FP | Facility.VSX:
            return Area(task, _FPR, _FPSCR)
        case Facility.VEC:
            return Area(task, _VR, _VSCR)
        case Facility.SPE:
            return Area(task, (_EVR,), (_ACC, _SPEFSCR))


def own_area(facility: Facility, base: int) -> Area:
    """A thread_fp_state or thread_vr_state that stands by itself, as fp_save_area points at one."""
    name = "thread_vr_state" if facility is Facility.VEC else "thread_fp_state"
    registers, status = ("vr", "vscr") if facility is Facility.VEC else ("fpr", "fpscr")
    return Area(base, (f"{name}.{registers}",), (f"{name}.{status}",))


def saved(scenario: Scenario, facility: Facility, area: Area) -> Mapping[str, int]:
    """What an area holds, named as `live` names it."""
    return {
        name: scenario.read(*place[:2]) >> shift & mask
        for name, (place, shift, mask) in _cells(scenario, facility, area)
    }


def fill(scenario: Scenario, area: Area, facility: Facility, values: Mapping[str, int]) -> None:
    """Write values into an area, as the kernel would have saved them."""
    for name, (place, shift, mask) in _cells(scenario, facility, area):
        old = scenario.read(place.address, place.size)
        scenario.write(place.address, old & ~(mask << shift) | (values[name] & mask) << shift, place.size)


def saved_checks(
    scenario: Scenario, facility: Facility, area: Area, expected: Mapping[str, int]
) -> Iterator[Check]:
    """Every register of `expected` must be in the area."""
    found = saved(scenario, facility, area)
    places = {name: cell[0] for name, cell in _cells(scenario, facility, area)}
    for name, value in expected.items():
        yield Check(name, value, found[name], value, kind=Kind.SAVED, place=places[name])


def kept_checks(
    scenario: Scenario, facility: Facility, before: Mapping[str, int], prefix: str = ""
) -> Iterator[Check]:
    """Every register of `before` must still be what it was."""
    now = live(scenario, facility)
    for name, value in before.items():
        yield Check(prefix + name, value, now[name], value, kind=Kind.KEPT, place=Place(register=name))


def _cells(
    scenario: Scenario, facility: Facility, area: Area
) -> Iterable[tuple[str, tuple[Place, int, int]]]:
    """Name → where the register's bits are in an area: memory, shift from its right, mask."""
    offset, size = scenario.find(*area.registers)
    each = size // 32
    for n in range(32):
        place = Place(area.base + offset + n * each, each)
        match facility:
            case Facility.FP:  # 8 bytes, or the upper half of 16 where VSX shares the array (TS_FPRWIDTH)
                yield f"f{n}", (place, 8 * each - 64, _M64)
            case Facility.VSX:
                yield f"vs{n}", (place, 0, (1 << 128) - 1)
            case Facility.VEC:
                yield f"v{n}", (place, 0, (1 << 128) - 1)
            case Facility.SPE:
                yield f"upper r{n}", (place, 0, _M32)
    if facility is Facility.SPE:
        for name, path in zip(("ACC", "SPEFSCR"), area.status, strict=True):
            yield name, (scenario.place(area.base, path), 0, _M64)
    elif facility is not Facility.VSX:
        name = "VSCR" if facility is Facility.VEC else "FPSCR"
        yield name, (scenario.place(area.base, *area.status), 0, _M32)
