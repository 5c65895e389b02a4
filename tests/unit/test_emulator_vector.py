# SPDX-License-Identifier: GPL-2.0-or-later
"""Vector instructions one by one: values worked by hand from the AltiVec manual and Power ISA 2.07."""

from dataclasses import dataclass

import pytest

from emulator import Machine
from emulator.cpus import CPUS, MODE_BITS, VEC
from emulator.opcodes import vector, vector207

SAT, NJ = 1, 0x0001_0000
_LINES = {line.mnemonic: line for line in (*vector.LINES, *vector207.LINES)}
_PLACES = {
    "VRT": 21,
    "VRA": 16,
    "VRB": 11,
    "VRC": 6,
    "UIM": 16,
    "SIM": 16,
    "SHB": 6,
    "ST": 15,
    "SIX": 11,
    "PS": 9,
    "Rc6": 10,
}
_REGISTERS = {"VRT": 1, "VRA": 2, "VRB": 3, "VRC": 4}


@dataclass(frozen=True)
class After:
    """What an instruction left: VRT, VSCR, and field 6 of CR."""

    r: int
    vscr: int
    cr6: int


def run(mnemonic: str, a: int = 0, b: int = 0, c: int = 0, *, vscr: int = 0, **fields: int) -> After:
    """Run one instruction with v1 as target and v2, v3, v4 as sources; other fields by name."""
    line = _LINES[mnemonic]
    word = line.pattern.value
    for name in line.operands:
        word |= (_REGISTERS.get(name, 0) or fields.get(name, 0) & 31) << _PLACES[name]
    machine = Machine("power8" if line.facility == "altivec207" else "7447a")
    machine.memory.map(0x1000, 0x1000)
    machine.memory.write(0x1000, word.to_bytes(4))
    state = machine.state
    state.msr |= VEC
    state.vr[2:5] = a, b, c
    state.vscr, state.pc, state.crf[6] = vscr, 0x1000, 15
    stop = machine.run(until=0x1004, max_instructions=2)
    assert stop.reason == "until", (mnemonic, stop)
    return After(state.vr[1], state.vscr, state.crf[6])


def v(text: str) -> int:
    """A register: hex digits of its elements, the rest of the register repeating them."""
    digits = text.replace(" ", "")
    return int(digits * (32 // len(digits)), 16)


# The mnemonic; A, B, C; the result (where it can saturate, also VSCR with SAT).
MODULO = [
    ("vaddubm", "ff", "02", "", "01"),
    ("vadduhm", "ffff 0001", "0001 ffff", "", "0000 0000"),
    ("vadduwm", "80000000", "80000001", "", "00000001"),
    ("vaddudm", "ffffffffffffffff", "0000000000000002", "", "0000000000000001"),
    ("vsububm", "00", "01", "", "ff"),
    ("vsubuhm", "0000", "0001", "", "ffff"),
    ("vsubuwm", "00000001", "00000002", "", "ffffffff"),
    ("vsubudm", "0000000000000000", "0000000000000001", "", "ffffffffffffffff"),
    ("vaddcuw", "ffffffff 00000001", "00000001 00000001", "", "00000001 00000000"),
    ("vsubcuw", "00000002 00000001", "00000001 00000002", "", "00000001 00000000"),
    ("vadduqm", "ff" * 16, "00" * 15 + "02", "", "00" * 15 + "01"),
    ("vaddcuq", "ff" * 16, "00" * 15 + "01", "", "00" * 15 + "01"),
    ("vaddeuqm", "ff" * 16, "00" * 16, "00" * 15 + "03", "00" * 16),
    ("vaddecuq", "ff" * 16, "00" * 16, "00" * 15 + "03", "00" * 15 + "01"),
    ("vsubuqm", "00" * 16, "00" * 15 + "01", "", "ff" * 16),
    ("vsubcuq", "00" * 16, "00" * 15 + "01", "", "00" * 16),
    ("vsubeuqm", "00" * 15 + "05", "00" * 15 + "03", "00" * 16, "00" * 15 + "01"),
    ("vsubecuq", "00" * 15 + "05", "00" * 15 + "05", "00" * 16, "00" * 16),
    ("vavgub", "01 fe", "02 ff", "", "02 ff"),
    ("vavgsb", "80 ff", "7f 00", "", "00 00"),
    ("vavguh", "0001", "ffff", "", "8000"),
    ("vavgsh", "fffe", "ffff", "", "ffff"),
    ("vavguw", "ffffffff", "fffffffe", "", "ffffffff"),
    ("vavgsw", "80000000", "80000001", "", "80000001"),
    ("vmaxub", "80 01", "7f 02", "", "80 02"),
    ("vmaxsb", "80 01", "7f 02", "", "7f 02"),
    ("vmaxuh", "8000", "7fff", "", "8000"),
    ("vmaxsh", "8000", "7fff", "", "7fff"),
    ("vmaxuw", "80000000", "7fffffff", "", "80000000"),
    ("vmaxsw", "80000000", "7fffffff", "", "7fffffff"),
    ("vmaxud", "8000000000000000", "7fffffffffffffff", "", "8000000000000000"),
    ("vmaxsd", "8000000000000000", "7fffffffffffffff", "", "7fffffffffffffff"),
    ("vminub", "80 01", "7f 02", "", "7f 01"),
    ("vminsb", "80 01", "7f 02", "", "80 01"),
    ("vminuh", "8000", "7fff", "", "7fff"),
    ("vminsh", "8000", "7fff", "", "8000"),
    ("vminuw", "80000000", "7fffffff", "", "7fffffff"),
    ("vminsw", "80000000", "7fffffff", "", "80000000"),
    ("vminud", "8000000000000000", "7fffffffffffffff", "", "7fffffffffffffff"),
    ("vminsd", "8000000000000000", "7fffffffffffffff", "", "8000000000000000"),
    ("vmuleub", "ff 02", "ff 03", "", "fe01"),
    ("vmuloub", "02 ff", "03 ff", "", "fe01"),
    ("vmulesb", "80 02", "80 03", "", "4000"),
    ("vmulosb", "02 ff", "03 7f", "", "ff81"),
    ("vmuleuh", "ffff 0002", "ffff 0003", "", "fffe0001"),
    ("vmulouh", "0002 ffff", "0003 ffff", "", "fffe0001"),
    ("vmulesh", "8000 0002", "8000 0003", "", "40000000"),
    ("vmulosh", "0002 ffff", "0003 0001", "", "ffffffff"),
    ("vmuleuw", "ffffffff 00000002", "ffffffff 00000003", "", "fffffffe00000001"),
    ("vmulouw", "ffffffff 00000002", "ffffffff 00000003", "", "0000000000000006"),
    ("vmulesw", "ffffffff 00000002", "00000001 00000003", "", "ffffffffffffffff"),
    ("vmulosw", "00000000 80000000", "00000000 00000002", "", "ffffffff00000000"),
    ("vmuluwm", "00010001", "00010001", "", "00020001"),
    ("vmladduhm", "0100", "0101", "0001", "0101"),
    ("vmsumubm", "ff ff ff ff", "ff ff ff ff", "00000001", "0003f805"),
    ("vmsummbm", "ff 00 00 00", "ff 00 00 00", "00000000", "ffffff01"),
    ("vmsumuhm", "ffff ffff", "ffff ffff", "00000000", "fffc0002"),
    ("vmsumshm", "8000 8000", "8000 8000", "00000000", "80000000"),
    ("vrlb", "81", "09", "", "03"),
    ("vrlh", "8001", "0011", "", "0003"),
    ("vrlw", "80000001", "00000021", "", "00000003"),
    ("vrld", "8000000000000001", "0000000000000041", "", "0000000000000003"),
    ("vslb", "81", "0f", "", "80"),
    ("vslh", "8001", "0014", "", "0010"),
    ("vslw", "80000001", "0000003f", "", "80000000"),
    ("vsld", "8000000000000001", "000000000000007f", "", "8000000000000000"),
    ("vsrb", "81", "0f", "", "01"),
    ("vsrh", "8001", "0014", "", "0800"),
    ("vsrw", "80000001", "0000003f", "", "00000001"),
    ("vsrd", "8000000000000001", "000000000000007f", "", "0000000000000001"),
    ("vsrab", "81", "0f", "", "ff"),
    ("vsrah", "8001", "0014", "", "f800"),
    ("vsraw", "80000001", "00000004", "", "f8000000"),
    ("vsrad", "8000000000000001", "0000000000000004", "", "f800000000000000"),
    ("vsl", "81" + "00" * 14 + "01", "01", "", "02" + "00" * 14 + "02"),
    ("vsr", "80" + "00" * 14 + "03", "01", "", "40" + "00" * 14 + "01"),
    ("vslo", "000102030405060708090a0b0c0d0e0f", "18", "", "030405060708090a0b0c0d0e0f000000"),
    ("vsro", "000102030405060708090a0b0c0d0e0f", "18", "", "000000000102030405060708090a0b0c"[:32]),
    ("vmrghb", "000102030405060708090a0b0c0d0e0f", "ff", "", "00ff01ff02ff03ff04ff05ff06ff07ff"),
    ("vmrglb", "000102030405060708090a0b0c0d0e0f", "ff", "", "08ff09ff0aff0bff0cff0dff0eff0fff"),
    ("vmrghh", "000102030405060708090a0b0c0d0e0f", "ffff", "", "0001ffff0203ffff0405ffff0607ffff"),
    ("vmrglh", "000102030405060708090a0b0c0d0e0f", "ffff", "", "0809ffff0a0bffff0c0dffff0e0fffff"),
    ("vmrghw", "000102030405060708090a0b0c0d0e0f", "f" * 8, "", "00010203ffffffff04050607ffffffff"),
    ("vmrglw", "000102030405060708090a0b0c0d0e0f", "f" * 8, "", "08090a0bffffffff0c0d0e0fffffffff"),
    ("vmrgew", "000102030405060708090a0b0c0d0e0f", "f" * 8, "", "00010203ffffffff08090a0bffffffff"),
    ("vmrgow", "000102030405060708090a0b0c0d0e0f", "f" * 8, "", "04050607ffffffff0c0d0e0fffffffff"),
    ("vpkuhum", "1234", "5678", "", "34" * 8 + "78" * 8),
    ("vpkuwum", "12345678", "9abcdef0", "", "5678" * 4 + "def0" * 4),
    ("vpkudum", "0123456789abcdef", "fedcba9876543210", "", "89abcdef" * 2 + "76543210" * 2),
    ("vpkpx", "01fffe07", "00f80808", "", "ffe0" * 4 + "7c21" * 4),
    ("vupkhsb", "", "80" * 8 + "7f" * 8, "", "ff80"),
    ("vupklsb", "", "80" * 8 + "7f" * 8, "", "007f"),
    ("vupkhsh", "", "8000" * 4 + "7fff" * 4, "", "ffff8000"),
    ("vupklsh", "", "8000" * 4 + "7fff" * 4, "", "00007fff"),
    ("vupkhsw", "", "8" + "0" * 7 + "80000001" + "7fffffff" * 2, "", "ffffffff80000000ffffffff80000001"),
    ("vupklsw", "", "80000000" * 2 + "7fffffff" * 2, "", "000000007fffffff"),
    ("vupkhpx", "", "ffe0" * 4 + "7c21" * 4, "", "ff1f1f00"),
    ("vupklpx", "", "ffe0" * 4 + "7c21" * 4, "", "001f0101"),
    ("vsel", "0f0f", "f0f0", "00ff", "0ff0"),
    ("vperm", "000102030405060708090a0b0c0d0e0f", "101112131415161718191a1b1c1d1e1f", "1f001e01", "1f001e01"),
    ("vnand", "0f", "3c", "", "f3"),
    ("vorc", "0f", "3c", "", "cf"),
    ("veqv", "0f", "3c", "", "cc"),
    ("vandc", "0f", "3c", "", "03"),
    ("vnor", "0f", "3c", "", "c0"),
    ("vclzb", "", "00 01 80 10", "", "08 07 00 03"),
    ("vclzh", "", "0000 0001", "", "0010 000f"),
    ("vclzw", "", "00000000 00010000", "", "00000020 0000000f"),
    ("vclzd", "", "0000000000000001", "", "000000000000003f"),
    ("vpopcntb", "", "00 ff 81 01", "", "00 08 02 01"),
    ("vpopcnth", "", "ffff 8001", "", "0010 0002"),
    ("vpopcntw", "", "ffffffff 80000001", "", "00000020 00000002"),
    ("vpopcntd", "", "ffffffff80000001", "", "0000000000000022"),
    ("vgbbd", "", "ff00000000000000", "", "8080808080808080"),
    ("vbpermq", "80" + "00" * 14 + "01", "007fff01" * 4, "", "000000000000cccc" + "0" * 16),
    ("vpermxor", "000102030405060708090a0b0c0d0e0f", "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", "0f", "ff"),
    ("vpmsumb", "03 01", "03 02", "", "0007"),
    ("vpmsumh", "0003 0001", "0003 0002", "", "00000007"),
    ("vpmsumw", "00000003 00000001", "00000003 00000002", "", "0000000000000007"),
    ("vpmsumd", "80" + "0" * 29 + "1", "80" + "0" * 29 + "1", "", "4" + "0" * 30 + "1"),
]  # fmt: skip

SATURATING = [
    ("vaddubs", "fe", "01", "", "ff", 0),
    ("vaddubs", "ff", "01", "", "ff", 1),
    ("vadduhs", "ffff", "0002", "", "ffff", 1),
    ("vadduws", "ffffffff", "00000001", "", "ffffffff", 1),
    ("vaddsbs", "7f 80", "01 ff", "", "7f 80", 1),
    ("vaddshs", "7fff 8000", "0001 ffff", "", "7fff 8000", 1),
    ("vaddsws", "7fffffff 80000000", "00000001 ffffffff", "", "7fffffff 80000000", 1),
    ("vaddsws", "7ffffffe", "00000001", "", "7fffffff", 0),
    ("vsububs", "01", "02", "", "00", 1),
    ("vsubuhs", "0001", "0001", "", "0000", 0),
    ("vsubuws", "00000001", "00000002", "", "00000000", 1),
    ("vsubsbs", "80 7f", "01 ff", "", "80 7f", 1),
    ("vsubshs", "8000", "0001", "", "8000", 1),
    ("vsubsws", "7fffffff", "ffffffff", "", "7fffffff", 1),
    ("vmhaddshs", "8000", "8000", "0000", "7fff", 1),
    ("vmhaddshs", "4000", "4000", "0001", "2001", 0),
    ("vmhraddshs", "0001", "4000", "0000", "0001", 0),
    ("vmsumuhs", "ffff ffff", "ffff ffff", "00000000", "ffffffff", 1),
    ("vmsumshs", "8000 8000", "8000 8000", "00000000", "7fffffff", 1),
    ("vmsumshs", "8000 8000", "7fff 7fff", "80000000", "80000000", 1),
    ("vsum4ubs", "01 02 03 04", "fffffff5", "", "ffffffff", 0),
    ("vsum4ubs", "01 02 03 04", "fffffff6", "", "ffffffff", 1),
    ("vsum4sbs", "ff ff ff ff", "80000000", "", "80000000", 1),
    ("vsum4shs", "7fff 0001", "00000001", "", "00008001", 0),
    ("vsum2sws", "00000001 00000002", "00000063 00000003", "", "00000000 00000006", 0),
    ("vsumsws", "7fffffff", "00000000", "", "0" * 24 + "7fffffff", 1),
    ("vsumsws", "ffffffff", "00000009", "", "0" * 24 + "00000005", 0),
    ("vpkuhus", "00ff", "0100", "", "ff", 1),
    ("vpkuwus", "00000001", "00010000", "", "0001" * 4 + "ffff" * 4, 1),
    ("vpkshus", "ffff", "0080", "", "00" * 8 + "80" * 8, 1),
    ("vpkswus", "80000000", "0000ffff", "", "0000" * 4 + "ffff" * 4, 1),
    ("vpkshss", "0080", "ff7f", "", "7f" * 8 + "80" * 8, 1),
    ("vpkswss", "00007fff", "ffff8000", "", "7fff" * 4 + "8000" * 4, 0),
    ("vpkudus", "0000000100000000", "00000000ffffffff", "", "ffffffff", 1),
    ("vpksdus", "ffffffffffffffff", "00000000ffffffff", "", "0" * 16 + "f" * 16, 1),
    ("vpksdss", "0000000080000000", "ffffffff7fffffff", "", "7fffffff" * 2 + "80000000" * 2, 1),
]  # fmt: skip


@pytest.mark.parametrize(("mnemonic", "a", "b", "c", "expected"), MODULO)
def test_a_result(mnemonic: str, a: str, b: str, c: str, expected: str) -> None:
    after = run(mnemonic, v(a or "0"), v(b or "0"), v(c or "0"))
    assert f"{after.r:032x}" == f"{v(expected):032x}"
    assert after.vscr == 0
    assert after.cr6 == 15


@pytest.mark.parametrize("case", SATURATING)
def test_a_saturating_result(case: tuple[str, str, str, str, str, int]) -> None:
    mnemonic, a, b, c, expected, saturated = case
    after = run(mnemonic, v(a), v(b), v(c or "0"))
    assert f"{after.r:032x}" == f"{v(expected):032x}"
    assert after.vscr == saturated


def test_saturation_is_sticky_and_leaves_nj() -> None:
    assert run("vaddubs", 0, 0, vscr=NJ | SAT).vscr == NJ | SAT
    assert run("vaddubs", v("ff"), v("ff"), vscr=NJ).vscr == NJ | SAT


COMPARISONS = [
    ("vcmpequb", "01 02", "01 03", "ff 00", 0),
    ("vcmpequh", "0001", "0001", "ffff", 8),
    ("vcmpequw", "00000001", "00000002", "00000000", 2),
    ("vcmpequd", "0000000100000000", "0000000100000000", "ffffffffffffffff", 8),
    ("vcmpgtub", "80 7f", "7f 80", "ff 00", 0),
    ("vcmpgtsb", "80 7f", "7f 80", "00 ff", 0),
    ("vcmpgtuh", "8000", "7fff", "ffff", 8),
    ("vcmpgtsh", "8000", "7fff", "0000", 2),
    ("vcmpgtuw", "80000000", "7fffffff", "ffffffff", 8),
    ("vcmpgtsw", "80000000", "7fffffff", "00000000", 2),
    ("vcmpgtud", "8000000000000000", "7fffffffffffffff", "ffffffffffffffff", 8),
    ("vcmpgtsd", "8000000000000000", "7fffffffffffffff", "0000000000000000", 2),
    ("vcmpeqfp", "00000000 7fc00000", "80000000 7fc00000", "ffffffff 00000000", 0),
    ("vcmpgefp", "00000000 3f800000", "80000000 3f800000", "ffffffff ffffffff", 8),
    ("vcmpgtfp", "7f800000 ff800000", "7f7fffff ff7fffff", "ffffffff 00000000", 0),
    ("vcmpbfp", "3f800000 bf800000", "3f800000", "00000000", 2),
    ("vcmpbfp", "40000000 c0000000", "3f800000", "80000000 40000000", 0),
    ("vcmpbfp", "7fc00000 00000000", "3f800000", "c0000000 00000000", 0),
    ("vcmpbfp", "00000000", "bf800000", "c0000000", 0),
]  # fmt: skip


@pytest.mark.parametrize(("mnemonic", "a", "b", "expected", "cr6"), COMPARISONS)
def test_a_comparison(mnemonic: str, a: str, b: str, expected: str, cr6: int) -> None:
    assert run(mnemonic, v(a), v(b), Rc6=1) == After(v(expected), 0, cr6)
    assert run(mnemonic, v(a), v(b)) == After(v(expected), 0, 15)


FLOATS = [
    ("vaddfp", "3f800000", "33800000", "", "3f800000"),  # a tie goes to even
    ("vaddfp", "3f800001", "33800000", "", "3f800002"),
    ("vaddfp", "7f800000", "ff800000", "", "7fc00000"),
    ("vaddfp", "7f7fffff", "73000000", "", "7f800000"),
    ("vaddfp", "ff812345", "7fc00000", "", "ffc12345"),
    ("vaddfp", "3f800000", "7f800001", "", "7fc00001"),
    ("vaddfp", "00000001", "00000001", "", "00000002"),
    ("vsubfp", "3f800000", "3f800000", "", "00000000"),
    ("vsubfp", "80000000", "00000000", "", "80000000"),
    ("vmaddfp", "3f800001", "bf800002", "3f800001", "28800000"),  # the product's last bit survives
    ("vmaddfp", "00000000", "3f800000", "7f800000", "7fc00000"),
    ("vmaddfp", "00000000", "7fc00003", "7f800000", "7fc00003"),
    ("vmaddfp", "3f800000", "7fc00003", "7fc00004", "7fc00003"),
    ("vnmsubfp", "3f800001", "3f800002", "3f800001", "a8800000"),
    ("vnmsubfp", "3f800000", "3f800000", "3f800000", "80000000"),
    ("vnmsubfp", "7fc00005", "3f800000", "3f800000", "7fc00005"),
    ("vmaxfp", "80000000", "00000000", "", "00000000"),
    ("vmaxfp", "3f800000", "7f800001", "", "7fc00001"),
    ("vminfp", "00000000", "80000000", "", "80000000"),
    ("vminfp", "ff800000", "00000001", "", "ff800000"),
    ("vrfin", "", "3f000000 3fc00000 bf000000 c0200000", "", "00000000 40000000 80000000 c0000000"),
    ("vrfiz", "", "3fc00000 bfc00000 3f7fffff 80000001", "", "3f800000 bf800000 00000000 80000000"),
    ("vrfip", "", "3fc00000 bfc00000 00000001 bf000000", "", "40000000 bf800000 3f800000 80000000"),
    ("vrfim", "", "3fc00000 bfc00000 00000001 80000001", "", "3f800000 c0000000 00000000 bf800000"),
    ("vrfin", "", "4b000001 7f800000 ffa00000 cb7fffff", "", "4b000001 7f800000 ffe00000 cb7fffff"),
    ("vrefp", "", "40000000 80000000 7f800000 7fa00000", "", "3f000000 ff800000 00000000 7fe00000"),
    ("vrsqrtefp", "", "40800000 00000000 80000000 bf800000", "", "3f000000 7f800000 ff800000 7fc00000"),
    ("vrsqrtefp", "", "7f800000 ff800000 7fa00000 41800000", "", "00000000 7fc00000 7fe00000 3e800000"),
    ("vexptefp", "", "00000000 41200000 c2fc0000 7f800000", "", "3f800000 44800000 00800000 7f800000"),
    ("vexptefp", "", "ff800000 3f000000 43000000 ffa00000", "", "00000000 3fb504f3 7f800000 ffe00000"),
    ("vlogefp", "", "44800000 3f000000 00000001 00000000", "", "41200000 bf800000 c3150000 ff800000"),
    ("vlogefp", "", "40400000 80000000 bf800000 7f800000", "", "3fcae00d ff800000 7fc00000 7f800000"),
]  # fmt: skip


@pytest.mark.parametrize(("mnemonic", "a", "b", "c", "expected"), FLOATS)
def test_a_floating_point_result(mnemonic: str, a: str, b: str, c: str, expected: str) -> None:
    after = run(mnemonic, v(a or "0"), v(b), v(c or "0"))
    assert f"{after.r:032x}" == f"{v(expected):032x}"
    assert after.vscr == 0


NON_JAVA = [
    ("vaddfp", "00000001 807fffff", "00000001 80000000", "", "00000000 80000000"),
    ("vaddfp", "00800000", "80800001", "", "80000000"),
    ("vmaddfp", "20000000", "80000000", "1f800000", "00000000"),
    ("vmaxfp", "807fffff", "ff800000", "", "80000000"),
    ("vrfip", "", "00000001", "", "00000000"),
    ("vlogefp", "", "00000001", "", "ff800000"),
    ("vrefp", "", "7f000000", "", "00000000"),
    ("vcmpeqfp", "00000001", "80000002", "", "ffffffff"),
]  # fmt: skip


@pytest.mark.parametrize(("mnemonic", "a", "b", "c", "expected"), NON_JAVA)
def test_non_java_mode_has_no_denormalized_numbers(
    mnemonic: str, a: str, b: str, c: str, expected: str
) -> None:
    operands = v(a or "0"), v(b), v(c or "0")
    assert f"{run(mnemonic, *operands, vscr=NJ).r:032x}" == f"{v(expected):032x}"
    assert run(mnemonic, *operands).r != v(expected)


CONVERSIONS = [
    ("vcfux", "ffffffff 00000001", 0, "4f800000 3f800000", 0),
    ("vcfux", "80000000 00000000", 31, "3f800000 00000000", 0),
    ("vcfsx", "ffffffff 7fffffff", 1, "bf000000 4e800000", 0),
    ("vctuxs", "4f7fffff bf000000", 0, "ffffff00 00000000", 0),
    ("vctuxs", "4f800000 bf800000", 0, "ffffffff 00000000", SAT),
    ("vctuxs", "7fc00000 3fc00000", 1, "00000000 00000003", 0),
    ("vctsxs", "cf000000 4effffff", 0, "80000000 7fffff80", 0),
    ("vctsxs", "4f000000 ff800000", 0, "7fffffff 80000000", SAT),
    ("vctsxs", "bfc00000 ff800001", 4, "ffffffe8 00000000", 0),
]  # fmt: skip


@pytest.mark.parametrize(("mnemonic", "b", "scale", "expected", "vscr"), CONVERSIONS)
def test_a_conversion(mnemonic: str, b: str, scale: int, expected: str, vscr: int) -> None:
    after = run(mnemonic, b=v(b), UIM=scale)
    assert (f"{after.r:032x}", after.vscr) == (f"{v(expected):032x}", vscr)


DECIMALS = [
    ("bcdadd.", "0" * 30 + "1c", "0" * 30 + "2f", 0, "0" * 30 + "3c", 4),
    ("bcdadd.", "0" * 30 + "1c", "0" * 30 + "2c", 1, "0" * 30 + "3f", 4),
    ("bcdadd.", "0" * 30 + "1a", "0" * 30 + "2b", 1, "0" * 30 + "1d", 8),
    ("bcdadd.", "0" * 31 + "d", "0" * 31 + "d", 0, "0" * 31 + "c", 2),
    ("bcdadd.", "9" * 31 + "c", "0" * 30 + "1c", 0, "0" * 31 + "c", 5),
    ("bcdadd.", "9" * 31 + "d", "0" * 30 + "2d", 0, "0" * 30 + "1d", 9),
    ("bcdsub.", "0" * 30 + "1c", "0" * 30 + "1c", 1, "0" * 31 + "f", 2),
    ("bcdsub.", "0" * 30 + "1c", "0" * 29 + "10c", 0, "0" * 30 + "9d", 8),
    ("bcdadd.", "0" * 30 + "1c", "0" * 30 + "13", 0, "f" * 32, 1),
    ("bcdsub.", "0" * 30 + "ac", "0" * 30 + "ac", 0, "f" * 32, 1),
]  # fmt: skip


@pytest.mark.parametrize("case", DECIMALS)
def test_a_decimal_sum(case: tuple[str, str, str, int, str, int]) -> None:
    mnemonic, a, b, ps, expected, cr6 = case
    after = run(mnemonic, v(a), v(b), PS=ps)
    assert (f"{after.r:032x}", after.cr6) == (expected, cr6)


def test_splats_and_shifts_with_immediates() -> None:
    counting = v("000102030405060708090a0b0c0d0e0f")
    assert run("vspltb", b=counting, UIM=19).r == v("03")
    assert run("vsplth", b=counting, UIM=9).r == v("0203")
    assert run("vspltw", b=counting, UIM=3).r == v("0c0d0e0f")
    assert run("vspltisb", SIM=-16).r == v("f0")
    assert run("vspltish", SIM=-1).r == v("ffff")
    assert run("vspltisw", SIM=15).r == v("0000000f")
    assert run("vsldoi", counting, v("ff"), SHB=13).r == v("0d0e0f" + "ff" * 13)


def test_aes_rounds_give_the_example_of_fips_197_appendix_b() -> None:
    start, key = v("193de3bea0f4e22b9ac68d2ae9f84808"), v("a0fafe1788542cb123a339392a6c7605")
    after = v("a49c7ff2689f352b6b5bea43026a5049")
    assert run("vcipher", start, key).r == after
    assert run(
        "vcipherlast", v("eb40f21e592e38848ba113e71bc342d2"), v("d014f9a8c9ee2589e13f0cc8b6630ca6")
    ).r == v("3925841d02dc09fbdc118597196a0b32")
    assert run("vsbox", v("00 53 ff 10")).r == v("63 ed 16 ca")


def test_aes_decryption_undoes_encryption() -> None:
    state, key = v("193de3bea0f4e22b9ac68d2ae9f84808"), v("a0fafe1788542cb123a339392a6c7605")
    sent = run("vcipherlast", state, key).r
    assert run("vncipherlast", sent ^ key, 0).r == state
    # vncipher mixes columns last, of the state with the key added: the mix of vcipher undoes it.
    assert run("vncipher", sent ^ key, key).r == run("vncipher", run("vcipherlast", state ^ 0, 0).r, key).r
    mixed = run("vcipher", state, 0).r
    unmixed = run("vncipher", run("vcipherlast", mixed, 0).r, 0).r
    assert run("vncipherlast", unmixed, 0).r == state


def test_sha_functions_of_fips_180() -> None:
    def rotated(x: int, n: int, width: int) -> int:
        return (x >> n | x << width - n) & (1 << width) - 1

    x = 0x6A09E667
    small0 = rotated(x, 7, 32) ^ rotated(x, 18, 32) ^ x >> 3
    large1 = rotated(x, 6, 32) ^ rotated(x, 11, 32) ^ rotated(x, 25, 32)
    assert run("vshasigmaw", v(f"{x:08x}"), ST=0, SIX=0).r == v(f"{small0:08x}")
    assert run("vshasigmaw", v(f"{x:08x}"), ST=1, SIX=15).r == v(f"{large1:08x}")
    mixed = run("vshasigmaw", v(f"{x:08x}"), ST=1, SIX=1).r
    assert mixed & 0xFFFF_FFFF == large1
    assert mixed >> 96 == rotated(x, 2, 32) ^ rotated(x, 13, 32) ^ rotated(x, 22, 32)
    y = 0x6A09E667F3BCC908
    small1 = rotated(y, 19, 64) ^ rotated(y, 61, 64) ^ y >> 6
    assert run("vshasigmad", v(f"{y:016x}"), ST=0, SIX=0b0010).r & (1 << 64) - 1 == small1


def test_vscr_moves_keep_its_two_bits() -> None:
    after = run("mtvscr", b=v("ffffffff"))
    assert after.vscr == NJ | SAT
    assert run("mfvscr", vscr=NJ | SAT).r == NJ | SAT


@pytest.mark.parametrize(
    "mnemonic", sorted(m for m, entry in _LINES.items() if entry.facility == "altivec207")
)
def test_older_processors_take_additions_for_illegal(mnemonic: str) -> None:
    machine = Machine("7447a")
    machine.memory.map(0x1000, 0x1000)
    machine.memory.write(0x1000, _LINES[mnemonic].pattern.value.to_bytes(4))
    machine.state.msr |= VEC
    machine.state.pc = 0x1000
    stop = machine.run(max_instructions=1)
    assert (stop.reason, stop.vector, (stop.srr1 or 0) & 0x80000) == ("interrupt", 0x700, 0x80000)


def test_every_vector_instruction_is_unavailable_without_msr_vec() -> None:
    assert MODE_BITS & VEC
    for line in _LINES.values():
        machine = Machine("power8")
        machine.memory.map(0x1000, 0x1000)
        machine.memory.write(0x1000, line.pattern.value.to_bytes(4))
        machine.state.pc = 0x1000
        stop = machine.run(max_instructions=1)
        assert (stop.vector, stop.srr0) == (0xF20, 0x1000), line.mnemonic


def test_stream_instructions_and_vrsave_need_no_msr_vec() -> None:
    machine = Machine("7447a")
    machine.memory.map(0x1000, 0x1000)
    code = (
        0x7C03_22AC,
        0x7E03_22EC,
        0x7E00_066C,
        0x7C60_43A6,
        0x7C80_42A6,
    )  # dst, dststt, dssall, mt/mfvrsave
    machine.memory.write(0x1000, b"".join(w.to_bytes(4) for w in code))
    machine.state.pc, machine.state.gpr[3] = 0x1000, 0xDEAD_BEEF
    assert machine.run(until=0x1014, max_instructions=10).reason == "until"
    assert machine.state.gpr[4] == machine.state.spr[256] == 0xDEAD_BEEF


@pytest.mark.parametrize("endian", CPUS["power8"].endians)
def test_elements_lie_in_memory_order_in_either_byte_order(endian: str) -> None:
    machine = Machine("power8", endian)
    little = endian == "little"
    machine.memory.map(0x1000, 0x2000)
    data = bytes(range(16))
    machine.memory.write(0x2000, data)
    words = (0x7C20_20CE, 0x7C40_200E, 0x7C60_204E, 0x7C80_208E, 0x7C20_29CE, 0x7C20_290E, 0x7C20_294E)
    code = b"".join(w.to_bytes(4, endian) for w in words)  # type: ignore[arg-type]
    machine.memory.write(0x1000, code)  # lvx v1; lvebx v2; lvehx v3; lvewx v4; stvx v1; stvebx v1; stvehx v1
    state = machine.state
    state.msr |= VEC | little
    state.pc, state.gpr[4], state.gpr[5] = 0x1000, 0x2006, 0x2026
    assert machine.run(until=0x101C, max_instructions=10).reason == "until"
    assert state.vr[1] == int.from_bytes(data, endian)  # type: ignore[arg-type]
    at = 8 * 6 if little else 8 * 9
    assert state.vr[2] == 6 << at
    assert state.vr[3] == (0x0706 << at if little else 0x0607 << at - 8)
    assert state.vr[4] == (0x07060504 << at - 16 if little else 0x04050607 << at - 8)
    assert machine.memory.read(0x2020, 16) == data


def test_a_hot_loop_of_vector_code_does_what_single_steps_do() -> None:
    """vaddubs v1,v1,v2; vcmpgtub. v3,v1,v2; vaddfp v4,v4,v5; vsl v6,v6,v7; bdnz."""
    words = (0x1021_1200, 0x1061_1606, 0x1084_280A, 0x10C6_39C4, 0x4200_FFF0)

    def machine() -> Machine:
        m = Machine("7447a")
        m.memory.map(0x1000, 0x1000)
        m.memory.write(0x1000, b"".join(w.to_bytes(4) for w in words))
        m.state.msr |= VEC
        m.state.vr[1:8] = 0, v("01"), 0, v("3f800000"), v("3f000001"), v("0123456789abcdef"), v("01")
        m.state.pc, m.state.ctr = 0x1000, 5000
        return m

    fast, slow = machine(), machine()
    fast.run(until=0x1014)
    slow.trace(lambda _event: None)
    slow.run(until=0x1014)
    for state in (fast.state, slow.state):
        assert (state.vr[1], state.vscr & SAT, state.crf[6], state.ctr) == (v("ff"), SAT, 8, 0)
    assert list(fast.state.vr) == list(slow.state.vr)


def test_every_instruction_does_in_translated_loops_what_it_does_alone() -> None:
    values = [0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C834 * (i + 1) % (1 << 128) for i in range(32)]
    for line in _LINES.values():
        states = []
        for traced in (False, True):
            machine = Machine("power8" if line.facility == "altivec207" else "7447a")
            machine.memory.map(0x1000, 0x2000)
            word = (
                line.pattern.value | 0x0022_1900 & ~line.pattern.mask
            )  # v1, v2, v3, v4; r2, r3; Rc or PS set
            machine.memory.write(0x1000, (word | 0x400 * ("Rc6" in line.operands)).to_bytes(4))
            machine.memory.write(0x1004, (0x4200_FFFC).to_bytes(4))  # bdnz
            state = machine.state
            state.msr |= VEC
            state.vr[:] = values
            state.gpr[2], state.gpr[3] = 0x2000, 0x25
            state.pc, state.ctr = 0x1000, 300
            if traced:
                machine.trace(lambda _event: None)
            assert machine.run(until=0x1008).reason == "until"
            states.append((list(state.vr), state.vscr, state.cr, machine.memory.read(0x2000, 64)))
        assert states[0] == states[1], line.mnemonic
