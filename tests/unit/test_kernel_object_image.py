# SPDX-License-Identifier: GPL-2.0-or-later
"""Images as they are stored, and object files that are none."""

import struct
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from bisectd.kernel.image import DamagedImage, Image, Unlinkable
from bisectd.kernel.object import read_object
from tests.support.kernel_objects import TOOLCHAINS, compile_object

SOURCE = """
struct inner { int a; }; struct outer { struct inner in; struct outer *next; };
extern int far(struct outer *); static int here = 3; int zero[50];
int f(struct outer *o) { return far(o->next) + here++ + zero[o->in.a]; }
const char *text(void) { return "text"; }
"""


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
@pytest.mark.parametrize("arch", ["powerpc", "powerpc64"])
def test_an_image_reads_back_as_it_was(tmp_path: Path, toolchain: str, arch: str) -> None:
    image = read_object(compile_object(tmp_path, SOURCE, toolchain=toolchain, arch=arch), ["outer"])
    assert Image.from_bytes(image.to_bytes()) == image
    assert image.to_bytes() == Image.from_bytes(image.to_bytes()).to_bytes()


def test_an_image_holds_what_a_run_needs_and_no_more(tmp_path: Path) -> None:
    image = read_object(compile_object(tmp_path, SOURCE), ["outer"])
    names = {section.name for section in image.sections}
    assert {".text.f", ".text.text", ".bss.zero", ".data.here"} <= names
    assert not {
        name for name in names if name.startswith((".debug", ".eh_frame", ".comment", ".note", ".rela"))
    }
    assert next(section for section in image.sections if section.name == ".bss.zero").data == b""
    assert set(image.structures) == {"outer", "inner"}
    assert len(image.to_bytes()) < 2000


def test_stored_bytes_of_another_format_or_none_are_refused(tmp_path: Path) -> None:
    stored = read_object(compile_object(tmp_path, SOURCE), []).to_bytes()
    bomb = zlib.compress(b"\0" * (65 << 20))
    other = zlib.compress(zlib.decompress(stored).replace(b'"format":1', b'"format":0'))
    for damaged in (
        b"",
        b"x",
        stored[:-5],
        stored[: len(stored) // 2],
        bomb,
        other,
        zlib.compress(b"\0\0\0\2{}"),
    ):
        with pytest.raises(DamagedImage, match="damaged"):
            Image.from_bytes(damaged)


def test_what_is_no_powerpc_object_file_is_refused(tmp_path: Path) -> None:
    elf = compile_object(tmp_path, SOURCE)
    machine = elf[:18] + struct.pack(">H", 3) + elf[20:]
    for bad in (b"", b"#!/bin/sh", elf[:4] + b"\x07" + elf[5:], machine):
        with pytest.raises(Unlinkable, match="did not write"):
            read_object(bad, [])


def test_object_files_cut_short_anywhere_are_refused_with_a_reason(tmp_path: Path) -> None:
    elf = compile_object(tmp_path, SOURCE)
    for length in range(16, len(elf) - 40, 97):
        with pytest.raises(Unlinkable):
            read_object(elf[:length], ["outer"])


def test_debug_information_that_assembly_wrote_is_refused_with_a_reason(tmp_path: Path) -> None:
    sources = [
        '.section .debug_info,"",@progbits\n.long 20\n.short 9\n.skip 14\n',
        '.section .debug_line,"",@progbits\n.long 20\n.short 9\n.skip 14\n',
        '.section .debug_info,"",@progbits\n.long 0x7fffffff\n.short 4\n.long 0\n.byte 4\n.byte 1,2,3\n',
    ]
    for source in sources:
        with pytest.raises(Unlinkable):
            read_object(compile_object(tmp_path, source, "-g0", name="bad.S"), ["outer"])


def test_equal_sources_make_equal_images(tmp_path: Path) -> None:
    first, second = (read_object(compile_object(tmp_path, SOURCE), ["outer"]) for _ in range(2))
    assert first == second
    assert replace(first, flags=first.flags ^ 1) != second
