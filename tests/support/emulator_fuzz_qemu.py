# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares random fixed-point code with qemu's 64-bit processors.

    python -m tests.support.emulator_fuzz_qemu [COUNT [SEED [CPU [big|little [MNEMONIC …]]]]]

Prints each difference, then the counts; fails if there is any. What is left out is in
docs/emulator-differences.md.
"""

import random
import sys
from collections.abc import Iterator
from itertools import islice

from tests.support.emulator_qemu import MOST, Qemu
from tests.support.emulator_samples import Ours, difference, lines, samples, text

FIXED_POINT = frozenset({"base", "string", "ppc64", "isa207", "isel", "tm"})


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
    sys.stdout.write(
        f"{done} instructions on {cpu} ({endian}-endian), seed {seed}: {differences} differences\n"
    )
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
