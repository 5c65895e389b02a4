# SPDX-License-Identifier: GPL-2.0-or-later
"""The three answers a probe can give about one version of the code."""

from enum import Enum


class Verdict(Enum):
    """What one probe saw on one unit. A failure of the machinery is an exception, never a verdict."""

    GOOD = "GOOD"
    BAD = "BAD"
    UNTESTABLE = "UNTESTABLE"
