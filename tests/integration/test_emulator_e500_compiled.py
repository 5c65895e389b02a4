# SPDX-License-Identifier: GPL-2.0-or-later
"""What clang makes for the e500 with SPE gives the host's results."""

import struct
import subprocess
from pathlib import Path

import pytest
import ziglang
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from emulator import Machine
from emulator.cpus import SPE

CODE, STACK = 0x10000, 0x20000
SOURCE = """
double series(double x, double one, int n)
{
    double term = one, sum = one, i = one;
    while (--n > 0) {
        term = term * x / i;
        sum += term;
        i += one;
    }
    return sum;
}
float narrowed(double x, float y) { return (float)x - y * (float)(int)x; }
int ordered(double x, float y) { return (x > y) * 4 + (x == y) * 2 + (int)(unsigned)x; }
"""


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, dict[str, int]]:
    folder = tmp_path_factory.mktemp("e500")
    (folder / "a.c").write_text(SOURCE)
    target = ["-target", "powerpc-freestanding-eabihf", "-mcpu=e500", "-mspe"]
    command = [str(Path(ziglang.__file__).parent / "zig"), "clang", *target, "-O2", "-c", "a.c", "-o", "a.o"]
    subprocess.run(command, cwd=folder, check=True)
    with (folder / "a.o").open("rb") as file:
        elf = ELFFile(file)
        text = next(s.data() for s in elf.iter_sections() if s.name == ".text")
        symbols = next(s for s in elf.iter_sections() if s.name == ".symtab")
        assert isinstance(symbols, SymbolTableSection)
        return text, {s.name: s["st_value"] for s in symbols.iter_symbols()}


def call(functions: tuple[bytes, dict[str, int]], name: str, *words: int) -> list[int]:
    """Call a function with the words of its arguments in r3, r4, …; return r3 and r4."""
    code, symbols = functions
    m = Machine("e500v2")
    m.memory.map(CODE, len(code))
    m.memory.map(STACK, 0x1000)
    m.memory.write(CODE, code)
    s = m.state
    s.gpr[1], s.lr, s.msr, s.pc = STACK + 0xF00, 0xF000, SPE, CODE + symbols[name]
    s.gpr[3 : 3 + len(words)] = words
    assert m.run(until=0xF000, max_instructions=100_000).reason == "until"
    return s.gpr[3:5]


def double(v: float) -> tuple[int, int]:
    high, low = struct.unpack(">2I", struct.pack(">d", v))
    return high, low


def single(v: float) -> int:
    return int.from_bytes(struct.pack(">f", v))


def rounded(v: float) -> float:
    value: float = struct.unpack(">f", struct.pack(">f", v))[0]
    return value


@pytest.mark.parametrize("x", [0.5, -3.25, 1e-3, 12.0])
def test_double_precision(functions: tuple[bytes, dict[str, int]], x: float) -> None:
    term = total = 1.0
    for i in range(1, 400):
        term = term * x / i
        if abs(term) < 2.0**-1022:  # where the e500 gives zero
            term = 0.0
        total += term
    assert call(functions, "series", *double(x), *double(1.0), 400) == list(double(total))


@pytest.mark.parametrize(("x", "y"), [(1.1, 2.5), (-7.75, 0.1), (1e6, -3.0)])
def test_mixed_precision(functions: tuple[bytes, dict[str, int]], x: float, y: float) -> None:
    y = rounded(y)
    expected = rounded(rounded(x) - rounded(y * int(x)))
    assert call(functions, "narrowed", *double(x), single(y))[0] == single(expected)


@pytest.mark.parametrize(("x", "y"), [(3.5, 1.5), (2.0, 2.0), (0.25, 8.0)])
def test_comparison_and_conversion(functions: tuple[bytes, dict[str, int]], x: float, y: float) -> None:
    assert call(functions, "ordered", *double(x), single(y))[0] == (x > y) * 4 + (x == y) * 2 + int(x)
