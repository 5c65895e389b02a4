# SPDX-License-Identifier: GPL-2.0-or-later
"""Loops of SPE instructions do the same once they are translated as one by one."""

import random

from emulator import Machine
from emulator.cpus import SPE
from emulator.opcodes.tables import LINES
from emulator.sprs_e500 import SPEFSCR
from tests.support.emulator_oracle import operand_bits

CODE, DATA = 0x1000, 0x2000
ADDRESS = 30  # the register that holds an address; no instruction of the loop writes it
_LINES = [line for line in LINES if line.facility in {"spe", "brinc", "efs", "efv"}]


def loop(choose: random.Random, length: int) -> list[int]:
    """Random instructions between registers 3 to 29, and bdnz back to the first."""
    words = []
    for _ in range(length):
        line = choose.choice(_LINES)
        word = line.pattern.value | choose.getrandbits(32) & operand_bits(line)
        for name, shift in (("RT", 21), ("RS", 21), ("RA", 16), ("RB", 11)):
            if name in line.operands:
                word = word & ~(31 << shift) | choose.randrange(3, 30) << shift
        if "RA0" in line.operands:
            word = word & ~(31 << 16) | ADDRESS << 16
            if "RB" in line.operands:
                word = word & ~(31 << 11) | 31 << 11
        words.append(word)
    return [*words, 16 << 26 | 16 << 21 | (-4 * length & 0xFFFC)]


def machine(words: list[int], choose: random.Random) -> Machine:
    m = Machine("e500v2")
    m.memory.map(CODE, 0x2000)
    m.memory.write(CODE, b"".join(word.to_bytes(4) for word in words))
    m.memory.write(DATA, choose.randbytes(0x200))
    s = m.state
    s.gpr[:] = [choose.getrandbits(32) for _ in range(32)]
    s.gprh[:] = [choose.getrandbits(32) for _ in range(32)]
    s.gpr[ADDRESS], s.gpr[31] = DATA, 8
    s.acc, s.cr, s.ctr, s.msr, s.pc = choose.getrandbits(64), choose.getrandbits(32), 300, SPE, CODE
    return m


def outcome(m: Machine, end: int) -> tuple[object, ...]:
    stop = m.run(until=end, max_instructions=20_000)
    s = m.state
    return (
        stop, s.gpr, s.gprh, s.acc, s.cr, s.ctr, s.spr[SPEFSCR], m.memory.read(DATA, 0x200)
    )  # fmt: skip


def test_translated_loops_agree_with_single_steps() -> None:
    for seed in range(40):
        choose = random.Random(seed)
        words = loop(choose, choose.randrange(2, 20))
        hot, stepped = (machine(words, random.Random(seed)) for _ in range(2))
        stepped.trace(lambda _event: None)
        assert outcome(hot, CODE + 4 * len(words)) == outcome(stepped, CODE + 4 * len(words)), seed
