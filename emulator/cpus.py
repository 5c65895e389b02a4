# SPDX-License-Identifier: GPL-2.0-or-later
"""Processor models as data: version, width, facilities, MSR."""

from dataclasses import dataclass, field

from emulator.sprs import SPRS_750, SPRS_7447A, Spr

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
        sprs=SPRS_750,
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
        sprs=SPRS_7447A,
        strict_alignment=_STRICT,
        cache_block=32,
    ),
}
