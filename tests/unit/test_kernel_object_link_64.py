# SPDX-License-Identifier: GPL-2.0-or-later
"""Linking 64-bit objects of both ABIs: what is linked runs."""

from pathlib import Path
from typing import Literal, NamedTuple

import pytest

from bisectd.domain.program import Program
from bisectd.kernel.fingerprint import fingerprint
from bisectd.kernel.image import Image
from bisectd.kernel.link import link
from bisectd.kernel.object import read_object
from emulator import Machine
from tests.support.kernel_objects import compile_object, target

STACK, STOP, PAGE = 0x10000000, 0x20000000, 0x1000


class Abi(NamedTuple):
    arch: str
    cpu: str
    endian: Literal["big", "little"]
    toolchain: str


ABIS = (
    Abi("powerpc64", "970", "big", "zig"),
    Abi("powerpc64", "970", "big", "gcc"),
    Abi("powerpc64le", "power8", "little", "zig"),
)
by_abi = pytest.mark.parametrize("abi", ABIS, ids=lambda abi: f"{abi.arch}-{abi.toolchain}")

# As the kernel's own _GLOBAL and DOTSYM (asm/ppc_asm.h).
ASSEMBLY = """
#if defined(_CALL_ELF) && _CALL_ELF == 2
#define GLOBAL(name) .globl name; .type name, @function; name:
#define CODE(name) name
#else
#define GLOBAL(name) .section ".opd","aw"; .align 3; .globl name; name: .quad .name; .quad .TOC.@tocbase; \\
    .quad 0; .previous; .globl .name; .type .name, @function; .name:
#define CODE(name) .name
#endif
    .text
GLOBAL(outer)
    mflr 0
    std 0, 16(1)
    stdu 1, -112(1)
    bl CODE(inner)
    nop
    addi 1, 1, 112
    ld 0, 16(1)
    mtlr 0
    blr
GLOBAL(maybe)
    cmpdi 3, 0
    beq CODE(far)
    li 3, 7
    blr
GLOBAL(triple)
    mulli 3, 3, 3
    blr
    .section .text.more, "ax"
    .space 0x9000
"""
C = """
extern long triple(long), outer(long);
extern long elsewhere;
static long counter = 40;
static long (*volatile pick)(long) = triple;
static __attribute__((noinline)) long first(long n) { return n * 5 ^ counter; }
static __attribute__((noinline)) long second(long n) { return n * 7 ^ counter; }
long statics(long n) { return second(n) + first(n + 1); }
long inner(long n) { return triple(n) + counter++; }
long total(long n) { return outer(n) + pick(n) + elsewhere; }
"""
OTHER = "long elsewhere = 1000; long far(long n) { return elsewhere + n + 5; }"


def images(folder: Path, abi: Abi, *sources: str) -> list[Image]:
    flags = {"toolchain": abi.toolchain, "arch": abi.arch}
    assembly = compile_object(folder, ASSEMBLY, **flags, name="unit.S")
    return [
        read_object(elf, []) for elf in (assembly, *(compile_object(folder, c, **flags) for c in sources))
    ]


def linked(folder: Path, abi: Abi, *sources: str) -> Program:
    return link(images(folder, abi, *sources), {}, target(64, abi.endian))


def call(program: Program, abi: Abi, function: str, argument: int) -> int | str:
    """What the function returns, or the name that nobody defines where it stopped."""
    machine = Machine(cpu=abi.cpu, endian=abi.endian)
    for segment in program.segments:
        start = segment.address & -PAGE
        machine.memory.map(start, (segment.address + len(segment.data) - start + PAGE - 1) & -PAGE)
        machine.memory.write(segment.address, segment.data)
    machine.memory.map(STACK, 0x10000)
    state = machine.state
    state.gpr[1], state.gpr[2], state.gpr[3] = STACK + 0x8000, program.toc or 0, argument
    state.pc = state.gpr[12] = program.symbols[function]
    state.lr = STOP
    stop = machine.run(until=STOP, max_instructions=1000)
    if stop.reason == "until":
        return int(state.gpr[3])
    return next(name for name, address in program.externs.items() if address == stop.pc)


@by_abi
def test_assembly_and_c_call_each_other(tmp_path: Path, abi: Abi) -> None:
    assert call(linked(tmp_path, abi, C, OTHER), abi, "total", 2) == 6 + 40 + 6 + 1000


@by_abi
def test_static_functions_in_sections_of_their_own(tmp_path: Path, abi: Abi) -> None:
    assert call(linked(tmp_path, abi, C, OTHER), abi, "statics", 2) == (14 ^ 40) + (15 ^ 40)


@by_abi
def test_a_conditional_branch_reaches_what_is_far(tmp_path: Path, abi: Abi) -> None:
    program = linked(tmp_path, abi, C, OTHER)
    assert call(program, abi, "maybe", 1) == 7
    assert call(program, abi, "maybe", 0) == 1005


@by_abi
def test_a_name_that_nobody_defines_is_known_by_its_c_name(tmp_path: Path, abi: Abi) -> None:
    program = linked(tmp_path, abi, C)
    assert call(program, abi, "maybe", 0) == "far"


@by_abi
def test_only_what_is_reached_counts(tmp_path: Path, abi: Abi) -> None:
    def print_(sources: list[Image]) -> str:
        return fingerprint(sources, ["outer"], [], {})

    found = print_(images(tmp_path, abi, C, OTHER))
    assert print_(images(tmp_path, abi, C, OTHER.replace("5", "6"))) == found
    assert print_(images(tmp_path, abi, C.replace("counter++", "counter--"), OTHER)) != found
