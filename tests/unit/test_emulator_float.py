# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from tests.support.emulator_programs import CODE, machine, word

ONE, WIDE_NAN, WIDE_SIGNALLING_NAN = 0x3FF << 52, 0xFFF8_0000_0000_1234, 0x7FF7_FFFF_FFFF_FFFF


@pytest.mark.parametrize("cpu", ["7447a", "970", "power8"])
@pytest.mark.parametrize(
    ("mnemonic", "operands"),
    [
        ("fadds", (3, 1, 2, 0)),
        ("fsubs", (3, 2, 1, 0)),
        ("fmuls", (3, 1, 2, 0)),
        ("fdivs", (3, 2, 1, 0)),
        ("fmadds", (3, 2, 1, 2, 0)),
        ("fnmsubs", (3, 1, 2, 2, 0)),
        ("fres", (3, 1, 0)),
        ("frsp", (3, 1, 0)),
    ],
)
@pytest.mark.parametrize(
    ("nan", "result"),
    [(WIDE_NAN, 0xFFF8 << 48), (WIDE_SIGNALLING_NAN, 0x7FFF_FFFF_E000_0000)],
)
def test_a_nan_loses_what_a_single_has_no_room_for(
    mnemonic: str, operands: tuple[int, ...], cpu: str, nan: int, result: int
) -> None:
    m = machine(word(mnemonic, *operands), cpu=cpu)
    m.state.fpr[1], m.state.fpr[2] = nan, ONE
    m.run(until=CODE + 4)
    assert hex(m.state.fpr[3]) == hex(result)
