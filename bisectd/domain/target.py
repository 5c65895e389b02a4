# SPDX-License-Identifier: GPL-2.0-or-later
"""What is compiled for and emulated."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Target:
    """A kernel configuration, the compiler's flags for it, and the processor that runs the result.

    `config` maps CONFIG_ names (without the prefix) to "y" or a C literal. `cpu_features` and
    `mmu_features` are C expressions over the commit's own asm/cputable.h and asm/mmu.h, evaluated by the
    compiler at every commit because the bits move between versions.
    """

    name: str
    description: str
    arch_flags: Mapping[str, tuple[str, ...]]  # toolchain name → flags
    config: Mapping[str, str]
    cpu: str  # a model of `emulator.Machine`
    endian: Literal["big", "little"]
    bits: int
    cpu_features: str
    mmu_features: str

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of all that the target says."""
        return hashlib.sha256(repr(self).encode()).hexdigest()
