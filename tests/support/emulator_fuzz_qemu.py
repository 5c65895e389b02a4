# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares random fixed-point code, and the younger floating point, with qemu's 64-bit processors.

    python -m tests.support.emulator_fuzz_qemu [COUNT [SEED [CPU [big|little [MNEMONIC …]]]]]

Prints each difference, then the counts; fails if there is any. What is left out is in
docs/emulator-differences.md.
"""

import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from emulator.opcodes.line import Line
from tests.support.emulator_qemu import MOST, Qemu, Sample
from tests.support.emulator_samples import Ours, difference, draw, lines, mode, samples, text, word_of

FIXED_POINT = frozenset({"base", "string", "ppc64", "isa207", "isel", "tm"})
FLOATING = frozenset({"fp64", "fp206", "fpscr64"})
_FR, _FPRF, _M64 = 0x4_0000, 0x1_F000, 0xFFFF_FFFF_FFFF_FFFF


def compare_floating(cpu: str, endian: str, count: int, seed: int) -> Iterator[str]:
    """Run single floating-point instructions, and yield how they differed in what is defined."""
    choose = random.Random(seed)
    wanted = lines(cpu, lambda line: line.facility in FLOATING and line.mnemonic not in _ESTIMATES)
    processor = Ours(cpu, endian)
    with Qemu(cpu) as qemu:
        for _ in range(0, count, MOST):
            drawn = [choose.choice(wanted) for _ in range(MOST)]
            batch = [
                draw(cpu, choose, index, [word_of(choose, line)], mode(cpu, choose, endian))
                for index, line in enumerate(drawn)
            ]
            for index, theirs in enumerate(qemu.run(batch)):
                mine = _defined(drawn[index], processor.run(index, batch[index]))
                differs = difference(cpu, mine, _defined(drawn[index], theirs))
                yield f"{text(cpu, batch[index])}: {differs}" if differs else ""


_ESTIMATES = frozenset({"fre", "frsqrtes"})  # their exceptions and last bits are free


def _defined(line: Line, sample: Sample) -> Sample:
    """Drop FR, which qemu lacks, FPRF of conversions, and the undefined low halves of FPRs' registers."""
    dropped = _FR | (_FPRF if line.mnemonic.startswith(("fcti", "fcfi")) else 0)
    vsr = tuple(value & ~_M64 if n < 32 else value for n, value in enumerate(sample.vsr))
    return replace(sample, vsr=vsr, fpscr=sample.fpscr & ~dropped)


def compare(cpu: str, endian: str, count: int, seed: int, mnemonics: list[str]) -> Iterator[tuple[int, str]]:
    """Run at least `count` instructions, and yield for each sample how many it had and how it differed."""
    choose = random.Random(seed)
    wanted = lines(
        cpu, lambda line: line.facility in FIXED_POINT and (not mnemonics or line.mnemonic in mnemonics)
    )
    processor = Ours(cpu, endian)
    with Qemu(cpu) as qemu:
        while count > 0:
            batch = list(islice(samples(cpu, choose, wanted, endian), min(MOST, count)))
            for index, theirs in enumerate(qemu.run(batch)):
                differs = difference(cpu, processor.run(index, batch[index]), theirs)
                yield len(theirs.words), f"{text(cpu, batch[index])}: {differs}" if differs else ""
                count -= len(theirs.words)


def main(arguments: list[str]) -> int:
    """Run as the command line says; return the exit code."""
    count, seed, cpu, endian = [*arguments[:4], *("100000", "1", "power8", "big")[len(arguments[:4]) :]]
    done = differences = 0
    for words, differs in compare(cpu, endian, int(count), int(seed), arguments[4:]):
        done += words
        if differs:
            differences += 1
            sys.stdout.write(f"{differs}\n")
    if not arguments[4:]:
        for differs in compare_floating(cpu, endian, int(count) // 10, int(seed)):
            done += 1
            if differs:
                differences += 1
                sys.stdout.write(f"{differs}\n")
    sys.stdout.write(
        f"{done} instructions on {cpu} ({endian}-endian), seed {seed}: {differences} differences\n"
    )
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
