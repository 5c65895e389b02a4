# SPDX-License-Identifier: GPL-2.0-or-later
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.__main__ import main
from tests.support.emulator_programs import word

BASE = 0x1000_0000
SC = 0x4400_0002


def _elf(code: list[int], data: bytes = b"", *, wide: bool = False, machine: int | None = None) -> bytes:
    """Return an executable of one segment: header, program header, code, data."""
    order, ident = ">", bytes((0x7F, *b"ELF", 2 if wide else 1, 2, 1)) + bytes(9)
    header, entry_size = (64, 56) if wide else (52, 32)
    offset = header + entry_size
    text = b"".join(w.to_bytes(4) for w in code) + data
    kind = machine or (21 if wide else 20)
    address = "QQQ" if wide else "III"
    start = BASE + offset
    top = struct.pack(
        f"{order}HHI{address}IHHHHHH", 2, kind, 1, start, header, 0, 0, header, entry_size, 1, 0, 0, 0
    )
    size = offset + len(text)
    if wide:
        segment = struct.pack(">IIQQQQQQ", 1, 5, 0, BASE, BASE, size, size + 64, 4096)
    else:
        segment = struct.pack(">IIIIIIII", 1, 0, BASE, BASE, size, size + 64, 5, 4096)
    return ident + top + segment + text


def _hello(*, wide: bool = False) -> bytes:
    text = b"hello\n"
    count = 9
    at = BASE + (120 if wide else 84) + 4 * count
    code = [
        word("addi", 0, 0, 4),
        word("addi", 3, 0, 1),
        word("addis", 4, 0, at >> 16),
        word("ori", 4, 4, at & 0xFFFF),
        word("addi", 5, 0, len(text)),
        SC,
        word("addi", 0, 0, 1),
        word("addi", 3, 0, 42),
        SC,
    ]
    assert len(code) == count
    return _elf(code, text, wide=wide)


def _write(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)


@pytest.mark.parametrize("wide", [False, True])
def test_a_program_prints_and_exits(tmp_path: Path, capsys: pytest.CaptureFixture[str], wide: bool) -> None:
    assert main(["run", _write(tmp_path / "hello", _hello(wide=wide))]) == 42
    assert capsys.readouterr().out == "hello\n"


def test_the_module_runs_by_itself(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "emulator", "run", _write(tmp_path / "hello", _hello())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (42, "hello\n")


def test_a_trace_names_registers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = [word("mtspr", 8, 1), word("mtfsb1", 31, 0), word("addi", 0, 0, 1), SC]
    assert main(["run", "--trace", "--cpu", "750", _write(tmp_path / "a", _elf(code))]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in lines[:2]] == ["lr", "fpscr"]


def test_an_interrupt_ends_the_run_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", _write(tmp_path / "a", _elf([0]))]) == 1
    message = capsys.readouterr().err
    assert message.startswith("emulator: stopped by interrupt 0x700 after 0 instructions, SRR0 0x10000054 ")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"#!/bin/sh\n", "not an ELF file"),
        (_elf([0])[:60], "cut off"),
        (_elf([0], machine=62), "another processor"),
        (_elf([])[:44] + bytes(8) + _elf([])[52:], "no segments"),
    ],
)
def test_what_cannot_be_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes, message: str
) -> None:
    assert main(["run", _write(tmp_path / "a", data)]) == 2
    assert message in capsys.readouterr().err


def test_a_64_bit_program_needs_a_64_bit_processor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--cpu", "750", _write(tmp_path / "a", _hello(wide=True))]) == 2
    assert "needs a 64-bit processor" in capsys.readouterr().err


def test_disassembly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _write(tmp_path / "a", _elf([word("lwz", 3, 1, 8), 0, word("bclr", 20, 0, 0)]))
    assert main(["disassemble", path]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    code = lines[(0x54 // 4) :]  # the segment starts with the headers
    assert [line[:3] for line in code] == [
        ["10000054", "80610008", "lwz"],
        ["10000058", "00000000", ".long"],
        ["1000005c", "4e800020", "blr"],
    ]
