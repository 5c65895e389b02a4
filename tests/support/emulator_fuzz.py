# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares random instructions with unicorn.

    python -m tests.support.emulator_fuzz [COUNT [SEED [MNEMONIC …]]]

Prints each difference that is not known (`emulator_oracle.KNOWN`), then the counts; fails if there is any.
"""

import random
import sys

from tests.support.emulator_oracle import Unicorn, difference, draw, lines, ours


def fuzz(count: int, seed: int, mnemonics: list[str]) -> int:
    """Run `count` cases over the lines in turn; return the number of differences."""
    choose = random.Random(seed)
    processor = Unicorn()
    chosen = [line for line in lines() if not mnemonics or line.mnemonic in mnemonics]
    differences = 0
    for i in range(count):
        line = chosen[i % len(chosen)]
        case = draw(choose, line)
        text = difference(line, case, ours(case), processor.run(case))
        if text:
            differences += 1
            sys.stdout.write(f"{text}\n")
    sys.stdout.write(f"{count} instructions of {len(chosen)} kinds, seed {seed}: {differences} differences\n")
    return differences


if __name__ == "__main__":
    arguments = [*sys.argv[1:], *("100000", "1")[len(sys.argv) - 1 :]]
    sys.exit(1 if fuzz(int(arguments[0]), int(arguments[1]), arguments[2:]) else 0)
