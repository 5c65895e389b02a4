# SPDX-License-Identifier: GPL-2.0-or-later
"""Structure layouts, against the compiler's own offsetof and sizeof."""

from pathlib import Path

import pytest

from bisectd.kernel.image import Image, Unlinkable
from bisectd.kernel.object import read_object
from bisectd.kernel.structures import Members
from tests.support.kernel_objects import TOOLCHAINS, compile_object

SOURCE = """
typedef unsigned int u32;
typedef struct { volatile u32 raw; } lock_t;
struct list { struct list *next, *prev; };
struct regs { unsigned long gpr[32]; unsigned long msr; };
union word { u32 whole; unsigned char bytes[4]; };
struct fp { unsigned long long fpr[32][2]; unsigned long long fpscr; };
enum mode { OFF, ON = 70000 };
struct thread {
    struct regs *regs;
    const struct list *volatile links;
    void *any;
    int (*call)(struct regs *);
    struct { int a; struct { short b; } deep; } named;
    struct { u32 inner; union { char c; long l; }; };
    struct fp fp __attribute__((aligned(16)));
    struct fp *save;
    lock_t lock;
    u32 flag_one : 3, flag_two : 7;
    enum mode mode;
    union word word;
    struct list many[5];
    long double wide;
    _Bool yes;
    char empty[0];
    char tail[];
};
typedef struct thread thread_alias;
struct task { long state; struct thread thread; } ;
struct task the_task;
thread_alias *the_alias;
"""
MEMBERS = [
    "task.state",
    "task.thread",
    "task.thread.regs",
    "task.thread.links",
    "task.thread.any",
    "task.thread.call",
    "task.thread.named",
    "task.thread.named.a",
    "task.thread.named.deep.b",
    "task.thread.inner",
    "task.thread.c",
    "task.thread.l",
    "task.thread.fp.fpr",
    "task.thread.fp.fpscr",
    "task.thread.save",
    "task.thread.lock",
    "task.thread.lock.raw",
    "task.thread.mode",
    "task.thread.word",
    "task.thread.word.bytes",
    "task.thread.many",
    "task.thread.wide",
    "task.thread.yes",
    "thread.yes",
    "thread.mode",
]


def oracle(members: list[str]) -> str:
    """C that stores the compiler's own offsets and sizes."""
    rows = []
    for dotted in members:
        root, path = dotted.split(".", 1)
        rows.append(f"__builtin_offsetof(struct {root}, {path}), sizeof(((struct {root} *)0)->{path})")
    return f"const unsigned expected[] = {{ {', '.join(rows)} }};"


def expected(image: Image, members: list[str]) -> dict[str, tuple[int, int]]:
    symbol = next(symbol for symbol in image.symbols if symbol.name == "expected")
    data = image.sections[symbol.section].data[symbol.offset :]
    numbers = [int.from_bytes(data[4 * i : 4 * i + 4], image.endian) for i in range(2 * len(members))]
    return {name: (numbers[2 * i], numbers[2 * i + 1]) for i, name in enumerate(members)}


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
@pytest.mark.parametrize("version", [2, 3, 4, 5])
def test_members_lie_where_the_compiler_puts_them(tmp_path: Path, toolchain: str, version: int) -> None:
    elf = compile_object(tmp_path, SOURCE + oracle(MEMBERS), f"-gdwarf-{version}", toolchain=toolchain)
    image = read_object(elf, ["task", "thread", "absent"])
    members = Members(image.structures)
    assert {name: tuple(members[name])[:2] for name in MEMBERS} == expected(image, MEMBERS)
    assert "absent" not in image.structures


@pytest.mark.parametrize("arch", ["powerpc64", "powerpc64le"])
def test_members_of_64_bit_objects_of_either_byte_order(tmp_path: Path, arch: str) -> None:
    image = read_object(compile_object(tmp_path, SOURCE + oracle(MEMBERS), arch=arch), ["task", "thread"])
    members = Members(image.structures)
    assert (image.bits, image.endian) == (64, "little" if arch.endswith("le") else "big")
    assert {name: tuple(members[name])[:2] for name in MEMBERS} == expected(image, MEMBERS)


def test_members_of_64_bit_objects_by_gcc(tmp_path: Path) -> None:
    elf = compile_object(tmp_path, SOURCE + oracle(MEMBERS), arch="powerpc64", toolchain="gcc")
    image = read_object(elf, ["task", "thread"])
    members = Members(image.structures)
    assert {name: tuple(members[name])[:2] for name in MEMBERS} == expected(image, MEMBERS)


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
def test_pointers_name_what_they_point_at(tmp_path: Path, toolchain: str) -> None:
    image = read_object(compile_object(tmp_path, SOURCE, toolchain=toolchain), ["task"])
    members = Members(image.structures)
    targets = {
        name: members[f"task.thread.{name}"].points_to for name in ("regs", "links", "any", "call", "save")
    }
    assert targets == {"regs": "regs", "links": "list", "any": None, "call": None, "save": "fp"}


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
def test_names_that_resolve_to_nothing(tmp_path: Path, toolchain: str) -> None:
    members = Members(read_object(compile_object(tmp_path, SOURCE, toolchain=toolchain), ["task"]).structures)
    for name in (
        "task",
        "task.thread.flag_one",
        "task.thread.regs.msr",
        "task.state.x",
        "regs.msr",
        "",
        "task.",
    ):
        assert name not in members, name


def test_iterating_names_every_member_once(tmp_path: Path) -> None:
    members = Members(read_object(compile_object(tmp_path, SOURCE), ["task"]).structures)
    names = list(members)
    assert len(names) == len(set(names)) == len(members)
    assert set(names) >= {name for name in MEMBERS if name.startswith("task.")}
    assert all(members[name].size >= 0 for name in names)


def test_a_typedef_is_a_name_too(tmp_path: Path) -> None:
    image = read_object(compile_object(tmp_path, SOURCE), ["thread_alias", "lock_t"])
    assert Members(image.structures)["lock_t.raw"] == (0, 4, None)
    assert Members(image.structures)["thread_alias.regs"].points_to == "regs"


def test_debug_information_that_doubles_at_every_level_is_refused(tmp_path: Path) -> None:
    heads = ['.byte 2\n.asciz "root"\n.byte 1\n', *(f".Lt{level}: .byte 3, 1\n" for level in range(40))]
    member = ".byte 4, 0\n.long .Lt{} - .Lunit\n"
    entries = "".join(f"{head}{member.format(min(n, 39)) * 2}.byte 0\n" for n, head in enumerate(heads))
    source = f"""
.section .debug_abbrev,"",@progbits
.byte 1, 0x11, 1, 0, 0
.byte 2, 0x13, 1, 0x03, 0x08, 0x0b, 0x0b, 0, 0
.byte 3, 0x13, 1, 0x0b, 0x0b, 0, 0
.byte 4, 0x0d, 0, 0x38, 0x0b, 0x49, 0x13, 0, 0
.byte 0
.section .debug_info,"",@progbits
.Lunit: .long .Lend - .Lstart
.Lstart: .short 4
.long 0
.byte 4
.byte 1
{entries}.byte 0
.Lend:
"""
    with pytest.raises(Unlinkable, match="more than 100000 members"):
        read_object(compile_object(tmp_path, source, "-g0", name="bad.S"), ["root"])
