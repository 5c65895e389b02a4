# SPDX-License-Identifier: GPL-2.0-or-later
"""Linking: what is linked runs, on a processor that is not ours."""

from itertools import pairwise
from pathlib import Path

import pytest

from bisectd.domain.errors import UserError
from bisectd.domain.program import Program
from bisectd.kernel.image import Image, Unlinkable
from bisectd.kernel.link import link
from bisectd.kernel.object import read_object
from bisectd.kernel.resolve import defines, missing
from tests.support.kernel_objects import TOOLCHAINS, compile_object, execute, target

MAIN = """
extern int triple(int); extern int table[]; extern const char *name(void);
extern int shared; extern int weak(void);
static int counter = 40;
int common_one[3];
static int (*pick)(int) = triple;
int zeroed[100];
__attribute__((noinline)) static int helper(int a) { return a + counter++; }
int total(int n)
{
    int sum = 0;
    for (int i = 0; i < 4; i++)
        sum += table[i] * n;
    return sum + helper(n) + pick(n) + name()[1] + (shared = 5) + weak() + zeroed[99]++ + common_one[1]++;
}
int choose(int n)
{
    switch (n) {
    case 0: return triple(11);
    case 1: return helper(3) ^ 5;
    case 2: return triple(6) - 100;
    case 3: return shared;
    case 4: return helper(9) * 7;
    case 5: return triple(n) + 2;
    case 6: return table[2];
    }
    return -1;
}
__attribute__((weak)) int weak(void) { return 1000; }
"""
OTHER = """
int table[4] = {1, 2, 3, 4};
int shared;
int triple(int n) { return 3 * n; }
static int helper(void) { return 7; }
const char *name(void) { return "xA" + helper() - 7; }
int weak(void) { return 2000; }
"""


def images(folder: Path, *sources: str, toolchain: str = "zig", flags: tuple[str, ...] = ()) -> list[Image]:
    return [read_object(compile_object(folder, text, *flags, toolchain=toolchain), []) for text in sources]


def linked(folder: Path, *sources: str, toolchain: str = "zig", flags: tuple[str, ...] = ()) -> Program:
    return link(images(folder, *sources, toolchain=toolchain, flags=flags), {}, target())


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
@pytest.mark.parametrize("flags", [(), ("-fno-function-sections", "-fno-data-sections"), ("-fcommon", "-O1")])
def test_a_linked_program_runs(tmp_path: Path, toolchain: str, flags: tuple[str, ...]) -> None:
    program = linked(tmp_path, MAIN, OTHER, toolchain=toolchain, flags=flags)
    assert execute(program, "total", 2) == 10 * 2 + 42 + 6 + ord("A") + 5 + 2000
    results = [33, 43 ^ 5, 18 - 100, 0, 49 * 7, 17, 3, -1]
    assert [execute(program, "choose", n) for n in range(8)] == [result & 0xFFFFFFFF for result in results]


def test_static_names_are_known_and_a_global_one_comes_first(tmp_path: Path) -> None:
    program = linked(tmp_path, MAIN, OTHER)
    objects = images(tmp_path, MAIN, "int helper(int a) { return 1; }")
    assert execute(program, "helper", 2) == 42
    assert execute(link(objects, {}, target()), "helper", 2) == 1


def test_undefined_names_lie_apart_within_reach_of_a_branch(tmp_path: Path) -> None:
    names = [f"nowhere_{number}" for number in range(50)]
    calls = " ".join(f"{name}();" for name in names)
    externs = " ".join(f"void {name}(void);" for name in names)
    program = linked(tmp_path, f"{externs} extern int used; void f(void) {{ {calls} used++; }}")
    assert sorted(program.externs) == sorted([*names, "used"])
    addresses = sorted(program.externs.values())
    assert all(later - earlier == 4096 for earlier, later in pairwise(addresses))
    end = max(segment.address + len(segment.data) for segment in program.segments)
    assert end <= addresses[0] < addresses[-1] < program.symbols["f"] + (32 << 20)
    assert not program.externs.keys() & program.symbols.keys()


def test_a_branch_to_an_undefined_name_goes_to_its_address(tmp_path: Path) -> None:
    program = linked(tmp_path, "extern void gone(void); void f(void) { gone(); }")
    at = program.symbols["f"]
    segment = program.segments[0]
    words = [
        (at + i, int.from_bytes(segment.data[at + i - segment.address : at + i - segment.address + 4], "big"))
        for i in range(0, 40, 4)
    ]
    targets = {address + (word & 0x03FFFFFC) for address, word in words if word >> 26 == 18}
    assert program.externs["gone"] in targets


def test_two_definitions_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unlinkable, match="twice_here is defined twice"):
        linked(tmp_path, "int twice_here(void) { return 1; }", "int twice_here(void) { return 2; }")


def test_an_unknown_relocation_type_is_named(tmp_path: Path) -> None:
    source = ".globl f\nf: .reloc f, R_PPC_TLS, x\n blr"
    with pytest.raises(Unlinkable, match="relocation type 67 of 32-bit PowerPC is not known"):
        linked_assembly(tmp_path, source)


def linked_assembly(folder: Path, source: str) -> Program:
    return link([read_object(compile_object(folder, source, name="f.S"), [])], {}, target())


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            ".globl f\nf: beq far\n.skip 40000\n.globl far\nfar: blr",
            "far is out of reach of a relocation of type REL14",
        ),
        (".bss\n.globl big\nbig: .skip 9000000", "the program needs more than 8 MiB"),
        (".data\n.balign 0x4000000\n.long 1", "the program needs more than 8 MiB"),
    ],
)
def test_what_cannot_be_placed_has_a_reason(tmp_path: Path, source: str, reason: str) -> None:
    with pytest.raises(Unlinkable, match=reason):
        linked_assembly(tmp_path, source + "\n")


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
def test_a_conditional_branch_to_another_object_reaches_it_from_afar(tmp_path: Path, toolchain: str) -> None:
    near = '.text\n.globl f\nf: cmpwi 3,0\n beq far\n li 3,1\n blr\n .section .text.gap,"ax"\n .skip 40000\n'
    far = ".text\n.globl far\nfar: li 3,2\n blr\n"
    objects = [
        read_object(compile_object(tmp_path, text, name="f.S", toolchain=toolchain), [])
        for text in (near, far)
    ]
    program = link(objects, {}, target())
    assert [execute(program, "f", n) for n in (0, 1)] == [2, 1]


def test_objects_for_another_machine_are_the_users_mistake(tmp_path: Path) -> None:
    image = read_object(compile_object(tmp_path, "int f;", arch="powerpc64le"), [])
    with pytest.raises(
        UserError, match="target test is 32-bit big-endian, but its compiler flags make 64-bit little"
    ):
        link([image], {}, target())


def test_missing_roots_have_a_reason(tmp_path: Path) -> None:
    objects = images(tmp_path, "int there(void) { return 1; } static int x; int *y = &x;")
    assert defines(objects, "there")
    assert defines(objects, "x")
    assert missing(objects, ["there", "y"]) is None
    assert missing(objects, ["there", "gone"]) == "no source file of the unit defines gone"


def test_a_clone_that_the_compiler_left_is_named(tmp_path: Path) -> None:
    image = read_object(compile_object(tmp_path, ".globl gone.part.0\ngone.part.0: blr\n", name="f.S"), [])
    assert missing([image], ["gone"]) == (
        "no source file of the unit defines gone (the compiler left only gone.part.0)"
    )


@pytest.mark.parametrize("arch", ["powerpc64", "powerpc64le"])
def test_64_bit_objects_link(tmp_path: Path, arch: str) -> None:
    objects = [read_object(compile_object(tmp_path, text, arch=arch), []) for text in (MAIN, OTHER)]
    program = link(objects, {}, target(64, "little" if arch.endswith("le") else "big"))
    assert program.symbols["total"] >= 0xC000000000000000
    assert program.externs == {}
