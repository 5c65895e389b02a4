# SPDX-License-Identifier: GPL-2.0-or-later
"""Embedded floating point: scalar single (efs), vector single (evfs), scalar double (efd)."""

from emulator.opcodes.line import line, vx
from emulator.semantics import spe_convert as c
from emulator.semantics import spe_exact as e
from emulator.semantics import spe_float as f
from emulator.semantics.spe_exact import DOUBLE, SINGLE

_AB, _A, _B, _CMP = "RT RA RB", "RT RA", "RT RB", "BF RA RB"
_OF_AB, _OF_A, _OF_B = "RA RB spefscr > RT spefscr", "RA spefscr > RT spefscr", "RB spefscr > RT spefscr"
_COMPARES, _TESTS = "RA RB spefscr > BF spefscr", "RA RB > BF"

# fmt: off
LINES = (
    line("evfsadd",   vx(640), _AB,  _OF_AB, f.both_two(e.add), "efv"),
    line("evfssub",   vx(641), _AB,  _OF_AB, f.both_two(e.subtract), "efv"),
    line("evfsabs",   vx(644), _A,   _OF_A,  f.both_sign(f.absolute), "efv"),
    line("evfsnabs",  vx(645), _A,   _OF_A,  f.both_sign(f.negative), "efv"),
    line("evfsneg",   vx(646), _A,   _OF_A,  f.both_sign(f.negate), "efv"),
    line("evfsmul",   vx(648), _AB,  _OF_AB, f.both_two(e.multiply), "efv"),
    line("evfsdiv",   vx(649), _AB,  _OF_AB, f.both_two(e.divide), "efv"),
    line("evfscmpgt", vx(652), _CMP, _COMPARES, f.both_compare(f.greater, quiet=False), "efv"),
    line("evfscmplt", vx(653), _CMP, _COMPARES, f.both_compare(f.less, quiet=False), "efv"),
    line("evfscmpeq", vx(654), _CMP, _COMPARES, f.both_compare(f.equal, quiet=False), "efv"),
    line("evfscfui",  vx(656), _B,   _OF_B,  f.both_convert(c.from_unsigned(SINGLE), rounds=True), "efv"),
    line("evfscfsi",  vx(657), _B,   _OF_B,  f.both_convert(c.from_signed(SINGLE), rounds=True), "efv"),
    line("evfscfuf",  vx(658), _B,   _OF_B,  f.both_convert(c.from_unsigned_fraction(SINGLE), rounds=True), "efv"),
    line("evfscfsf",  vx(659), _B,   _OF_B,  f.both_convert(c.from_signed_fraction(SINGLE), rounds=True), "efv"),
    line("evfsctui",  vx(660), _B,   _OF_B,  f.both_convert(c.to_unsigned(SINGLE), rounds=True), "efv"),
    line("evfsctsi",  vx(661), _B,   _OF_B,  f.both_convert(c.to_signed(SINGLE), rounds=True), "efv"),
    line("evfsctuf",  vx(662), _B,   _OF_B,  f.both_convert(c.to_unsigned_fraction(SINGLE), rounds=True), "efv"),
    line("evfsctsf",  vx(663), _B,   _OF_B,  f.both_convert(c.to_signed_fraction(SINGLE), rounds=True), "efv"),
    line("evfsctuiz", vx(664), _B,   _OF_B,  f.both_convert(c.truncate_unsigned(SINGLE), rounds=False), "efv"),
    line("evfsctsiz", vx(666), _B,   _OF_B,  f.both_convert(c.truncate_signed(SINGLE), rounds=False), "efv"),
    line("evfststgt", vx(668), _CMP, _TESTS, f.both_compare(f.greater, quiet=True), "efv"),
    line("evfststlt", vx(669), _CMP, _TESTS, f.both_compare(f.less, quiet=True), "efv"),
    line("evfststeq", vx(670), _CMP, _TESTS, f.both_compare(f.equal, quiet=True), "efv"),

    line("efsadd",    vx(704), _AB,  _OF_AB, f.low_two(e.add), "efs"),
    line("efssub",    vx(705), _AB,  _OF_AB, f.low_two(e.subtract), "efs"),
    line("efsabs",    vx(708), _A,   _OF_A,  f.low_sign(f.absolute), "efs"),
    line("efsnabs",   vx(709), _A,   _OF_A,  f.low_sign(f.negative), "efs"),
    line("efsneg",    vx(710), _A,   _OF_A,  f.low_sign(f.negate), "efs"),
    line("efsmul",    vx(712), _AB,  _OF_AB, f.low_two(e.multiply), "efs"),
    line("efsdiv",    vx(713), _AB,  _OF_AB, f.low_two(e.divide), "efs"),
    line("efscmpgt",  vx(716), _CMP, _COMPARES, f.low_compare(f.greater, quiet=False), "efs"),
    line("efscmplt",  vx(717), _CMP, _COMPARES, f.low_compare(f.less, quiet=False), "efs"),
    line("efscmpeq",  vx(718), _CMP, _COMPARES, f.low_compare(f.equal, quiet=False), "efs"),
    line("efscfd",    vx(719), _B,   _OF_B,  f.double_to_low(c.single_of_double, rounds=True), "efv"),
    line("efscfui",   vx(720), _B,   _OF_B,  f.low_convert(c.from_unsigned(SINGLE), rounds=True), "efs"),
    line("efscfsi",   vx(721), _B,   _OF_B,  f.low_convert(c.from_signed(SINGLE), rounds=True), "efs"),
    line("efscfuf",   vx(722), _B,   _OF_B,  f.low_convert(c.from_unsigned_fraction(SINGLE), rounds=True), "efs"),
    line("efscfsf",   vx(723), _B,   _OF_B,  f.low_convert(c.from_signed_fraction(SINGLE), rounds=True), "efs"),
    line("efsctui",   vx(724), _B,   _OF_B,  f.low_convert(c.to_unsigned(SINGLE), rounds=True), "efs"),
    line("efsctsi",   vx(725), _B,   _OF_B,  f.low_convert(c.to_signed(SINGLE), rounds=True), "efs"),
    line("efsctuf",   vx(726), _B,   _OF_B,  f.low_convert(c.to_unsigned_fraction(SINGLE), rounds=True), "efs"),
    line("efsctsf",   vx(727), _B,   _OF_B,  f.low_convert(c.to_signed_fraction(SINGLE), rounds=True), "efs"),
    line("efsctuiz",  vx(728), _B,   _OF_B,  f.low_convert(c.truncate_unsigned(SINGLE), rounds=False), "efs"),
    line("efsctsiz",  vx(730), _B,   _OF_B,  f.low_convert(c.truncate_signed(SINGLE), rounds=False), "efs"),
    line("efststgt",  vx(732), _CMP, _TESTS, f.low_compare(f.greater, quiet=True), "efs"),
    line("efststlt",  vx(733), _CMP, _TESTS, f.low_compare(f.less, quiet=True), "efs"),
    line("efststeq",  vx(734), _CMP, _TESTS, f.low_compare(f.equal, quiet=True), "efs"),

    line("efdadd",    vx(736), _AB,  _OF_AB, f.double_two(e.add), "efv"),
    line("efdsub",    vx(737), _AB,  _OF_AB, f.double_two(e.subtract), "efv"),
    line("efdabs",    vx(740), _A,   _OF_A,  f.double_sign(f.absolute), "efv"),
    line("efdnabs",   vx(741), _A,   _OF_A,  f.double_sign(f.negative), "efv"),
    line("efdneg",    vx(742), _A,   _OF_A,  f.double_sign(f.negate), "efv"),
    line("efdmul",    vx(744), _AB,  _OF_AB, f.double_two(e.multiply), "efv"),
    line("efddiv",    vx(745), _AB,  _OF_AB, f.double_two(e.divide), "efv"),
    line("efdcmpgt",  vx(748), _CMP, _COMPARES, f.double_compare(f.greater, quiet=False), "efv"),
    line("efdcmplt",  vx(749), _CMP, _COMPARES, f.double_compare(f.less, quiet=False), "efv"),
    line("efdcmpeq",  vx(750), _CMP, _COMPARES, f.double_compare(f.equal, quiet=False), "efv"),
    line("efdcfs",    vx(751), _B,   _OF_B,  f.low_to_double(c.double_of_single), "efv"),
    line("efdcfui",   vx(752), _B,   _OF_B,  f.low_to_double(c.from_unsigned(DOUBLE)), "efv"),
    line("efdcfsi",   vx(753), _B,   _OF_B,  f.low_to_double(c.from_signed(DOUBLE)), "efv"),
    line("efdcfuf",   vx(754), _B,   _OF_B,  f.low_to_double(c.from_unsigned_fraction(DOUBLE)), "efv"),
    line("efdcfsf",   vx(755), _B,   _OF_B,  f.low_to_double(c.from_signed_fraction(DOUBLE)), "efv"),
    line("efdctui",   vx(756), _B,   _OF_B,  f.double_to_low(c.to_unsigned(DOUBLE), rounds=True), "efv"),
    line("efdctsi",   vx(757), _B,   _OF_B,  f.double_to_low(c.to_signed(DOUBLE), rounds=True), "efv"),
    line("efdctuf",   vx(758), _B,   _OF_B,  f.double_to_low(c.to_unsigned_fraction(DOUBLE), rounds=True), "efv"),
    line("efdctsf",   vx(759), _B,   _OF_B,  f.double_to_low(c.to_signed_fraction(DOUBLE), rounds=True), "efv"),
    line("efdctuiz",  vx(760), _B,   _OF_B,  f.double_to_low(c.truncate_unsigned(DOUBLE), rounds=False), "efv"),
    line("efdctsiz",  vx(762), _B,   _OF_B,  f.double_to_low(c.truncate_signed(DOUBLE), rounds=False), "efv"),
    line("efdtstgt",  vx(764), _CMP, _TESTS, f.double_compare(f.greater, quiet=True), "efv"),
    line("efdtstlt",  vx(765), _CMP, _TESTS, f.double_compare(f.less, quiet=True), "efv"),
    line("efdtsteq",  vx(766), _CMP, _TESTS, f.double_compare(f.equal, quiet=True), "efv"),
)
# fmt: on
