# SPDX-License-Identifier: GPL-2.0-or-later
"""The bundled history: a miniature PowerPC kernel, written for this project, with the regression in it."""

from bisectd.demo.generate import write_history

RANGE_GOOD = "v4.4"
RANGE_BAD = "v5.0"
# Newest commit of master. Whatever is written changes it.
HEAD_ID = "4449765e8962aeab0e994787060f5843c9181911"

__all__ = ["HEAD_ID", "RANGE_BAD", "RANGE_GOOD", "write_history"]
