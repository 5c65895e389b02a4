# SPDX-License-Identifier: GPL-2.0-or-later
"""Straight runs of instructions, decoded for one machine at one address."""

from emulator.cpus import LE
from emulator.decode import Call, decoder
from emulator.errors import NotImplementedInstruction
from emulator.state import State
from emulator.translate import Region, translate

LONGEST = 64  # instructions
HOT = 200  # runs after which a block is translated: about what the translation costs
MOST_REGIONS = 8  # versions of the code at one address that are kept


class Block:
    """The instructions from `start` up to one that ends the block, a page's end, or a place to stop at."""

    __slots__ = ("at", "calls", "end", "heat", "last", "length", "region", "start")

    def __init__(self, start: int, calls: list[Call]) -> None:
        self.start = start
        self.calls = calls
        self.length = len(calls)
        self.end = start + 4 * self.length
        self.last = self.end - 4
        self.heat = 0
        self.region: Region | None = None
        self.at = 0

    def enter(self, region: Region) -> None:
        """Run as part of translated code from now on."""
        self.region = region
        self.at = region.entries[self.start]


def reach(pc: int, stops: set[int]) -> int:
    """How many instructions a block at pc may have: to the end of its page, or to the next stop."""
    most = min(LONGEST, (0x1000 - (pc & 0xFFF)) >> 2)
    for stop in stops:
        if pc < stop < pc + 4 * most:
            most = (stop - pc) >> 2
    return most


def build(state: State, pc: int, stops: set[int]) -> Block:
    """Decode from pc on. MemoryFault where there is no memory at pc."""
    check_endian(state)
    known = decoder(state.cpu, state.mode)
    plain, ending, page, flip = known.plain, known.ending, state.r4[pc >> 12], state.flip4
    calls: list[Call] = []
    first = pc >> 2 & 1023
    for index in range(first, first + reach(pc, stops)):
        word = page[index ^ flip]
        call = plain.get(word)
        if call is None:
            call = ending.get(word) or known.decode(word)
            calls.append(call)
            if word in ending:
                break
        else:
            calls.append(call)
    block = Block(pc, calls)
    for region in known.regions.get((pc, state.memory.endian), ()):
        if region.fits(page, stops):
            block.enter(region)
            break
    return block


def heat(state: State, block: Block, stops: set[int]) -> None:
    """Translate a block that has just become hot, and let all blocks of the region run the translation."""
    known = decoder(state.cpu, state.mode)
    region = translate(state, known, block.start, stops)
    if region is None:
        return
    for pc in region.entries:
        regions = known.regions.setdefault((pc, state.memory.endian), [])
        regions.insert(0, region)
        del regions[MOST_REGIONS:]
        if pc in state.blocks:
            state.blocks[pc].enter(region)


def check_endian(state: State) -> None:
    """Refuse to run in a byte order other than the machine's."""
    if bool(state.mode & LE) != (state.memory.endian == "little"):
        raise NotImplementedInstruction(
            f"MSR[LE] at {state.pc:#x} asks for a byte order other than the machine's, which is fixed"
        )
