# SPDX-License-Identifier: GPL-2.0-or-later
"""Text that came out of a repository, made safe for a terminal."""

from bisectd.domain.text import plain

__all__ = ["plain"]
