# SPDX-License-Identifier: GPL-2.0-or-later
"""Small programs for the emulator's tests, as words."""

from emulator import Machine
from emulator.decode import index_of
from emulator.opcodes.line import FIELDS, Line
from emulator.opcodes.tables import LINES

CODE = 0x1_0000
DATA = 0x2_0000

_BY_NAME: dict[str, Line] = {}
for _line in LINES:
    _BY_NAME.setdefault(_line.mnemonic, _line)


def word(mnemonic: str, *operands: int) -> int:
    """Assemble an instruction from its operands in the order of its table line."""
    line = _BY_NAME[mnemonic]
    value = line.pattern.value
    for name, operand in zip(line.operands, operands, strict=True):
        value |= _place(name, operand)
    return value


# Where the highest of the six bits of a VSX register's number stands, and the other five.
_HIGH_BITS = {"XT": 0, "XS": 0, "XA": 2, "XB": 1, "XC": 3}
_SHIFTS = {"XT": 21, "XS": 21, "XA": 16, "XB": 11, "XC": 6}


def _place(name: str, operand: int) -> int:
    if name == "SPR":
        return (operand & 31) << 16 | (operand >> 5) << 11
    if name in _HIGH_BITS:
        return (operand & 31) << _SHIFTS[name] | (operand >> 5) << _HIGH_BITS[name]
    expression = FIELDS[name]
    shift = int(expression.split(">>")[1].split("&")[0]) if ">>" in expression else 0
    widths = {"LI": 0x3FF_FFFC, "BD": 0xFFFC, "FXM": 0xFF, "FLM": 0xFF}
    mask = widths.get(name, 0xFFFF if shift == 0 and name in {"SI", "UI", "D"} else 31)
    return (operand & mask) << shift


def machine(*words: int, cpu: str = "7447a", msr: int = 0x2000) -> Machine:
    """Return a machine with a program at CODE, a page of data at DATA, and MSR as given."""
    m = Machine(cpu)
    m.memory.map(CODE, 0x1000)
    m.memory.map(DATA, 0x1000)
    m.memory.write(CODE, b"".join(w.to_bytes(4) for w in words))
    m.state.msr = msr
    m.state.pc = CODE
    return m


def illegal_words() -> list[int]:
    """Words that no line of the 7447A matches."""
    index = index_of(machine().cpu.facilities)
    return [w for w in (0, 0x0400_0000, 0x7C00_07FE, 0xFC00_07FE, 0xEC00_0000) if index.find(w) is None]
