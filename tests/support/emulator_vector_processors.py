# SPDX-License-Identifier: GPL-2.0-or-later
"""Processors that run single vector instructions: ours, unicorn's 7447A, and qemu's.

unicorn does not show its vector registers: a fixed program in the guest loads all of them and VSCR, runs the
one instruction in a slot, and stores them again.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import unicorn
import unicorn.ppc_const as names

from emulator import Machine
from emulator.cpus import VEC
from tests.support import emulator_qemu as qemu

WINDOW = 64  # bytes of memory that loads and stores work on
_M64 = 0xFFFF_FFFF_FFFF_FFFF


@dataclass(frozen=True)
class Case:
    """The state before or after. Even GPRs hold the window's address plus `at`, odd ones `more`."""

    word: int
    vr: tuple[int, ...]
    vscr: int
    cr: int = 0
    at: int = 0
    more: int = 0
    memory: bytes = bytes(WINDOW)
    event: str = ""

    def gpr(self, window: int) -> tuple[int, ...]:
        return (window + self.at, self.more) * 16


class Ours:
    """Our processor, used again for every case."""

    _CODE, _DATA = 0x5000_0000, 0x2000_0000

    def __init__(self, cpu: str, endian: str = "big", msr: int = VEC) -> None:
        self._machine = machine = Machine(cpu, endian)
        machine.memory.map(self._CODE, 0x1000)
        machine.memory.map(self._DATA, 0x1000)
        self._endian, self._msr = endian, msr

    def run(self, cases: Sequence[Case]) -> list[Case]:
        return [self._run(case) for case in cases]

    def _run(self, case: Case) -> Case:
        machine, state = self._machine, self._machine.state
        machine.memory.write(self._CODE, case.word.to_bytes(4, self._endian))  # type: ignore[arg-type]
        machine.memory.write(self._DATA, case.memory)
        state.gpr[:] = case.gpr(self._DATA)
        state.vr[:] = case.vr
        state.vscr, state.cr, state.msr, state.pc = case.vscr, case.cr, self._msr, self._CODE
        stop = machine.run(max_instructions=1)
        event = "" if stop.reason == "limit" else f"{stop.reason} {stop.vector:#x}"
        memory = machine.memory.read(self._DATA, WINDOW)
        return replace(case, vr=tuple(state.vr), vscr=state.vscr, cr=state.cr, memory=memory, event=event)


def _x(rt: int, ra: int, rb: int, extended: int) -> int:
    return 31 << 26 | rt << 21 | ra << 16 | rb << 11 | extended << 1


def _d(primary: int, rt: int, ra: int, d: int) -> int:
    return primary << 26 | rt << 21 | ra << 16 | d


_BEFORE, _AFTER = 0, 0x400  # in the data page; each: 32 registers, VSCR, then CR
_GPRS, _WINDOW = 0x800, 0x900
_LVX, _STVX = 103, 231


def _all(extended: int, at: int) -> list[int]:
    return [w for n in range(32) for w in (_d(14, 2, 1, at + 16 * n), _x(n, 0, 2, extended))]


_ENTRY = [
    _d(14, 2, 1, _BEFORE + 512), _x(0, 0, 2, _LVX), 4 << 26 | 1604, *_all(_LVX, _BEFORE),
    _d(32, 2, 1, _BEFORE + 528), 31 << 26 | 2 << 21 | 0xFF << 12 | 144 << 1, _d(32, 0, 1, _GPRS),
    _d(46, 2, 1, _GPRS + 8),
]  # fmt: skip
_EXIT = [
    *_all(_STVX, _AFTER), 4 << 26 | 1540, _d(14, 2, 1, _AFTER + 512), _x(0, 0, 2, _STVX),
    31 << 26 | 2 << 21 | 19 << 1, _d(36, 2, 1, _AFTER + 528),
]  # fmt: skip
_REGISTERS = struct.Struct(">64Q2QI")


class Unicorn:
    """A 7447A of unicorn: its guest's r1 points at the data."""

    _ENTRY, _SLOT, _EXIT, _DATA = 0x5000_0000, 0x5000_1000, 0x5000_2000, 0x2000_0000

    def __init__(self) -> None:
        uc: Any = unicorn.Uc(unicorn.UC_ARCH_PPC, unicorn.UC_MODE_PPC32 | unicorn.UC_MODE_BIG_ENDIAN)
        self._uc = uc
        uc.ctl_set_cpu_model(names.UC_CPU_PPC32_7447A_V1_1)
        uc.mem_map(self._ENTRY, 0x3000)
        uc.mem_map(self._DATA, 0x1000)
        uc.mem_write(
            self._ENTRY, self._code([*_ENTRY, self._branch(self._ENTRY + 4 * len(_ENTRY), self._SLOT)])
        )
        uc.mem_write(self._EXIT, self._code(_EXIT))
        uc.reg_write(names.UC_PPC_REG_1, self._DATA)
        uc.reg_write(names.UC_PPC_REG_MSR, VEC)

    @staticmethod
    def _code(words: Iterable[int]) -> bytes:
        return b"".join(w.to_bytes(4) for w in words)

    @staticmethod
    def _branch(source: int, target: int) -> int:
        return 18 << 26 | target - source & 0x3FF_FFFC

    def run(self, cases: Sequence[Case]) -> list[Case]:
        return [self._run(case) for case in cases]

    def _run(self, case: Case) -> Case:
        uc = self._uc
        uc.mem_write(self._SLOT, self._code((case.word, self._branch(self._SLOT + 4, self._EXIT))))
        uc.ctl_remove_cache(self._SLOT, self._SLOT + 8)
        halves = [half for v in case.vr for half in (v >> 64, v & _M64)]
        before = _REGISTERS.pack(*halves, 0, case.vscr, case.cr)
        gpr = struct.pack(">32I", *case.gpr(self._DATA + _WINDOW))
        uc.mem_write(self._DATA, before.ljust(_GPRS, b"\0") + gpr.ljust(0x100, b"\0") + case.memory)
        uc.emu_start(self._ENTRY, self._EXIT + 4 * len(_EXIT))
        values = _REGISTERS.unpack(uc.mem_read(self._DATA + _AFTER, _REGISTERS.size))
        return replace(
            case,
            vr=tuple(values[i] << 64 | values[i + 1] for i in range(0, 64, 2)),
            vscr=values[65], cr=values[66], memory=bytes(uc.mem_read(self._DATA + _WINDOW, WINDOW)),
        )  # fmt: skip


class Qemu:
    """A processor of qemu; `msr` as the harness wants it. Use with `with`, or close it."""

    def __init__(self, cpu: str, *, little: bool = False) -> None:
        self._qemu = qemu.Qemu(cpu)
        width = 1 << 63 if self._qemu.model.bits == 64 else 0
        self._msr = width | (1 << 60 if self._qemu.model.hypervisor else 0) | VEC | int(little)
        self._pc = qemu.SLOT_LITTLE if little else qemu.SLOT

    def run(self, cases: Sequence[Case]) -> list[Case]:
        samples = [
            qemu.Sample(
                words=(case.word,), gpr=case.gpr(qemu.window(i)), vsr=(0,) * 32 + case.vr, vscr=case.vscr,
                cr=case.cr, msr=self._msr, pc=self._pc, memory=case.memory.ljust(qemu.WINDOW_SIZE, b"\0"),
            )
            for i, case in enumerate(cases)
        ]  # fmt: skip
        return [self._after(case, out) for case, out in zip(cases, self._qemu.run(samples), strict=True)]

    @staticmethod
    def _after(case: Case, out: qemu.Sample) -> Case:
        event = "" if out.vector == 0xC00 else f"interrupt {out.vector:#x}"
        return replace(
            case, vr=out.vsr[32:], vscr=out.vscr, cr=out.cr, memory=out.memory[:WINDOW], event=event
        )

    def close(self) -> None:
        self._qemu.close()
