# SPDX-License-Identifier: GPL-2.0-or-later
"""What one probe saw on one unit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bisectd.domain.verdict import Verdict


@dataclass(frozen=True)
class Observation:
    """Verdict and evidence. `reason` is one line, never empty unless GOOD.

    `evidence` holds JSON values only (it is stored as such): see `probes` for its keys.
    """

    verdict: Verdict
    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
