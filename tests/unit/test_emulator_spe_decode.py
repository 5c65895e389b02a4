# SPDX-License-Identifier: GPL-2.0-or-later
"""The opcode tables of SPE and embedded floating point against an assembler that knows them (clang)."""

import random
import subprocess
from pathlib import Path

import ziglang
from elftools.elf.elffile import ELFFile

from emulator.cpus import CPUS
from emulator.decode import index_of
from emulator.opcodes import spe, spe_float, spe_multiply
from emulator.opcodes.line import Line
from tests.support.emulator_oracle import operand_bits

LINES = (*spe.LINES, *spe_multiply.LINES, *spe_float.LINES)
# Those that clang 22 does not assemble, and evfscfui, which it encodes as no manual does: as GNU as encodes
# them with the operands 1, 2, 3 (1, 3) and cr4.
OTHERS = {"evsel": 0x1022_1A7C, "evfsctuf": 0x1020_1A96, "evfsctuiz": 0x1020_1A98, "evfscfui": 0x1020_1A90}


def _operand(name: str, value: int) -> str:
    if name in {"BF", "BFS"}:
        return f"cr{value}"
    return str(value)


def assembly(line: Line, word: int) -> str:
    """Write an instruction as the manual does."""
    fields = dict(zip(line.operands, line.extract(word), strict=True))
    written = {name: _operand(name, value) for name, value in fields.items()}
    displacement = next((name for name in ("D8", "D4", "D2") if name in fields), None)
    if displacement:
        register = written.get("RT") or written["RS"]
        return f"{line.mnemonic} {register}, {written[displacement]}({written['RA0']})"
    if line.mnemonic == "evsubifw":
        return f"evsubifw {written['RT']}, {written['UIM']}, {written['RB']}"
    return f"{line.mnemonic} {', '.join(written.values())}"


def _assemble(source: str, folder: Path) -> bytes:
    (folder / "all.s").write_text(source)
    zig = Path(ziglang.__file__).parent / "zig"
    command = [str(zig), "clang", "-target", "powerpc-freestanding", "-mcpu=e500", "-mspe", "-c", "all.s"]
    subprocess.run([*command, "-o", "all.o"], cwd=folder, check=True)
    with (folder / "all.o").open("rb") as file:
        return next(s.data() for s in ELFFile(file).iter_sections() if s.name == ".text")


def test_every_opcode_is_encoded_as_an_assembler_does(tmp_path: Path) -> None:
    choose = random.Random(4)
    known = [line for line in LINES if line.mnemonic not in OTHERS]
    drawn = [
        (ln, ln.pattern.value | choose.getrandbits(32) & operand_bits(ln)) for ln in known for _ in range(8)
    ]
    code = _assemble("\n".join(assembly(line, word) for line, word in drawn), tmp_path)
    words = [int.from_bytes(code[i : i + 4]) for i in range(0, len(code), 4)]
    assert [(ln.mnemonic, hex(w)) for ln, w in drawn] == [
        (ln.mnemonic, hex(w)) for (ln, _), w in zip(drawn, words, strict=True)
    ]


def test_the_rest_is_encoded_as_another_assembler_does() -> None:
    index = index_of(CPUS["e500v2"].facilities)
    for mnemonic, word in OTHERS.items():
        line = index.find(word)
        assert line is not None
        assert line.mnemonic == mnemonic
        fields = dict(zip(line.operands, line.extract(word), strict=True))
        assert fields.items() <= {"RT": 1, "RA": 2, "RB": 3, "BFS": 4}.items()


def test_the_tables_are_complete() -> None:
    """173 SPE instructions and 71 of embedded floating point (EREF, appendix B, less 64-bit ones)."""
    assert len({line.mnemonic for line in LINES}) == len(LINES) == 173 + 71


def test_only_the_e500_has_them() -> None:
    for cpu in CPUS.values():
        found = [index_of(cpu.facilities).find(line.pattern.value) for line in LINES]
        mnemonics = {line.mnemonic for line in found if line is not None}
        assert mnemonics.isdisjoint({line.mnemonic for line in LINES}) is (cpu.name != "e500v2")
