# SPDX-License-Identifier: GPL-2.0-or-later
"""One commit, judged."""

from dataclasses import dataclass

from bisectd.domain.observation import Observation


@dataclass(frozen=True)
class OwnFile:
    """A file of the user's as it was when it was read: `path` is how the user named it."""

    path: str
    text: str


@dataclass(frozen=True)
class Setup:
    """What all evaluations of a job share, so that it can travel to a worker: names, places and text.

    `own_targets` is the text of the user's target file, "" for none; `own_probes` the user's probe file.
    """

    repository: str
    probe: str
    target: str
    toolchain: str
    database: str  # URL
    own_targets: str = ""
    own_probes: OwnFile | None = None


@dataclass(frozen=True)
class Evaluation:
    """What was found for a commit. `fingerprint` is None where the unit does not build.

    `unit` is "" where nobody could say what it is: its build took down whoever tried.

    `cached`: nothing was compiled and nothing was run for it; a stored observation answered.
    """

    commit: str
    unit: str
    fingerprint: str | None
    observation: Observation
    cached: bool
