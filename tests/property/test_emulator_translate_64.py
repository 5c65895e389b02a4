# SPDX-License-Identifier: GPL-2.0-or-later
"""Translated 64-bit code does what the interpreter does, in both widths and byte orders."""

import random
from itertools import islice

import pytest

from emulator import Machine
from emulator import machine as machine_module
from emulator.decode import decoder
from tests.support.emulator_qemu import SC, SLED, Sample, window
from tests.support.emulator_samples import lines, samples

NEVER = 1 << 60


def _load(m: Machine, sample: Sample, at: int) -> None:
    """Set the registers and the sample's memory, without touching code."""
    state = m.state
    state.gpr[:] = sample.gpr
    for number, value in enumerate(sample.vsr):
        state.vsr[number] = value
    state.cr, state.xer, state.lr, state.ctr = sample.cr, sample.xer, sample.lr, sample.ctr
    state.fpscr, state.vscr, state.msr, state.pc = sample.fpscr, sample.vscr, sample.msr, sample.pc
    state.reservation, state.instructions = None, 0
    for i in range(0, len(sample.memory), 8):
        m.memory.store(at + i, 8, int.from_bytes(sample.memory[i : i + 8]))


def _outcome(m: Machine, sample: Sample, at: int) -> list[object]:
    _load(m, sample, at)
    stop = m.run(max_instructions=len(sample.words) + 1)
    state = m.state
    registers = [
        state.gpr[:],
        list(state.vsr),
        state.cr,
        state.xer,
        state.lr,
        state.ctr,
        state.fpscr,
        state.vscr,
    ]
    return [stop, *registers, m.memory.read(at, len(sample.memory))]


def _machine(cpu: str, endian: str, sample: Sample, at: int) -> Machine:
    m = Machine(cpu, endian)
    m.memory.map(sample.pc - SLED, 2 * SLED)
    m.memory.map(at - 0x1000, 0x3000)
    words = [SC] * (SLED // 4) + [*sample.words] + [SC] * (SLED // 4 - len(sample.words))
    m.memory.write(sample.pc - SLED, b"".join(w.to_bytes(4, endian) for w in words))  # type: ignore[arg-type]
    return m


@pytest.mark.parametrize(("cpu", "endian"), [("970", "big"), ("power8", "big"), ("power8", "little")])
def test_translated_and_interpreted_samples_end_alike(
    cpu: str, endian: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose = random.Random(64)
    for index, drawn in enumerate(islice(samples(cpu, choose, lines(cpu), endian), 150)):
        monkeypatch.setattr(machine_module, "HOT", NEVER)
        expected = _outcome(_machine(cpu, endian, drawn, window(index)), drawn, window(index))
        monkeypatch.setattr(machine_module, "HOT", 1)
        decoder.cache_clear()  # with the blocks of that run, which machines share
        m = _machine(cpu, endian, drawn, window(index))
        assert [_outcome(m, drawn, window(index)) for _ in range(3)] == [expected] * 3
