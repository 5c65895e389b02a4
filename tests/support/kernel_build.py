# SPDX-License-Identifier: GPL-2.0-or-later
"""Builders for tests: real compilers, scratch folders under tmp_path."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bisectd.domain.errors import MachineError
from bisectd.kernel import targets, toolchain
from bisectd.kernel.builder import Builder, Unit, UnitFailure
from bisectd.kernel.limits import DEFAULT, Limits
from bisectd.kernel.manifest import MemoryObjectCache, ObjectCache
from bisectd.kernel.toolchain import Toolchain
from tests.support.mini_kernel import SOURCES
from tests.support.source_trees import DictTree


def installed(name: str) -> Toolchain:
    """The toolchain; the test is skipped, with the reason, where it is not installed."""
    try:
        return toolchain.find(name)
    except MachineError as error:
        pytest.skip(str(error))


@contextmanager
def builder(
    scratch: Path,
    compiler: Toolchain | None = None,
    cache: ObjectCache | None = None,
    limits: Limits = DEFAULT,
) -> Iterator[Builder]:
    """A builder for pmac32, with zig and a cache of its own where nothing else is said."""
    made = Builder(
        targets.find("pmac32"),
        compiler or toolchain.find("zig"),
        scratch,
        MemoryObjectCache() if cache is None else cache,
        limits=limits,
    )
    try:
        yield made
    finally:
        made.close()


def built(made: Builder, tree: DictTree) -> Unit:
    """The unit of the miniature kernel's recipe; fails where it does not build."""
    unit = made.build(tree, SOURCES)
    assert isinstance(unit, Unit), unit
    return unit


def failed(made: Builder, tree: DictTree) -> UnitFailure:
    """The failure of the miniature kernel's recipe; fails where it builds."""
    unit = made.build(tree, SOURCES)
    assert isinstance(unit, UnitFailure)
    return unit
