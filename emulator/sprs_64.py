# SPDX-License-Identifier: GPL-2.0-or-later
"""Special-purpose registers of the 64-bit models (Power ISA 2.07 Book III-S, chapter 4; 970FX manual)."""

from emulator.sprs import Spr, numbered

_ALL = 0xFFFF_FFFF_FFFF_FFFF


def _wide(name: str, user: str = "", supervisor: str = "rw", reset: int = 0) -> Spr:
    return Spr(name, user, supervisor, _ALL, reset)


def _hypervisor(name: str, access: str = "rw", mask: int = _ALL, reset: int = 0) -> Spr:
    """Return a register that is the hypervisor's alone."""
    return Spr(name, "", "", mask, reset, access)


def _shows(number: int, name: str, user: str = "", supervisor: str = "", *, high: bool = False) -> Spr:
    return Spr(name, user, supervisor, _ALL, alias=number, high=high)


def _names(first: int, names: str) -> dict[int, str]:
    return dict(enumerate(names.split(), first))


_COMMON = {
    1: Spr("xer", "rw"),
    8: _wide("lr", "rw"),
    9: _wide("ctr", "rw"),
    18: Spr("dsisr"),
    19: _wide("dar"),
    22: Spr("dec", reset=0x7FFF_FFFF),
    25: _hypervisor("sdr1"),
    26: _wide("srr0"),
    27: _wide("srr1"),
    136: _shows(152, "ctrl_r", "r"),
    152: Spr("ctrl", "", "w"),
    256: Spr("vrsave", "rw"),
    259: _shows(275, "usprg3", "r"),
    268: _wide("tb", "r", ""),
    269: Spr("tbu", "r", ""),
    **numbered("sprg", 272, 4, mask=_ALL),
    284: _hypervisor("tbl_w", "w"),
    285: _hypervisor("tbu_w", "w"),
    304: _hypervisor("hsprg0"),
    305: _hypervisor("hsprg1"),
    310: _hypervisor("hdec", mask=0xFFFF_FFFF, reset=0x7FFF_FFFF),
    312: _hypervisor("rmor"),
    313: _hypervisor("hrmor"),
    314: _hypervisor("hsrr0"),
    315: _hypervisor("hsrr1"),
}

_COUNTERS_970 = "mmcra pmc1 pmc2 pmc3 pmc4 pmc5 pmc6 pmc7 pmc8 mmcr0 siar sdar mmcr1"

SPRS_970 = {
    **_COMMON,
    29: _wide("accr"),
    287: Spr("pvr", "", "r", reset=0x003C_0300),
    311: _hypervisor("hior"),
    **{n: _wide(name) for n, name in _names(786, _COUNTERS_970).items()},
    **{n: _shows(n + 16, f"u{name}", "r") for n, name in _names(770, _COUNTERS_970).items()},
    1008: _hypervisor("hid0"),
    1009: _hypervisor("hid1"),
    1012: _hypervisor("hid4"),
    1013: _wide("dabr"),
    1014: _hypervisor("hid5"),
    1015: _wide("dabrx"),
    1023: Spr("pir", "", "r"),
}

# The performance monitor: numbers of the user's view are 16 lower; users may write what is not status.
_COUNTERS_POWER8 = "sier mmcr2 mmcra pmc1 pmc2 pmc3 pmc4 pmc5 pmc6"
_CONTROL_POWER8 = "mmcr0 siar sdar mmcr1"
_READ_ONLY = {"sier", "siar", "sdar", "mmcr1"}
_MONITOR = _names(784, _COUNTERS_POWER8) | _names(795, _CONTROL_POWER8)

SPRS_POWER8 = {
    **_COMMON,
    3: _shows(17, "udscr", "rw"),
    13: _shows(29, "uamr", "rw"),
    17: _wide("dscr"),
    28: _wide("cfar"),
    29: _wide("amr"),
    61: _wide("iamr"),
    128: _wide("tfhar", "rw"),
    129: _wide("tfiar", "rw"),
    130: _wide("texasr", "rw"),
    131: _shows(130, "texasru", "rw", high=True),
    153: _wide("fscr"),
    157: _wide("uamor"),
    159: Spr("pspb"),
    176: _wide("dpdes", "", "r"),
    180: _hypervisor("dawr"),
    186: _hypervisor("rpr"),
    187: _hypervisor("ciabr"),
    188: _hypervisor("dawrx"),
    190: _hypervisor("hfscr", reset=0x00FF_FFFF_FFFF_FFFF),
    286: _hypervisor("tbu40", "w"),
    287: Spr("pvr", "", "r", reset=0x004D_0200),
    306: _hypervisor("hdsisr", mask=0xFFFF_FFFF),
    307: _hypervisor("hdar"),
    308: Spr("spurr", "", "r", _ALL, hypervisor="w"),
    309: Spr("purr", "", "r", _ALL, hypervisor="w"),
    318: _hypervisor("lpcr"),
    319: _hypervisor("lpidr"),
    336: _hypervisor("hmer"),
    337: _hypervisor("hmeer"),
    338: _hypervisor("pcr"),
    339: _hypervisor("heir", mask=0xFFFF_FFFF),
    349: _hypervisor("amor"),
    446: Spr("tir", "", "r"),
    **{n: _wide(name) for n, name in _MONITOR.items()},
    **{n - 16: _shows(n, f"u{name}", "r" if name in _READ_ONLY else "rw") for n, name in _MONITOR.items()},
    800: _shows(806, "bescrs", "rw"),
    801: _shows(806, "bescrsu", "rw", high=True),
    802: _shows(806, "bescrr", "rw"),
    803: _shows(806, "bescrru", "rw", high=True),
    804: _wide("ebbhr", "rw"),
    805: _wide("ebbrr", "rw"),
    806: _wide("bescr", "rw"),
    815: _wide("tar", "rw"),
    848: Spr("ic", "", "r", _ALL, hypervisor="w"),
    849: Spr("vtb", "", "r", _ALL, hypervisor="w"),
    896: _wide("ppr", "rw"),
    898: _shows(896, "ppr32", "rw", high=True),
    1008: _hypervisor("hid0"),
    1009: _hypervisor("hid1"),
    1012: _hypervisor("hid4"),
    1014: _hypervisor("hid5"),
    1023: Spr("pir", "", "r"),
}
