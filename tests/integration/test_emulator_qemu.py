# SPDX-License-Identifier: GPL-2.0-or-later
"""A fixed sample of random fixed-point code on our 64-bit processors and on qemu's."""

import pytest

from tests.support.emulator_fuzz_qemu import compare, compare_floating
from tests.support.emulator_qemu import missing


@pytest.mark.parametrize(("cpu", "endian"), [("970", "big"), ("power8", "big"), ("power8", "little")])
def test_fixed_point_code_does_what_qemu_does(cpu: str, endian: str) -> None:
    if reason := missing(cpu):
        pytest.skip(reason)
    assert [differs for _, differs in compare(cpu, endian, 15_000, 64, []) if differs] == []


@pytest.mark.parametrize(("cpu", "endian"), [("970", "big"), ("power8", "big"), ("power8", "little")])
def test_younger_floating_point_does_what_qemu_does(cpu: str, endian: str) -> None:
    if reason := missing(cpu):
        pytest.skip(reason)
    assert [differs for differs in compare_floating(cpu, endian, 4000, 206) if differs] == []
