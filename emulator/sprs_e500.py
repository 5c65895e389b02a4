# SPDX-License-Identifier: GPL-2.0-or-later
"""Special-purpose and performance monitor registers of the e500v2 (e500 Core Family Manual, chapter 2)."""

from emulator.sprs import Spr, numbered

DECAR, CSRR0, CSRR1, DEAR, ESR, IVPR, DBSR, DBCR0, TSR, TCR = 54, 58, 59, 61, 62, 63, 304, 308, 336, 340
SPEFSCR, ATBL, ATBU, MCSRR0, MCSRR1, MCSR, MAS1 = 512, 526, 527, 570, 571, 572, 625
IVOR = {i: 400 + i if i < 16 else 496 + i for i in (*range(16), *range(32, 36))}  # number of the register

WRITE_ONE_TO_CLEAR = frozenset({DBSR, TSR, MCSR})
SPEFSCR_MASK = 0xFF3E_FF7F

# What the manual leaves undefined at power-on: here the vectors of processors that have no IVORs.
CRITICAL, MACHINE_CHECK, APU_UNAVAILABLE, FIXED_TIMER, WATCHDOG = 0x100, 0x200, 0xF10, 0x1010, 0x1020
DATA_TLB, INSTRUCTION_TLB, DEBUG, EFP_DATA, EFP_ROUND, MONITOR = 0x1100, 0x1000, 0xD00, 0xF30, 0xF40, 0xF00
OFFSETS = {
    0: CRITICAL, 1: MACHINE_CHECK, 2: 0x300, 3: 0x400, 4: 0x500, 5: 0x600, 6: 0x700, 7: 0x800, 8: 0xC00,
    9: APU_UNAVAILABLE, 10: 0x900, 11: FIXED_TIMER, 12: WATCHDOG, 13: DATA_TLB, 14: INSTRUCTION_TLB,
    15: DEBUG, 32: 0xF20, 33: EFP_DATA, 34: EFP_ROUND, 35: MONITOR,
}  # fmt: skip


def _offset(vector: int, reset: int) -> Spr:
    return Spr(f"ivor{vector}", mask=0xFFF0, reset=reset)


SPRS_E500 = {
    1: Spr("xer", "rw"),
    8: Spr("lr", "rw"),
    9: Spr("ctr", "rw"),
    22: Spr("dec", reset=0x7FFF_FFFF),
    26: Spr("srr0", mask=0xFFFF_FFFC),
    27: Spr("srr1"),
    48: Spr("pid0", mask=0xFF),
    DECAR: Spr("decar", "", "w"),
    CSRR0: Spr("csrr0", mask=0xFFFF_FFFC),
    CSRR1: Spr("csrr1"),
    DEAR: Spr("dear"),
    ESR: Spr("esr"),
    IVPR: Spr("ivpr", mask=0xFFFF_0000),
    256: Spr("usprg0", "rw"),
    259: Spr("usprg3", "r", "", alias=275),
    **{260 + i: Spr(f"usprg{4 + i}", "r", "", alias=276 + i) for i in range(4)},
    268: Spr("tbl", "r", ""),
    269: Spr("tbu", "r", ""),
    **numbered("sprg", 272, 8),
    284: Spr("tbl_w", "", "w"),
    285: Spr("tbu_w", "", "w"),
    286: Spr("pir"),
    287: Spr("pvr", "", "r", reset=0x8021_0020),
    DBSR: Spr("dbsr"),
    DBCR0: Spr("dbcr0"),
    309: Spr("dbcr1"),
    310: Spr("dbcr2"),
    312: Spr("iac1"),
    313: Spr("iac2"),
    316: Spr("dac1"),
    317: Spr("dac2"),
    TSR: Spr("tsr"),
    TCR: Spr("tcr"),
    **{number: _offset(i, OFFSETS[i]) for i, number in IVOR.items()},
    SPEFSCR: Spr("spefscr", "rw", mask=SPEFSCR_MASK),
    513: Spr("bbear", "rw"),
    514: Spr("bbtar", "rw"),
    515: Spr("l1cfg0", "r", "", reset=0x0038_3820),
    516: Spr("l1cfg1", "r", "", reset=0x0038_3820),
    ATBL: Spr("atbl", "r", ""),
    ATBU: Spr("atbu", "r", ""),
    569: Spr("mcaru", "", "r"),
    MCSRR0: Spr("mcsrr0", mask=0xFFFF_FFFC),
    MCSRR1: Spr("mcsrr1"),
    MCSR: Spr("mcsr"),
    573: Spr("mcar", "", "r"),
    **numbered("mas", 624, 5),
    630: Spr("mas6"),
    633: Spr("pid1", mask=0xFF),
    634: Spr("pid2", mask=0xFF),
    688: Spr("tlb0cfg", "", "r", reset=0x0411_0200),
    689: Spr("tlb1cfg", "", "r", reset=0x101B_C010),
    944: Spr("mas7", mask=0xF),
    1008: Spr("hid0", reset=0x4000),  # TBEN: the time base runs, as firmware leaves it
    1009: Spr("hid1"),
    1010: Spr("l1csr0"),
    1011: Spr("l1csr1"),
    1012: Spr("mmucsr0"),
    1013: Spr("bucsr"),
    1015: Spr("mmucfg", "", "r", reset=0x19C4),
    1023: Spr("svr", "", "r", reset=0x8039_0020),
}

# Performance monitor registers, by number; the user's read-only view of each is 16 or 128 lower.
PMRS = {
    **{16 + i: f"pmc{i}" for i in range(4)},
    **{144 + i: f"pmlca{i}" for i in range(4)},
    **{272 + i: f"pmlcb{i}" for i in range(4)},
    400: "pmgc0",
}
USER_PMRS = {number - 16: number for number in PMRS}
