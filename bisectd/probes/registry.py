# SPDX-License-Identifier: GPL-2.0-or-later
"""The probes there are."""

from bisectd.domain.errors import UserError
from bisectd.domain.names import nearest
from bisectd.probes import fpexc, fpu, giveup, kvm
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


def find(name: str) -> Probe:
    """The probe of that name. UserError with the nearest names where there is none."""
    probe = PROBES.get(name)
    if probe is None:
        raise UserError(f"unknown probe {name!r}: {nearest(name, PROBES)}")
    return probe
