# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m tests.support.emulator_conformance SUITE PATH`: run a public test suite on the emulator.

SUITE is microwatt, selftests (of a kernel tree), valgrind or xenia; PATH is a checkout of it. Prints every
test that does not pass, with the difference or the reason, then the counts. docs/emulator-conformance.md says
which versions were used.
"""

import argparse
import sys
from pathlib import Path

from tests.support.emulator_conformance import microwatt, selftests, valgrind, xenia
from tests.support.emulator_conformance.result import Outcome, table

SUITES = {
    "microwatt": microwatt.run,
    "selftests": selftests.run,
    "valgrind": valgrind.run,
    "xenia": xenia.run,
}


def main() -> int:
    """Run a suite; return 1 where a test fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.emulator_conformance")
    parser.add_argument("suite", choices=sorted(SUITES))
    parser.add_argument("path", type=Path, help="a checkout of the suite's repository")
    parser.add_argument("--only", default="", help="tests whose family or name contains this text")
    options = parser.parse_args()
    results = []
    for result in SUITES[options.suite](options.path, options.only):
        results.append(result)
        if result.outcome is not Outcome.PASS:
            sys.stdout.write(f"{result.outcome}: {result.family} {result.name}: {result.detail}\n")
            sys.stdout.flush()
    sys.stdout.write(f"\n{table(results)}")
    return int(any(result.outcome is Outcome.FAIL for result in results))


if __name__ == "__main__":
    sys.exit(main())
