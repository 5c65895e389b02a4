# SPDX-License-Identifier: GPL-2.0-or-later
"""Processor models as data: version, width, facilities, MSR, special-purpose registers."""

from dataclasses import dataclass, field

VEC = 0x0200_0000
VSX = 0x0080_0000
POW = 0x0004_0000
ILE = 0x0001_0000
EE = 0x8000
PR = 0x4000
FP = 0x2000
ME = 0x1000
FE0 = 0x0800
FE1 = 0x0100
IP = 0x0040
LE = 0x0001
FE = FE0 | FE1

# Bits of MSR that change what an instruction means: decoded code is kept apart by them.
MODE_BITS = VEC | VSX | EE | PR | FP | FE0 | FE1 | LE


@dataclass(frozen=True)
class Facility:
    """A group of instructions: usable where MSR has `msr`, else the interrupt at `vector`."""

    msr: int = 0
    vector: int = 0


FACILITIES = {
    "base": Facility(),
    "book3s32": Facility(),  # segment registers and TLB of 32-bit server processors
    "dcba": Facility(),
    "time": Facility(),  # mftb
    "fp": Facility(FP, 0x800),
    "graphics": Facility(FP, 0x800),  # fres, frsqrte, fsel, stfiwx: optional in the PowerPC architecture
    "fsqrt": Facility(FP, 0x800),
    "fp64": Facility(FP, 0x800),  # conversions between doublewords and floating point
    "altivec": Facility(VEC, 0xF20),
    "altivec207": Facility(VEC, 0xF20),  # what ISA 2.07 added to AltiVec: POWER8
    "streams": Facility(),  # dst, dss: AltiVec instructions that need no MSR[VEC]
    "tlb7450": Facility(),  # tlbld, tlbli
}


@dataclass(frozen=True)
class Spr:
    """A special-purpose register. `user` access is "", "r" or "rw"; supervisors have `supervisor`.

    `mask` holds the bits that exist; `reset` is the value after power-on.
    """

    name: str
    user: str = ""
    supervisor: str = "rw"
    mask: int = 0xFFFF_FFFF
    reset: int = 0


@dataclass(frozen=True)
class Cpu:
    """One processor model. `saved_msr` are the MSR bits that an interrupt copies to SRR1 and rfi copies back."""

    name: str
    bits: int
    endians: tuple[str, ...]
    facilities: frozenset[str]
    msr_mask: int
    saved_msr: int
    kept_msr: int  # bits that an interrupt leaves alone
    reset_msr: int
    sprs: dict[int, Spr] = field(compare=False)
    strict_alignment: frozenset[str]  # kinds of access that interrupt where they are not word-aligned
    cache_block: int  # bytes

    def __hash__(self) -> int:
        return hash(self.name)


def _numbered(prefix: str, first: int, count: int, start: int = 0, **traits: str) -> dict[int, Spr]:
    return {first + i: Spr(f"{prefix}{start + i}", **traits) for i in range(count)}  # type: ignore[arg-type]


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
    **_numbered("sprg", 272, 4),
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

_SPRS_750 = {
    **_OEA_32,
    **_PERFORMANCE,
    287: Spr("pvr", "", "r", reset=0x0008_0301),
    1017: Spr("l2cr"),
    1019: Spr("ictc"),
    1020: Spr("thrm1"),
    1021: Spr("thrm2"),
    1022: Spr("thrm3"),
}

_SPRS_7447A = {
    **_OEA_32,
    **_PERFORMANCE,
    256: Spr("vrsave", "rw"),
    **_numbered("sprg", 276, 4, 4),
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

_SAVED_32 = 0x87C0_FFFF
_MSR_750 = POW | ILE | 0xFF77
_FLOAT = frozenset({"base", "book3s32", "time", "fp", "graphics"})
_STRICT = frozenset({"float", "multiple", "reserve"})

CPUS = {
    "750": Cpu(
        name="750",
        bits=32,
        endians=("big",),
        facilities=_FLOAT,
        msr_mask=_MSR_750,
        saved_msr=_SAVED_32,
        kept_msr=ILE | ME | IP,
        reset_msr=IP,
        sprs=_SPRS_750,
        strict_alignment=_STRICT,
        cache_block=32,
    ),
    "7447a": Cpu(
        name="7447a",
        bits=32,
        endians=("big",),
        facilities=_FLOAT | {"altivec", "streams", "dcba", "tlb7450"},
        msr_mask=_MSR_750 | VEC,
        saved_msr=_SAVED_32,
        kept_msr=ILE | ME | IP,
        reset_msr=IP,
        sprs=_SPRS_7447A,
        strict_alignment=_STRICT,
        cache_block=32,
    ),
}
