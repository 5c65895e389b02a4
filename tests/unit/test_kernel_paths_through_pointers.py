# SPDX-License-Identifier: GPL-2.0-or-later
"""A path may follow pointers: what it passes through is part of a fingerprint as well."""

from pathlib import Path

import pytest

from bisectd.kernel.fingerprint import fingerprint
from bisectd.kernel.image import Image
from bisectd.kernel.object import read_object
from bisectd.kernel.structures import Members, hops
from tests.support.kernel_objects import TOOLCHAINS, compile_object

PATH = "task.in.regs.far.msr"
SOURCE = """
struct last { int pad; long msr; };
struct regs { long gpr[4]; struct last *far; };
struct inner { int pad; struct regs *regs; };
struct task { int a; struct inner in; };
struct task *root(struct task *t) { return t; }
"""


def _image(folder: Path, toolchain: str, source: str, *structures: str) -> Image:
    return read_object(compile_object(folder, source, toolchain=toolchain), structures)


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
def test_the_structures_on_the_way_are_laid_out(tmp_path: Path, toolchain: str) -> None:
    plain = _image(tmp_path, toolchain, SOURCE, "task").structures
    assert {"regs", "last"}.isdisjoint(plain)
    found = Members(_image(tmp_path, toolchain, SOURCE, PATH).structures)
    assert hops(found, PATH) == ["task.in.regs", "regs.far", "last.msr"]
    assert all(hop in found for hop in hops(found, PATH))


@pytest.mark.parametrize("path", ["task.in.gone.msr", "nothing.at.all", "task", "task.a.b"])
def test_a_way_that_ends_early_is_no_error(tmp_path: Path, path: str) -> None:
    members = Members(_image(tmp_path, TOOLCHAINS[0], SOURCE, path).structures)
    assert hops(members, path) == [path]


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("{ int a; struct inner in; }", "{ int a, b; struct inner in; }", False),
        ("{ int pad; struct regs *regs; }", "{ int pad, more; struct regs *regs; }", False),
        ("long gpr[4]", "long gpr[5]", False),
        ("{ int pad; long msr; }", "{ int pad, more; long msr; }", False),
        ("{ int pad; long msr; }", "{ int pad; long msr, behind; }", True),
    ],
)
def test_a_fingerprint_covers_every_hop(tmp_path: Path, old: str, new: str, same: bool) -> None:
    prints = [
        fingerprint([_image(tmp_path, TOOLCHAINS[0], source, PATH)], ["root"], [PATH], {})
        for source in (SOURCE, SOURCE.replace(old, new))
    ]
    assert (prints[0] == prints[1]) is same
