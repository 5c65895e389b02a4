# SPDX-License-Identifier: GPL-2.0-or-later
"""A fixed sample of random vector instructions on our processor and on others'."""

import pytest

from tests.support import emulator_qemu as qemu
from tests.support.emulator_vectors import ORACLES, compare


def test_altivec_agrees_with_unicorn() -> None:
    assert compare("unicorn", 156 * 40, seed=7447) == []


@pytest.mark.parametrize("oracle", sorted(set(ORACLES) - {"unicorn"}))
def test_vector_instructions_agree_with_qemu(oracle: str) -> None:
    cpu, _, _ = ORACLES[oracle]
    if reason := qemu.missing(cpu):
        pytest.skip(reason)
    assert compare(oracle, 217 * 20, seed=207) == []
