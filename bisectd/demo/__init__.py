# SPDX-License-Identifier: GPL-2.0-or-later
"""The bundled history: a miniature PowerPC kernel, written for this project, with the regression in it."""

from bisectd.demo.generate import write_history

RANGE_GOOD = "v4.4"
RANGE_BAD = "v5.0"
# Newest commit of master. Whatever is written changes it.
HEAD_ID = "bc00aa833ee0da7385df0d23fc3e0e531794ca4c"

__all__ = ["HEAD_ID", "RANGE_BAD", "RANGE_GOOD", "write_history"]
