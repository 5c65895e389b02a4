# SPDX-License-Identifier: GPL-2.0-or-later
"""The bundled history: a miniature PowerPC kernel, written for this project, with the real regression in it."""

from bisectd.demo.generate import write_history

RANGE_GOOD = "v4.4"
RANGE_BAD = "v5.0"

__all__ = ["RANGE_BAD", "RANGE_GOOD", "write_history"]
