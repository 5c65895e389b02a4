# SPDX-License-Identifier: GPL-2.0-or-later
"""The emulator beside unicorn in one process: a short scenario, new and known code, hot loops, many machines.

Processor time, best of several runs, so that other work on the machine shows little.
"""

import random
import struct
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import unicorn
import unicorn.ppc_const as names

from emulator import Machine
from emulator.semantics.float_move import widen
from tests.support.emulator_programs import word

CODE, DATA, STACK = 0x1_0000, 0x2_0000, 0x20_0000
FP = 0x2000
MACHINES = 1000

# 32 stfd and 88 addi: about what giving up the FPU runs.
SCENARIO = [word("stfd", i, 3, 8 * i) for i in range(32)]
SCENARIO += [word("addi", 4 + i % 20, 4 + i % 20, i) for i in range(88)]

INTEGER_LOOP = [
    word("lwz", 5, 3, 8), word("addi", 5, 5, 1), word("stw", 5, 3, 8), word("lwz", 6, 4, 16),
    word("add", 7, 5, 6, 0, 0), word("xor", 8, 7, 5, 0), word("stw", 8, 4, 20),
    word("rlwinm", 9, 8, 3, 0, 28, 0), word("add", 10, 10, 9, 0, 0),
]  # fmt: skip
BRANCHING_LOOP = [
    word("lwzx", 5, 3, 6), word("cmpwi", 0, 5, 0), word("bc", 12, 2, 8, 0, 0), word("addi", 7, 7, 1),
    word("stwx", 5, 4, 6), word("addi", 6, 6, 4), word("rlwinm", 6, 6, 0, 20, 29, 0),
]  # fmt: skip
DOUBLE_LOOP = [
    word("fmadd", 1, 2, 3, 4, 0), word("fadd", 5, 1, 6, 0), word("fmul", 7, 5, 8, 0),
    word("fsub", 9, 7, 5, 0), word("fdiv", 10, 7, 8, 0),
]  # fmt: skip
SINGLE_LOOP = [
    word("fmadds", 1, 2, 3, 4, 0), word("fadds", 5, 1, 6, 0), word("fmuls", 7, 5, 8, 0),
    word("fsubs", 9, 7, 5, 0), word("fdivs", 10, 7, 8, 0),
]  # fmt: skip


def main() -> None:
    """Print all measurements."""
    print(f"new machine and scenario: {best(scenario, 300) * 1e3:.3f} ms")
    print(f"  unicorn:                {best(unicorn_scenario, 100) * 1e3:.3f} ms")
    straight(straight_code(400, 99))  # not the code, but the instructions have been seen before
    firsts, knowns = zip(*(first_and_known(seed) for seed in range(10)), strict=True)
    print(f"400 new instructions, million/s: {max(firsts):.2f} the first time, {max(knowns):.2f} known")
    for name, body in (
        ("integer", INTEGER_LOOP), ("branching", BRANCHING_LOOP),
        ("double", DOUBLE_LOOP), ("single", SINGLE_LOOP),
    ):  # fmt: skip
        ours = max(loop(body, 100_000) for _ in range(3))
        theirs = max(unicorn_loop(body, 1_000_000) for _ in range(3))
        print(f"hot loop, {name:9}: {ours:5.2f} million instructions/s (unicorn {theirs:.0f})")
    print(f"{MACHINES} machines after the scenario: {memory_of_machines() / 1e6:.0f} MB")


def best(work: Callable[[], object], runs: int) -> float:
    """Seconds of processor time of the quickest run."""
    times = []
    for _ in range(runs):
        start = process_time()
        work()
        times.append(process_time() - start)
    return min(times)


def image(words: list[int]) -> bytes:
    """The bytes of a program."""
    return b"".join(w.to_bytes(4) for w in words)


_SCENARIO = image(SCENARIO)


def scenario() -> Machine:
    """Make a machine, load code, set 70 registers, run."""
    machine = Machine(cpu="7447a")
    machine.memory.map(CODE, 0x1000)
    machine.memory.map(DATA, 0x2000)
    machine.memory.write(CODE, _SCENARIO)
    state = machine.state
    for i in range(32):
        state.gpr[i] = i
        state.fpr[i] = i << 52
    state.gpr[3], state.msr, state.pc = DATA, FP, CODE
    stop = machine.run(until=CODE + len(_SCENARIO), max_instructions=10_000)
    assert stop.reason == "until"
    return machine


def _unicorn(code: bytes) -> Any:
    engine: Any = unicorn.Uc(unicorn.UC_ARCH_PPC, unicorn.UC_MODE_PPC32 | unicorn.UC_MODE_BIG_ENDIAN)
    engine.mem_map(CODE, 0x1000)
    engine.mem_map(DATA, 0x4000)
    engine.mem_write(CODE, code)
    engine.reg_write(names.UC_PPC_REG_MSR, FP)
    return engine


def unicorn_scenario() -> None:
    """The same with unicorn."""
    engine = _unicorn(_SCENARIO)
    for i in range(32):
        engine.reg_write(names.UC_PPC_REG_0 + i, i)
        engine.reg_write(names.UC_PPC_REG_FPR0 + i, i << 52)
    engine.reg_write(names.UC_PPC_REG_3, DATA)
    engine.emu_start(CODE, CODE + len(_SCENARIO))


def straight_code(count: int, seed: int) -> bytes:
    """Random integer, load, store and compare instructions without branches."""
    choose = random.Random(seed)
    words = []
    for _ in range(count):
        a, b, d = (choose.randrange(3, 31) for _ in range(3))
        number = choose.randrange(0, 4096, 4)
        words.append(
            choose.choice((
                word("addi", d, a, number), word("add", d, a, b, 0, 0), word("lwz", d, 1, number),
                word("rlwinm", a, d, choose.randrange(32), choose.randrange(32), choose.randrange(32), 0),
                word("stw", d, 1, number), word("cmpwi", choose.randrange(8), a, number),
                word("ori", d, a, number), word("subf", d, a, b, 0, 1),
            ))
        )  # fmt: skip
    return image(words)


def straight(code: bytes) -> float:
    """Million instructions a second of straight code on a new machine."""
    machine = Machine(cpu="7447a")
    machine.memory.map(CODE, len(code))
    machine.memory.map(STACK, 0x2000)
    machine.memory.write(CODE, code)
    machine.state.gpr[1], machine.state.pc = STACK, CODE
    start = process_time()
    stop = machine.run(until=CODE + len(code))
    return stop.instructions / (process_time() - start) / 1e6


def first_and_known(seed: int) -> tuple[float, float]:
    """The speed of code at its first run, and at the best of the next twenty (it is not yet translated)."""
    code = straight_code(400, seed)
    first = straight(code)
    return first, max(straight(code) for _ in range(20))


def _single(value: float) -> int:
    return widen(int.from_bytes(struct.pack(">f", value)))


def loop(body: list[int], count: int) -> float:
    """Million instructions a second of a loop, from a new machine on."""
    code = image([*body, word("bc", 16, 0, -4 * len(body), 0, 0)])
    machine = Machine(cpu="7447a")
    machine.memory.map(CODE, 0x1000)
    machine.memory.map(DATA, 0x4000)
    machine.memory.write(CODE, code)
    state = machine.state
    state.gpr[3:5] = [DATA, DATA + 0x1000]
    for i in range(32):
        state.fpr[i] = _single(1 + i / 7)
    state.ctr, state.msr, state.pc = count, FP, CODE
    start = process_time()
    stop = machine.run(until=CODE + len(code))
    return stop.instructions / (process_time() - start) / 1e6


def unicorn_loop(body: list[int], count: int) -> float:
    """The same with unicorn."""
    code = image([*body, word("bc", 16, 0, -4 * len(body), 0, 0)])
    engine = _unicorn(code)
    engine.reg_write(names.UC_PPC_REG_3, DATA)
    engine.reg_write(names.UC_PPC_REG_4, DATA + 0x1000)
    for i in range(32):
        engine.reg_write(names.UC_PPC_REG_FPR0 + i, _single(1 + i / 7))
    engine.reg_write(names.UC_PPC_REG_CTR, count)
    start = process_time()
    engine.emu_start(CODE, CODE + len(code))
    return count * (len(body) + 1) / (process_time() - start) / 1e6


def memory_of_machines() -> int:
    """Bytes that MACHINES machines need, each alive after a scenario."""
    before = _resident()
    machines = [scenario() for _ in range(MACHINES)]
    after = _resident()
    del machines
    return after - before


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


if __name__ == "__main__":
    main()
