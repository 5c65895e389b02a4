# SPDX-License-Identifier: GPL-2.0-or-later
"""Processor models as data: version, width, facilities, MSR."""

from dataclasses import dataclass, field

from emulator.sprs import SPRS_750, SPRS_7447A, Spr
from emulator.sprs_64 import SPRS_970, SPRS_POWER8
from emulator.sprs_e500 import SPRS_E500

SF = 1 << 63
HV = 1 << 60
TS = 3 << 33
TM = 1 << 32

VEC = SPE = 0x0200_0000
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
IR = 0x0020
DR = 0x0010
RI = 0x0002
LE = 0x0001
FE = FE0 | FE1

# Of Book E and the e500
UCLE = 0x0400_0000
CE = 0x0002_0000
UBLE = 0x0400
DE = 0x0200
PMM = 0x0004

SPE_UNAVAILABLE = 0xF20

# Bits of MSR that change what an instruction means: decoded code is kept apart by them.
MODE_BITS = SF | VEC | VSX | EE | PR | FP | FE0 | FE1 | LE


@dataclass(frozen=True)
class Facility:
    """A group of instructions: usable where MSR has `msr`, else the interrupt at `vector`."""

    msr: int = 0
    vector: int = 0


FACILITIES = {
    "base": Facility(),
    "book3s": Facility(),  # segment registers and TLB of server processors
    "book3s32": Facility(),  # what only their 32-bit models have: dcbi, external control
    "book3s64": Facility(),  # what only their 64-bit models have: rfid, mtmsrd, SLB
    "supervisor32": Facility(),  # rfi and mtmsr of 32-bit processors
    "mcrxr": Facility(),
    "isel": Facility(),
    "ppc64": Facility(),  # 64-bit registers
    "isa207": Facility(),  # what Power ISA 2.02 to 2.07 added, without floating point and vectors
    "tm": Facility(),  # transactional memory; the instructions look at MSR[TM] themselves
    "dcba": Facility(),
    "time": Facility(),  # mftb
    "fp": Facility(FP, 0x800),
    "graphics": Facility(FP, 0x800),  # fres, frsqrte, fsel, stfiwx: optional in the PowerPC architecture
    "fsqrt": Facility(FP, 0x800),
    "fpscr32": Facility(FP, 0x800),  # moves to and from an FPSCR of 32 bits
    "fpscr64": Facility(FP, 0x800),  # … of 64 bits, with the decimal rounding mode
    "fp64": Facility(FP, 0x800),  # conversions between doublewords and floating point
    "fp206": Facility(FP, 0x800),  # what Power ISA 2.02 to 2.06 added to floating point
    "dfp": Facility(FP, 0x800),  # decimal floating point
    "altivec": Facility(VEC, 0xF20),
    "altivec207": Facility(VEC, 0xF20),  # what ISA 2.07 added to AltiVec: POWER8
    "vsx": Facility(VSX, 0xF40),
    "vsx_fpr": Facility(FP, 0x800),  # VSX moves that need no MSR[VSX]: GPRs and FPRs, and vector registers
    "vsx_vr": Facility(VEC, 0xF20),
    "streams": Facility(),  # dst, dss: AltiVec instructions that need no MSR[VEC]
    "tlb7450": Facility(),  # tlbld, tlbli
    "string": Facility(),  # lswi, lswx, stswi, stswx
    "booke": Facility(),  # supervisor instructions of Book E
    "e500": Facility(),  # cache and branch locking, performance monitor
    "brinc": Facility(),  # the one SPE instruction that needs no MSR[SPE]
    "spe": Facility(VEC, SPE_UNAVAILABLE),
    "efs": Facility(),  # embedded floating point on the lower words: needs no MSR[SPE]
    "efv": Facility(VEC, SPE_UNAVAILABLE),  # on both words, and in double precision
}


@dataclass(frozen=True)
class Cpu:
    """One processor model.

    `saved_msr` are the MSR bits that an interrupt copies to SRR1 and a return copies back.
    """

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
    illegal_vector: int = 0x700  # 0xE40 where the hypervisor emulates
    hypervisor_vectors: frozenset[int] = frozenset()  # those that save to HSRR0 and HSRR1
    booke: bool = False  # vectors, causes and timers are those of Book E

    def __hash__(self) -> int:
        return hash(self.name)


_SAVED_32 = 0x87C0_FFFF
_MSR_750 = POW | ILE | 0xFF77
_FLOAT = frozenset(
    {"base", "book3s", "book3s32", "supervisor32", "mcrxr", "time", "string", "fp", "fpscr32", "graphics"}
)
_STRICT = frozenset({"float", "multiple", "reserve"})
_SAVED_64 = ~0x783F_0000 & 0xFFFF_FFFF_FFFF_FFFF
_MSR_64 = SF | HV | VEC | 0xFF36
_BASE_64 = frozenset(
    {
        "base",
        "book3s",
        "book3s64",
        "ppc64",
        "time",
        "string",
        "fp",
        "graphics",
        "fsqrt",
        "fp64",
        "altivec",
        "streams",
    }
)
_E500 = frozenset(
    {"base", "supervisor32", "mcrxr", "isel", "dcba", "booke", "e500", "brinc", "spe", "efs", "efv"}
)
_MSR_E500 = UCLE | SPE | POW | CE | EE | PR | ME | UBLE | DE | IR | DR | PMM  # IR and DR are called IS and DS

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
    "970": Cpu(
        name="970",
        bits=64,
        endians=("big",),
        facilities=_BASE_64 | {"fpscr32"},
        msr_mask=_MSR_64 | POW,
        saved_msr=_SAVED_64,
        kept_msr=HV | ME,
        reset_msr=SF | HV,
        sprs=SPRS_970,
        strict_alignment=frozenset({"reserve"}),
        cache_block=128,
    ),
    "power8": Cpu(
        name="power8",
        bits=64,
        endians=("big", "little"),
        facilities=_BASE_64
        | {"isa207", "isel", "tm", "fp206", "fpscr64", "dfp", "altivec207", "vsx", "vsx_fpr", "vsx_vr"},
        msr_mask=_MSR_64 | TS | TM | VSX | LE,
        saved_msr=_SAVED_64,
        kept_msr=HV | ME,
        reset_msr=SF | HV,
        sprs=SPRS_POWER8,
        strict_alignment=frozenset({"reserve"}),
        cache_block=128,
        illegal_vector=0xE40,
        hypervisor_vectors=frozenset({0x980, 0xE40, 0xF80}),
    ),
    "e500v2": Cpu(
        name="e500v2",
        bits=32,
        endians=("big",),
        facilities=_E500,
        msr_mask=_MSR_E500,
        saved_msr=_MSR_E500,
        kept_msr=CE | ME | DE,
        reset_msr=0,
        sprs=SPRS_E500,
        strict_alignment=frozenset({"multiple", "reserve"}),
        cache_block=32,
        booke=True,
    ),
}
