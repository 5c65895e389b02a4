# SPDX-License-Identifier: GPL-2.0-or-later
"""The bundled history: a miniature PowerPC kernel, written for this project, with the regression in it."""

from bisectd.demo.generate import write_history

RANGE_GOOD = "v4.4"
RANGE_BAD = "v5.0"
HEAD_ID = "79042153ff542fe09ef6a478151cc0806bdf9662"  # of the newest commit on master; a change to anything that is written changes it

__all__ = ["HEAD_ID", "RANGE_BAD", "RANGE_GOOD", "write_history"]
