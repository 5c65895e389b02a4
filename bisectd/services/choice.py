# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user's names stand for: "all" is every target where the probe makes sense, every compiler here."""

from collections.abc import Mapping

from bisectd.domain.errors import MachineError, UserError
from bisectd.domain.evaluation import Setup
from bisectd.kernel import toolchain
from bisectd.kernel.targets import ALL
from bisectd.probes import registry
from bisectd.services.evaluation import setup_for
from bisectd.services.targets import sensible


def setups_for(  # noqa: PLR0913, PLR0917 - what a user can name
    repo: str, probe: str, target: str, toolchain_name: str, database: str | None, own_targets: str = ""
) -> Mapping[str, Mapping[str, Setup]]:
    """Target → toolchain → setup. UserError for unknown names, and where there is nothing to compare."""
    found = registry.find(probe)
    chosen = [one.name for one in sensible(found, own_targets)] if target == ALL else [target]
    compilers = _installed() if toolchain_name == ALL else [toolchain_name]
    return {
        name: {
            compiler: setup_for(repo, probe, name, compiler, database, own_targets) for compiler in compilers
        }
        for name in chosen
    }


def _installed() -> list[str]:
    missing: list[str] = []
    found = [name for name in toolchain.names() if _works(name, missing)]
    if len(found) < 2:  # noqa: PLR2004 - two to compare
        raise UserError(f"--toolchain all compares compilers, and only one works here: {missing[0]}")
    return found


def _works(name: str, missing: list[str]) -> bool:
    try:
        toolchain.find(name)
    except MachineError as reason:
        missing.append(str(reason))
        return False
    return True
