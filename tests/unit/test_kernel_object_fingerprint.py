# SPDX-License-Identifier: GPL-2.0-or-later
"""What changes a fingerprint and what does not."""

from pathlib import Path

import pytest

from bisectd.kernel.fingerprint import fingerprint
from bisectd.kernel.object import read_object
from tests.support.kernel_objects import FIXUP_MACROS, TOOLCHAINS, compile_object

BASE = """
struct inner { int pad; int b; };
struct task { int a; struct inner in; };
extern int outside(int);
extern void report(const char *);
static int calls = 1;
static const int weights[] = {3, 5, 9};
__attribute__((noinline)) static int helper(struct task *t) { return t->in.b * 3 + calls++; }
int unrelated(int a) { report("unrelated"); return a + 1; }
int root(struct task *t, int i)
{
    if (helper(t) > 4)
        report("root is high");
    return outside(t->a) + weights[i];
}
"""
SAME = {
    "a comment": ("int root", "/* why */ int root"),
    "moved lines": ("int root", "\n\n\n\nint root"),
    "an unrelated function": (
        "int root",
        'int more(int x) { report("more"); return unrelated(x) * 7; }\nint root',
    ),
    "an unrelated function changed": ("return a + 1", 'report("else"); return a * 55'),
    "an unrelated variable": ("static int calls", "int added = 77;\nstatic int calls"),
    "a static variable renamed": ("calls", "called_so_often"),
    "a static function renamed": ("helper", "assistant"),
    "a member nobody asked for": (
        "struct task { int a; struct inner in; }",
        "struct task { int a; struct inner in; int z; }",
    ),
}
DIFFERENT = {
    "a constant": ("* 3", "* 5"),
    "a callee's name": ("outside", "elsewhere"),
    "a string": ("root is high", "root is low"),
    "an initial value": ("calls = 1", "calls = 2"),
    "a constant table": ("{3, 5, 9}", "{3, 6, 9}"),
    "the offset of a member": ("int pad; int b", "int pad, pad2; int b"),
    "a root renamed": ("int root", "int route"),
}


def of(folder: Path, source: str, toolchain: str = "zig", name: str = "unit.c", **features: int) -> str:
    image = read_object(compile_object(folder, source, toolchain=toolchain, name=name), ["task"])
    return fingerprint([image], ["root"], ["task.in.b", "task.gone"], features)


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
@pytest.mark.parametrize("change", SAME)
def test_the_same_behaviour_has_the_same_fingerprint(tmp_path: Path, toolchain: str, change: str) -> None:
    changed = BASE.replace(*SAME[change])
    assert changed != BASE
    assert of(tmp_path, changed, toolchain) == of(tmp_path, BASE, toolchain)


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
@pytest.mark.parametrize("change", DIFFERENT)
def test_a_change_that_may_matter_changes_the_fingerprint(
    tmp_path: Path, toolchain: str, change: str
) -> None:
    changed = BASE.replace(*DIFFERENT[change])
    assert changed != BASE
    assert of(tmp_path, changed, toolchain) != of(tmp_path, BASE, toolchain)


def test_functions_in_another_object_count_and_its_place_does_not(tmp_path: Path) -> None:
    base, other, changed = (
        read_object(compile_object(tmp_path, text), [])
        for text in (BASE, "int outside(int a) { return a; }", "int outside(int a) { return -a; }")
    )
    with_it = fingerprint([base, other], ["root"], [], {})
    assert with_it == fingerprint([other, base], ["root"], [], {})
    assert (
        len({with_it, fingerprint([base, changed], ["root"], [], {}), fingerprint([base], ["root"], [], {})})
        == 3
    )


def test_features_and_members_count(tmp_path: Path) -> None:
    image = read_object(compile_object(tmp_path, BASE), ["task"])
    variants = [
        fingerprint([image], roots, members, features)
        for roots in (["root"], ["root", "absent"], ["unrelated"])
        for members in ([], ["task"], ["task.in"], ["gone"])
        for features in ({}, {"cpu": 1}, {"mmu": 1}, {"cpu": 2})
    ]
    assert len(set(variants)) == len(variants)
    assert fingerprint([image], ["root", "unrelated"], ["task", "task.in"], {}) == fingerprint(
        [image], ["unrelated", "root"], ["task.in", "task", "task"], {}
    )


FIXED = (
    FIXUP_MACROS
    + """
.globl root
root:
    cmpwi 3, 0
1:  addi 3, 3, 1
2:  blr
.pushsection __ftr_alt_1, "a"
3:  addi 3, 3, 100
4:
.popsection
fixup __ftr_fixup, 6, 2, 1b, 2b, 3b, 4b
"""
)


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
@pytest.mark.parametrize(
    "change",
    [
        ("6, 2,", "7, 2,"),
        ("6, 2,", "6, 4,"),
        ("3, 100", "3, 101"),
        ("__ftr_fixup", "__mmu_ftr_fixup"),
        ("3, 1\n", "3, 2\n"),
    ],
)
def test_fixups_count(tmp_path: Path, toolchain: str, change: tuple[str, str]) -> None:
    assert of(tmp_path, FIXED.replace(*change), toolchain, "f.S") != of(tmp_path, FIXED, toolchain, "f.S")


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
def test_fixups_that_are_not_reached_do_not_count(tmp_path: Path, toolchain: str) -> None:
    other = FIXED.replace(
        ".globl root\n",
        """.globl other
other:
11: addi 4, 4, 1
12: blr
.pushsection __ftr_alt_1, "a"
13: addi 4, 4, 2
14:
.popsection
fixup __ftr_fixup, 1, 1, 11b, 12b, 13b, 14b
.globl root
""",
    )
    assert of(tmp_path, other, toolchain, "f.S") == of(tmp_path, FIXED, toolchain, "f.S")


def test_code_that_only_the_patched_way_reaches_counts(tmp_path: Path) -> None:
    source = (
        FIXUP_MACROS
        + """
.globl root
root:
1:  b 9f
2:  li 3, 5
    blr
9:  li 3, 6
    blr
fixup __ftr_fixup, 1, 1, 1b, 2b, 1b, 1b
"""
    )
    assert of(tmp_path, source.replace("3, 5", "3, 7"), name="f.S") != of(tmp_path, source, name="f.S")


SWITCH = """
extern int g(int);
int before(int x) { return g(x) - 1; }
int root(int x)
{
    switch (x) {
    case 0: return g(1); case 1: return g(9) + 1; case 2: return g(3) - 2; case 3: return g(8) * 3;
    case 4: return g(2) ^ 4; case 5: return g(44) | 5; case 6: return g(12) & 6;
    }
    return 0;
}
"""


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
def test_jump_tables(tmp_path: Path, toolchain: str) -> None:
    base = of(tmp_path, SWITCH, toolchain)
    assert of(tmp_path, SWITCH.replace("g(x) - 1", "g(x + 2) * 9"), toolchain) == base
    for old, new in (("g(44)", "g(45)"), ("| 5", "| 7"), ("case 4", "case 7"), ("g(1)", "g(2)")):
        assert of(tmp_path, SWITCH.replace(old, new), toolchain) != base
