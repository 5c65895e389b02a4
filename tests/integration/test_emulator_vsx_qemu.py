# SPDX-License-Identifier: GPL-2.0-or-later
"""A fixed sample of random VSX instructions on our POWER8 and on qemu's."""

import pytest

from tests.support import emulator_qemu as qemu
from tests.support.emulator_vsx import LINES, compare


@pytest.mark.parametrize("little", [False, True])
def test_vsx_agrees_with_qemu(little: bool) -> None:
    if reason := qemu.missing("power8"):
        pytest.skip(reason)
    assert compare(len(LINES) * 30, seed=206, little=little) == []
