# SPDX-License-Identifier: GPL-2.0-or-later
"""The probes there are."""

from bisectd.domain.errors import UserError
from bisectd.domain.names import nearest
from bisectd.probes.fpu import FPU_GIVEUP_FE
from bisectd.probes.probe import Probe

PROBES: dict[str, Probe] = {probe.name: probe for probe in (FPU_GIVEUP_FE,)}


def find(name: str) -> Probe:
    """The probe of that name. UserError with the nearest names where there is none."""
    probe = PROBES.get(name)
    if probe is None:
        raise UserError(f"unknown probe {name!r}: {nearest(name, PROBES)}")
    return probe
