# SPDX-License-Identifier: GPL-2.0-or-later
"""Special-purpose registers of the 32-bit models, and what is said of each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Spr:
    """A special-purpose register. `user` access is "", "r", "w" or "rw"; supervisors have `supervisor` too.

    `hypervisor` is what MSR[HV] adds to that. `mask` holds the bits that exist; `reset` is the value after
    power-on. `alias` is the number of the register that this one shows; `high`: only its high word.
    """

    name: str
    user: str = ""
    supervisor: str = "rw"
    mask: int = 0xFFFF_FFFF
    reset: int = 0
    hypervisor: str = ""
    alias: int | None = None
    high: bool = False


def numbered(prefix: str, first: int, count: int, start: int = 0, mask: int = 0xFFFF_FFFF) -> dict[int, Spr]:
    """Return registers whose names and numbers both count up."""
    return {first + i: Spr(f"{prefix}{start + i}", mask=mask) for i in range(count)}


def _bats(prefix: str, first: int, start: int) -> dict[int, Spr]:
    return {first + i: Spr(f"{prefix}{start + i // 2}{'ul'[i & 1]}") for i in range(8)}


# PowerPC Programming Environments Manual (32-bit), table 2-1 and the user's manuals of the models.
_OEA_32 = {
    1: Spr("xer", "rw"),
    8: Spr("lr", "rw"),
    9: Spr("ctr", "rw"),
    18: Spr("dsisr"),
    19: Spr("dar"),
    22: Spr("dec", reset=0x7FFF_FFFF),
    25: Spr("sdr1"),
    26: Spr("srr0"),
    27: Spr("srr1"),
    268: Spr("tbl", "r", ""),
    269: Spr("tbu", "r", ""),
    **numbered("sprg", 272, 4),
    282: Spr("ear"),
    284: Spr("tbl_w", "", "w"),
    285: Spr("tbu_w", "", "w"),
    **_bats("ibat", 528, 0),
    **_bats("dbat", 536, 0),
    1008: Spr("hid0"),
    1009: Spr("hid1"),
    1010: Spr("iabr"),
    1013: Spr("dabr"),
}

_PERFORMANCE = {
    936: Spr("ummcr0", "r", "r"),
    937: Spr("upmc1", "r", "r"),
    938: Spr("upmc2", "r", "r"),
    939: Spr("usia", "r", "r"),
    940: Spr("ummcr1", "r", "r"),
    941: Spr("upmc3", "r", "r"),
    942: Spr("upmc4", "r", "r"),
    952: Spr("mmcr0"),
    953: Spr("pmc1"),
    954: Spr("pmc2"),
    955: Spr("sia"),
    956: Spr("mmcr1"),
    957: Spr("pmc3"),
    958: Spr("pmc4"),
}

SPRS_750 = {
    **_OEA_32,
    **_PERFORMANCE,
    287: Spr("pvr", "", "r", reset=0x0008_0301),
    1017: Spr("l2cr"),
    1019: Spr("ictc"),
    1020: Spr("thrm1"),
    1021: Spr("thrm2"),
    1022: Spr("thrm3"),
}

SPRS_7447A = {
    **_OEA_32,
    **_PERFORMANCE,
    256: Spr("vrsave", "rw"),
    **numbered("sprg", 276, 4, 4),
    287: Spr("pvr", "", "r", reset=0x8003_0101),
    **_bats("ibat", 560, 4),
    **_bats("dbat", 568, 4),
    928: Spr("ummcr2", "r", "r"),
    929: Spr("upmc5", "r", "r"),
    930: Spr("upmc6", "r", "r"),
    944: Spr("mmcr2"),
    945: Spr("pmc5"),
    946: Spr("pmc6"),
    951: Spr("bamr"),
    980: Spr("tlbmiss"),
    981: Spr("ptehi"),
    982: Spr("ptelo"),
    1011: Spr("ictrl"),
    1014: Spr("msscr0"),
    1015: Spr("msssr0"),
    1016: Spr("ldstcr"),
    1017: Spr("l2cr"),
    1019: Spr("ictc"),
    1023: Spr("pir"),
}
