# SPDX-License-Identifier: GPL-2.0-or-later
"""The probes there are."""

from collections.abc import Mapping

from bisectd.domain.errors import UserError
from bisectd.domain.evaluation import OwnFile
from bisectd.domain.names import nearest
from bisectd.probes import fpexc, fpu, giveup, kvm
from bisectd.probes.own.load import load
from bisectd.probes.probe import Probe

PROBES: dict[str, Probe] = {
    probe.name: probe
    for probe in (
        fpu.FPU_GIVEUP_FE,
        fpexc.FPEXC_DISABLE,
        kvm.KVM_PR_HOST_SIGFPE,
        fpexc.FPU_PREEMPT,
        fpu.FP_SAVE_KEEPS_F0,
        giveup.VMX_GIVEUP,
        giveup.VSX_GIVEUP,
        giveup.SPE_GIVEUP,
        giveup.GIVEUP_ALL,
        giveup.ENABLE_KERNEL_FP,
        giveup.RESTORE_MATH,
    )
}


def find(name: str, own: OwnFile | None = None) -> Probe:
    """The probe of that name. UserError with the nearest names where there is none.

    `own`: a file of the user's, whose probes come first; its only probe needs no name ("").
    """
    known = own_probes(own) if own else PROBES
    if not name:
        if len(known) > 1:
            raise UserError(f"which probe? name one with --probe: {', '.join(known)}")
        return next(iter(known.values()))
    probe = known.get(name)
    if probe is None:
        place = f" in {own.path}" if own else ""
        raise UserError(f"unknown probe {name!r}{place}: {nearest(name, known)}")
    return probe


def own_probes(own: OwnFile) -> Mapping[str, Probe]:
    """The probes of a user's file. UserError for all that is wrong with it, a name of bisectd's own too."""
    probes = load(own)
    for name in probes:
        if name in PROBES:
            raise UserError(f"{own.path}: name: a probe {name} comes with bisectd: give yours another name")
    return probes
