# SPDX-License-Identifier: GPL-2.0-or-later
"""Line tables, against pyelftools (which does not relocate 32-bit PowerPC objects: lld links them for it)."""

import io
import posixpath
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile

from bisectd.kernel.image import LineRow
from bisectd.kernel.link import link
from bisectd.kernel.object import read_object
from tests.support.kernel_objects import FIXUP_MACROS, TOOLCHAINS, compile_object, lld, target

TEXT = 0x20000000

C = """
#include "inc/helper.h"
int other(int);
int first(int a)
{
    if (a)
        return helper(a);

    return other(a) + 1;
}

int second(int a) { return other(helper(a)) * 3; }
"""
HEADER = """
static inline int helper(int a)
{
    return a * a +
           7;
}
"""
S = """
.globl start
start:
    li 3, 1

    li 4, 2
    blr
"""


def expected(elf: bytes, folder: Path) -> dict[int, tuple[str, int]]:
    """Offset → (file, line) of an object file with one code section."""
    found = {}
    elf = lld(folder, elf, TEXT)
    info = ELFFile(io.BytesIO(elf)).get_dwarf_info()
    for unit in info.iter_CUs():
        program: Any = info.line_program_for_CU(unit)
        version = program.header["version"]
        for entry in program.get_entries():
            state = entry.state
            if state is None or state.end_sequence or not state.line:
                continue
            file = program.header["file_entry"][state.file - (version < 5)]
            folders = [b"", *program.header["include_directory"]]
            name = posixpath.join(folders[file.dir_index + (version >= 5)], file.name).decode()
            name = posixpath.normpath(name).removeprefix(f"{folder}/")
            found[state.address - TEXT] = name, state.line
    return found


def starts(rows: dict[int, tuple[str, int]]) -> dict[int, tuple[str, int]]:
    kept: dict[int, tuple[str, int]] = {}
    for address in sorted(rows):
        if not kept or kept[max(kept)] != rows[address]:
            kept[address] = rows[address]
    return kept


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
@pytest.mark.parametrize("version", [2, 3, 4, 5])
@pytest.mark.parametrize(("name", "source"), [("arch/unit.c", C), ("./arch/unit.S", S)], ids=["C", "S"])
def test_lines_are_those_of_the_compiler(
    tmp_path: Path, toolchain: str, version: int, name: str, source: str
) -> None:
    (tmp_path / "arch/inc").mkdir(parents=True)
    (tmp_path / "arch/inc/helper.h").write_text(HEADER)
    flags = ["-fno-function-sections", f"-gdwarf-{version}"]
    elf = compile_object(tmp_path, source, *flags, toolchain=toolchain, name=name)
    table = read_object(elf, []).lines
    ours = {row.offset: (table.files[row.file], row.line) for row in table.rows()}
    assert ours == starts(expected(elf, tmp_path))
    assert {file for file, _ in ours.values()} <= {"arch/unit.c", "arch/inc/helper.h", "arch/unit.S"}


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
def test_a_program_gives_the_line_of_an_address(tmp_path: Path, toolchain: str) -> None:
    (tmp_path / "inc").mkdir()
    (tmp_path / "inc/helper.h").write_text(HEADER)
    image = read_object(compile_object(tmp_path, C, "-O0", toolchain=toolchain), [])
    program = link([image], {}, target())
    assert program.lines[program.symbols["first"]] == ("unit.c", 5)
    assert program.lines[program.symbols["second"]] == ("unit.c", 12)
    assert list(program.lines) == sorted(program.lines)


def test_an_alternative_keeps_its_own_lines(tmp_path: Path) -> None:
    source = (
        FIXUP_MACROS
        + """.globl f
f:
1:  li 3, 1
    li 3, 2
2:  blr
.pushsection __ftr_alt_1, "ax"
3:  li 3, 9
4:
.popsection
fixup __ftr_fixup, 1, 1, 1b, 2b, 3b, 4b
"""
    )
    base = FIXUP_MACROS.count("\n")
    image = read_object(compile_object(tmp_path, source, name="f.S"), [])
    default, patched = (link([image], {"cpu": cpu}, target()) for cpu in (1, 0))
    at = default.symbols["f"]
    assert [default.lines[at + 4 * i].line - base for i in range(3)] == [3, 4, 5]
    assert [
        patched.lines[at + 4 * i].line - base if at + 4 * i in patched.lines else None for i in range(3)
    ] == [
        7,
        None,
        5,
    ]


def test_rows_pack_and_unpack(tmp_path: Path) -> None:
    image = read_object(compile_object(tmp_path, S, name="s.S"), [])
    assert image.lines.rows() == [LineRow(0, 0, 0, 4), LineRow(0, 0, 4, 6), LineRow(0, 0, 8, 7)]
    assert image.lines.files == ("s.S",)
