# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a source stands in a commit: in its own part of the tree first."""

import pytest

from bisectd.kernel.sources import Locator
from tests.support.source_trees import DictTree

ARCH = "arch/powerpc"


@pytest.mark.parametrize(
    ("usual", "files", "place"),
    [
        ("lib/gcd.c", ["lib/gcd.c", "lib/math/gcd.c"], "lib/gcd.c"),
        ("lib/gcd.c", ["lib/math/gcd.c"], "lib/math/gcd.c"),
        ("kernel/time.c", ["kernel/time/time.c", f"{ARCH}/kernel/time.c"], "kernel/time/time.c"),
        ("init/init_task.c", ["init/main.c", f"{ARCH}/kernel/init_task.c"], f"{ARCH}/kernel/init_task.c"),
        (f"{ARCH}/kernel/fpu.S", [f"{ARCH}/kernel/fp/fpu.S", "lib/fpu.S"], f"{ARCH}/kernel/fp/fpu.S"),
        (f"{ARCH}/kernel/fpu.S", ["lib/fpu.S"], None),
        ("lib/gcd.c", ["lib/a/gcd.c", "lib/b/gcd.c"], None),
        ("lib/gcd.c", ["kernel/gcd.c"], None),
    ],
)
def test_a_file_that_moved(usual: str, files: list[str], place: str | None) -> None:
    found = Locator(ARCH).locate(DictTree(dict.fromkeys(files, "")), usual)
    assert found.path == place
    assert (found.reason == "") is (place is not None)
    assert usual in found.paths


def test_the_answer_depends_on_every_folder_that_was_searched() -> None:
    tree = DictTree({f"{ARCH}/kernel/init_task.c": ""})
    locator = Locator(ARCH)
    assert locator.locate(tree, "init/init_task.c").paths >= {"init", ARCH}
    moved = tree.edited({"init/deep/init_task.c": ""})
    assert locator.locate(moved, "init/init_task.c").path == "init/deep/init_task.c"
