# SPDX-License-Identifier: GPL-2.0-or-later
"""Feature fixups, patched as boot does it."""

import struct
from pathlib import Path

import pytest

from bisectd.domain.program import Program
from bisectd.kernel.image import Unlinkable
from bisectd.kernel.link import link
from bisectd.kernel.object import read_object
from tests.support.kernel_objects import FIXUP_MACROS, TOOLCHAINS, code_words, compile_object, execute, target

# f(x) = default code adds 1 and 10; the alternative adds 100.
BASIC = """
.globl f
f:
1:  addi 3, 3, 1
    addi 3, 3, 10
2:  blr
.pushsection __ftr_alt_1, "a"
3:  addi 3, 3, 100
4:
.popsection
fixup __ftr_fixup, 6, 2, 1b, 2b, 3b, 4b
"""
NOP = 0x60000000


def program(folder: Path, source: str, toolchain: str = "zig", **features: int) -> Program:
    elf = compile_object(folder, FIXUP_MACROS + source, toolchain=toolchain, name="f.S")
    return link([read_object(elf, [])], features, target())


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
@pytest.mark.parametrize(("cpu", "added"), [(2, 11), (0x12, 11), (0, 100), (6, 100), (4, 100)])
def test_default_code_stays_where_the_features_have_the_value(
    tmp_path: Path, toolchain: str, cpu: int, added: int
) -> None:
    assert execute(program(tmp_path, BASIC, toolchain, cpu=cpu), "f", 1000) == 1000 + added


def test_what_the_alternative_leaves_over_is_nop(tmp_path: Path) -> None:
    assert code_words(program(tmp_path, BASIC, cpu=0), "f", 3) == [0x38630064, NOP, 0x4E800020]


def test_no_alternative_means_nops(tmp_path: Path) -> None:
    source = ".globl f\nf:\n1: addi 3,3,1\n addi 3,3,2\n2: blr\nfixup __ftr_fixup, 8, 8, 1b, 2b, 1b, 1b\n"
    assert code_words(program(tmp_path, source, cpu=0), "f", 3) == [NOP, NOP, 0x4E800020]
    assert execute(program(tmp_path, source, cpu=8), "f", 0) == 3


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
def test_an_alternative_may_be_empty_in_a_section_of_its_own(tmp_path: Path, toolchain: str) -> None:
    source = """
.section __ftr_alt_97, "a"
3:
.text
.globl f
f:
1: addi 3,3,1
2: blr
fixup __ftr_fixup, 8, 8, 1b, 2b, 3b, 3b
"""
    assert execute(program(tmp_path, source, toolchain, cpu=0), "f", 5) == 5
    assert execute(program(tmp_path, source, toolchain, cpu=8), "f", 5) == 6


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
def test_a_branch_out_of_the_alternative_keeps_its_target(tmp_path: Path, toolchain: str) -> None:
    source = """
.globl f
f:
1:  addi 3, 3, 1
    nop
    nop
    nop
    nop
2:  addi 3, 3, 2
9:  blr
.globl callee
callee:
    addi 3, 3, 64
    blr
.pushsection __ftr_alt_1, "ax"
3:  cmpwi 3, 0
    beq 9b
    cmpwi 3, 1
    beq 5f
    b callee
5:
4:
.popsection
fixup __ftr_fixup, 1, 1, 1b, 2b, 3b, 4b
"""
    patched = program(tmp_path, source, toolchain, cpu=0)
    assert [execute(patched, "f", value) for value in (0, 1, 7)] == [0, 1 + 2, 7 + 64]
    assert execute(program(tmp_path, source, toolchain, cpu=1), "f", 0) == 3


@pytest.mark.parametrize(("cpu", "added"), [(3, 1), (1, 2), (2, 40), (0, 80)])
def test_nested_fixups(tmp_path: Path, cpu: int, added: int) -> None:
    source = """
.globl f
f:
1:
11: addi 3, 3, 1
12:
2:  blr
.pushsection __ftr_alt_2, "ax"
13: addi 3, 3, 2
14:
.popsection
fixup __ftr_fixup, 2, 2, 11b, 12b, 13b, 14b
.pushsection __ftr_alt_1, "ax"
3:
21: addi 3, 3, 40
22:
4:
.popsection
.pushsection __ftr_alt_3, "ax"
23: addi 3, 3, 80
24:
.popsection
fixup __ftr_fixup, 2, 2, 21b, 22b, 23b, 24b
fixup __ftr_fixup, 1, 1, 1b, 2b, 3b, 4b
"""
    assert execute(program(tmp_path, source, cpu=cpu), "f", 0) == added


def test_each_table_has_its_own_features(tmp_path: Path) -> None:
    source = """
.globl f
f:
1:  addi 3, 3, 1
2:
5:  addi 3, 3, 2
6:
7:  addi 3, 3, 4
8:  blr
fixup __ftr_fixup, 1, 1, 1b, 2b, 1b, 1b
fixup __mmu_ftr_fixup, 1, 1, 5b, 6b, 5b, 5b
fixup __fw_ftr_fixup, 1, 1, 7b, 8b, 7b, 7b
"""
    values = [
        execute(program(tmp_path, source, cpu=bits & 1, mmu=bits >> 1 & 1, fw=bits >> 2 & 1), "f", 0)
        for bits in range(8)
    ]
    assert values == list(range(8))
    with pytest.raises(Unlinkable, match="depends on fw features, which the target does not state"):
        program(tmp_path, source, cpu=0, mmu=0)


def test_sync_becomes_lwsync_where_the_processor_has_it(tmp_path: Path) -> None:
    source = (
        '.globl f\nf: sync\n1: sync\n blr\n.pushsection __lwsync_fixup, "a"\n.balign 4\n2: .long 1b - 2b\n'
    )
    sync, lwsync = 0x7C0004AC, 0x7C2004AC
    assert code_words(program(tmp_path, source, cpu=8, CPU_FTR_LWSYNC=8), "f", 2) == [sync, lwsync]
    assert code_words(program(tmp_path, source, cpu=4, CPU_FTR_LWSYNC=8), "f", 2) == [sync, sync]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            BASIC.replace("addi 3, 3, 100", "nop\n nop\n nop"),
            "alternative of 12 bytes does not fit the 8 bytes",
        ),
        (
            'f: blr\n.pushsection __ftr_fixup, "a"\n.long 1, 2, 3\n',
            "no table of feature fixups of a known layout",
        ),
        (
            'f: blr\n.pushsection __ftr_fixup, "a"\n.long 1, 2, 3, 4, 5, 6\n',
            "has an entry that names no code",
        ),
        (BASIC.replace("1b, 2b", "2b, 1b"), "does not name a piece of code by its start and end"),
        (
            BASIC.replace("2:  blr", ".skip 20000\n2:  blr"),
            "does not name a piece of code by its start and end",
        ),
    ],
)
def test_tables_that_boot_would_refuse(tmp_path: Path, source: str, reason: str) -> None:
    with pytest.raises(Unlinkable, match=reason):
        program(tmp_path, source, cpu=0)


@pytest.mark.parametrize(("arch", "order"), [("powerpc64", ">"), ("powerpc64le", "<")])
def test_64_bit_tables_hold_64_bit_entries(tmp_path: Path, arch: str, order: str) -> None:
    macros = FIXUP_MACROS.replace(".long", ".quad")
    source = BASIC.replace("6, 2,", "0x600000000, 0x200000000,")
    image = read_object(compile_object(tmp_path, macros + source, name="f.S", arch=arch), [])
    for cpu, first in ((0x200000000, 0x38630001), (0, 0x38630064)):
        linked = link([image], {"cpu": cpu}, target(64, image.endian))
        at = linked.symbols["f"] - linked.segments[0].address
        assert struct.unpack_from(f"{order}I", linked.segments[0].data, at) == (first,)
