# SPDX-License-Identifier: GPL-2.0-or-later
"""The registers of one processor, held so that the semantics reach them at least cost."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from emulator.cpus import EE, LE, MODE_BITS, SF, Cpu
from emulator.memory import Memory

if TYPE_CHECKING:
    from emulator.blocks import Block

M32 = 0xFFFF_FFFF
SIGN32 = 0x8000_0000
SIGN64 = 0x8000_0000_0000_0000
M64 = 0xFFFF_FFFF_FFFF_FFFF
M128 = (1 << 128) - 1

XER, LR, CTR, DSISR, DAR, DEC, SRR0, SRR1, VRSAVE, TBL, TBU = 1, 8, 9, 18, 19, 22, 26, 27, 256, 268, 269
TBL_W, TBU_W, PVR = 284, 285, 287
FSCR, HFSCR, TBU40, HDEC, HIOR, HSRR0, HSRR1, LPCR, HEIR, TAR, HID0 = (
    153,
    190,
    286,
    310,
    311,
    314,
    315,
    318,
    339,
    815,
    1008,
)
ILE_LPCR = 1 << 25  # LPCR: interrupts are handled little-endian
HILE_HID0 = 1 << 44  # HID0 of the POWER8: those of the hypervisor are
SETS_BESCR, RESETS_BESCR = (800, 801), (802, 803)


class Code(dict[int, "Block"]):
    """The blocks that a machine has run in one mode, by address, and all known blocks of their pages."""

    __slots__ = ("pages",)

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[int, dict[int, Block]] = {}


class State:
    """Registers, and what the run loop shares with the semantics.

    `gpr` ints of the machine's width, `fpr` raw 64-bit, `vr` 128-bit with element 0 in the high bits,
    (`fd` shows the same registers as floats), `spr[n]` special-purpose registers by number. CR is kept as
    eight fields (`crf`), XER as `so`, `ov`, `ca` and `xer_count`. `pc` is the next instruction's address.

    `gprh` are the upper words of the e500's GPRs (`gpr` the lower ones), `acc` is its accumulator, 64 bits.

    `vsr[n]` shows VSX registers: 0 to 31 are an FPR (high half) and one of `vsr_low`, 32 to 63 are `vr`.

    `deadline` is the instruction count at which the run loop looks up from running.

    Masks by mode: `mask` is the register width, `amask` that of effective addresses and of carries,
    `sign` the sign bit of results (MSR[SF]). `flip1` … `flip4` belong to the memory's layout.
    """

    __slots__ = (
        "_msr",
        "acc",
        "amask",
        "blocks",
        "blocks_by_mode",
        "ca",
        "cpu",
        "crf",
        "ctr",
        "deadline",
        "dec_base",
        "dec_due",
        "drn",
        "fd",
        "flip1",
        "flip2",
        "flip4",
        "fpr",
        "fpscr",
        "gpr",
        "gprh",
        "hdec_base",
        "instructions",
        "lr",
        "mask",
        "memory",
        "mode",
        "npc",
        "ov",
        "pc",
        "r1",
        "r2",
        "r4",
        "r8",
        "reservation",
        "sign",
        "so",
        "special",
        "sr",
        "tb_base",
        "vr",
        "vscr",
        "vsr_low",
        "w1",
        "w2",
        "w4",
        "w8",
        "xer_count",
    )  # fmt: skip

    def __init__(self, cpu: Cpu, memory: Memory) -> None:
        self.cpu = cpu
        self.memory = memory
        self.gpr = [0] * 32
        self.gprh = [0] * 32
        self.acc = 0
        self.fpr = memoryview(bytearray(256)).cast("Q")
        self.fd = self.fpr.cast("B").cast("d")
        self.vr = [0] * 32
        self.vsr_low = [0] * 32
        self.crf = [0] * 8
        self.sr = [0] * 16
        self.so = self.ov = self.ca = self.xer_count = 0
        self.lr = self.ctr = self.fpscr = self.pc = self.npc = 0
        self.vscr = 0x0001_0000
        self.drn = 0  # decimal rounding mode: the high word of FPSCR
        self.special = {number: spr.reset for number, spr in cpu.sprs.items() if spr.alias is None}
        self.reservation: int | None = None
        self.instructions = self.tb_base = 0
        self.dec_base = self.hdec_base = 0x7FFF_FFFF
        self.dec_due = 1 << 31
        self.deadline = 0
        self.mask = self.amask = M32 if cpu.bits == 32 else M64
        self.sign = 1 << (cpu.bits - 1)
        self.r1, self.r2, self.r4, self.r8 = memory.readable.values()
        self.w1, self.w2, self.w4, self.w8 = memory.writable.values()
        self.flip1, self.flip2, self.flip4 = memory.flips[1], memory.flips[2], memory.flips[4]
        self.blocks_by_mode: dict[int, Code] = {}
        self.msr = cpu.reset_msr
        if memory.endian == "little":
            self.msr |= LE
            self.special[LPCR] |= ILE_LPCR
            self.special[HID0] |= HILE_HID0
        memory.on_change = self.forget_code

    def forget_code(self) -> None:
        """Decode anew what is run next: the memory under it may have changed."""
        for blocks in self.blocks_by_mode.values():
            blocks.clear()
            blocks.pages.clear()

    def forget_blocks(self) -> None:
        """Look up anew where blocks end: the places to stop at have changed."""
        for blocks in self.blocks_by_mode.values():
            blocks.clear()

    @property
    def msr(self) -> int:
        """Machine state register; bits that the model has not read as 0."""
        return self._msr

    @msr.setter
    def msr(self, value: int) -> None:
        value &= self.cpu.msr_mask
        self._msr = value
        self.mode = value & MODE_BITS
        if self.cpu.bits == 64:
            self.amask = M64 if value & SF else M32
            self.sign = SIGN64 if value & SF else SIGN32
        blocks = self.blocks_by_mode.get(self.mode)
        if blocks is None:
            blocks = self.blocks_by_mode[self.mode] = Code()
        self.blocks = blocks

    @property
    def cr(self) -> int:
        """Condition register, 32 bits, field 0 in the highest four."""
        value = 0
        for crf in self.crf:
            value = value << 4 | crf
        return value

    @cr.setter
    def cr(self, value: int) -> None:
        self.crf[:] = [value >> shift & 15 for shift in range(28, -4, -4)]

    @property
    def xer(self) -> int:
        """SO, OV, CA in bits 31 to 29, and the byte count of the string instructions in bits 6 to 0."""
        return self.so << 31 | self.ov << 30 | self.ca << 29 | self.xer_count

    @xer.setter
    def xer(self, value: int) -> None:
        self.so, self.ov, self.ca = value >> 31 & 1, value >> 30 & 1, value >> 29 & 1
        self.xer_count = value & 0x7F

    @property
    def tb(self) -> int:
        """Time base, 64 bits: one tick an instruction, so that runs repeat exactly."""
        return self.tb_base + self.instructions & M64

    @tb.setter
    def tb(self, value: int) -> None:
        self.tb_base = value - self.instructions

    @property
    def dec(self) -> int:
        """Decrementer, 32 bits; it counts down with the time base.

        `dec_due` is the instruction count at which its sign next turns on: that is when it interrupts.
        """
        return self.dec_base - self.instructions & M32

    @dec.setter
    def dec(self, value: int) -> None:
        value &= M32
        if not value & SIGN32:
            self.dec_due = self.instructions + value + 1
        elif not self.dec & SIGN32:
            self.dec_due = self.instructions
        if self._msr & EE:
            self.deadline = min(self.deadline, self.dec_due)
        self.dec_base = value + self.instructions

    @property
    def hdec(self) -> int:
        """Hypervisor decrementer, 32 bits; it counts down, and interrupts nobody."""
        return self.hdec_base - self.instructions & M32

    @hdec.setter
    def hdec(self, value: int) -> None:
        self.hdec_base = (value & M32) + self.instructions

    @property
    def spr(self) -> "SprFile":
        """The special-purpose registers by number, without privilege checks."""
        return SprFile(self)

    @property
    def vsr(self) -> "VsrFile":
        """The VSX registers by number, 128 bits each."""
        return VsrFile(self)


class SprFile:
    """`spr[n]` for reading and writing; KeyError where the model has no register of that number."""

    __slots__ = ("_state",)

    def __init__(self, state: State) -> None:
        self._state = state

    def __getitem__(self, number: int) -> int:
        state = self._state
        spr = state.cpu.sprs[number]
        if spr.alias is not None:
            return self[spr.alias] >> 32 if spr.high else self[spr.alias]
        name = _LIVE.get(number)
        if name is None:
            return state.special[number]
        value: int = getattr(state, name)
        return value >> 32 if number in (TBU, TBU_W) else value & state.mask

    def __setitem__(self, number: int, value: int) -> None:
        state = self._state
        spr = state.cpu.sprs[number]
        if spr.alias is not None:
            self[spr.alias] = _shown(self[spr.alias], number, value, high=spr.high)
        elif number in _TIME:
            kept, shift = _TIME[number]
            state.tb = state.tb & kept | value << shift & ~kept & M64
        elif number in _LIVE:
            setattr(state, _LIVE[number], value & state.mask)
        else:
            state.special[number] = value & spr.mask

    def __iter__(self) -> Iterator[int]:
        return iter(self._state.cpu.sprs)

    def __contains__(self, number: object) -> bool:
        return number in self._state.cpu.sprs


def _shown(old: int, number: int, value: int, *, high: bool) -> int:
    """Return a register's value after a write to an alias of it."""
    if high:
        value = value << 32 & M64
    if number in SETS_BESCR:
        return old | value
    if number in RESETS_BESCR:
        return old & ~value
    return value | old & M32 if high else value


class VsrFile:
    """`vsr[n]` for reading and writing."""

    __slots__ = ("_state",)

    def __init__(self, state: State) -> None:
        self._state = state

    def __getitem__(self, number: int) -> int:
        state = self._state
        return state.fpr[number] << 64 | state.vsr_low[number] if number < 32 else state.vr[number - 32]

    def __setitem__(self, number: int, value: int) -> None:
        state = self._state
        if number < 32:
            state.fpr[number] = value >> 64
            state.vsr_low[number] = value & M64
        else:
            state.vr[number - 32] = value

    def __iter__(self) -> Iterator[int]:
        return (self[number] for number in range(64))

    def __len__(self) -> int:
        return 64


_LIVE = {XER: "xer", LR: "lr", CTR: "ctr", DEC: "dec", HDEC: "hdec"} | dict.fromkeys(
    (TBL, TBU, TBL_W, TBU_W), "tb"
)
# Parts of the time base that can be written: the bits that stay, and where the value goes.
_TIME = {
    TBL: (~M32, 0),
    TBL_W: (~M32, 0),
    TBU: (M32, 32),
    TBU_W: (M32, 32),
    TBU40: (0xFF_FFFF, 0),
}
