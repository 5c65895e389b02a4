# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads git repositories: ranges, simplified history, trees by path, tags and releases.

The only user of pygit2 (besides the demo's generator).
"""

from bisectd.history.releases import Release
from bisectd.history.repository import Repository
from bisectd.history.walk import History

__all__ = ["History", "Release", "Repository"]
