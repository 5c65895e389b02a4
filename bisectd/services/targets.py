# SPDX-License-Identifier: GPL-2.0-or-later
"""Which targets there are for a user, and on which of them a probe makes sense."""

from pathlib import Path

from bisectd.domain.errors import UserError
from bisectd.domain.target import Target
from bisectd.kernel import targets
from bisectd.probes.probe import Probe
from emulator.cpus import CPUS

_LONGEST = 1 << 20  # bytes of a target file


def read_file(path: str | None) -> str:
    """The text of a target file, "" for none: it travels to the workers whole, so that all read the same."""
    if path is None:
        return ""
    try:
        with Path(path).open("rb") as file:
            data = file.read(_LONGEST + 1)
        text = data.decode()
    except OSError as error:
        raise UserError(f"cannot read target file {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise UserError(f"target file {path} is no text in UTF-8") from None
    if len(data) > _LONGEST:
        raise UserError(f"target file {path} is longer than 1 MiB")
    if not text.strip():
        raise UserError(f"target file {path} is empty: copy a table of bisectd/kernel/targets.toml into it")
    targets.all_targets(text)
    return text


def sensible(probe: Probe, own: str) -> tuple[Target, ...]:
    """The targets on which a probe makes sense."""
    return tuple(target for target in targets.all_targets(own) if makes_sense(probe, target))


def makes_sense(probe: Probe, target: Target) -> bool:
    """Whether to run the probe: on a target of the user's, if it runs on one for a processor of that kind."""
    if target in targets.all_targets():
        return target.name in probe.targets
    return any(_kind(targets.find(name)) == _kind(target) for name in probe.targets)


def _kind(target: Target) -> tuple[int, bool]:
    """What scenarios differ by."""
    return target.bits, CPUS[target.cpu].booke
