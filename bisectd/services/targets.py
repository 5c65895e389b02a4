# SPDX-License-Identifier: GPL-2.0-or-later
"""Which targets there are for a user, and on which of them a probe makes sense."""

from bisectd.domain.target import Target
from bisectd.kernel import targets
from bisectd.probes.probe import Probe
from bisectd.services.own_files import read_text
from emulator.cpus import CPUS


def read_file(path: str | None) -> str:
    """The text of a target file, "" for none: it travels to the workers whole, so that all read the same."""
    if path is None:
        return ""
    text = read_text("target", path, "copy a table of bisectd/kernel/targets.toml into it")
    targets.all_targets(text)
    return text


def sensible(probe: Probe, own: str) -> tuple[Target, ...]:
    """The targets on which a probe makes sense."""
    return tuple(target for target in targets.all_targets(own) if makes_sense(probe, target))


def makes_sense(probe: Probe, target: Target) -> bool:
    """Whether to run the probe: on a target of the user's, if it runs on one for a processor of that kind.

    A probe that names no targets runs on every one.
    """
    if not probe.targets:
        return True
    if target in targets.all_targets():
        return target.name in probe.targets
    built_in = {known.name: known for known in targets.all_targets()}
    return target.name in probe.targets or any(
        _kind(built_in[name]) == _kind(target) for name in probe.targets if name in built_in
    )


def _kind(target: Target) -> tuple[int, bool]:
    """What scenarios differ by."""
    return target.bits, CPUS[target.cpu].booke
