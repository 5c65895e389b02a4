# SPDX-License-Identifier: GPL-2.0-or-later
"""The bundled history: a miniature PowerPC kernel, written for this project, with the regression in it."""

from bisectd.demo.generate import write_history

RANGE_GOOD = "v4.4"
RANGE_BAD = "v5.0"
HEAD_ID = (
    "a562c0fd4b98fe4ed042bcef5c30cd01246771fe"  # newest commit of master; whatever is written changes it
)

__all__ = ["HEAD_ID", "RANGE_BAD", "RANGE_GOOD", "write_history"]
