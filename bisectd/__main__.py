# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m bisectd`: the command line where no script is installed."""

import sys

from bisectd.cli.main import run

if __name__ == "__main__":
    sys.exit(run())
