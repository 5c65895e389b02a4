# SPDX-License-Identifier: GPL-2.0-or-later
"""What a probe is."""

from collections.abc import Callable
from dataclasses import dataclass

from bisectd.domain.observation import Observation
from bisectd.domain.program import Program
from bisectd.domain.target import Target


@dataclass(frozen=True)
class Probe:
    """A named scenario: the code it needs, and `run`, which says what that code did.

    `sources` are files by their usual path in the kernel tree; `roots` the functions it calls; `structures`
    the C structures it reaches into and `members` the paths it uses (part of a version's fingerprint, since
    moving one changes what the compiled code does). `version` rises when the scenario or what must hold
    changes, so that older observations are not mistaken for its own.
    """

    name: str
    version: int
    description: str
    must_hold: str
    sources: tuple[str, ...]
    roots: tuple[str, ...]
    structures: tuple[str, ...]
    members: tuple[str, ...]
    targets: tuple[str, ...]
    run: Callable[[Program, Target], Observation]
