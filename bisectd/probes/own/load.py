# SPDX-License-Identifier: GPL-2.0-or-later
"""The probes of a user's file. A TOML file is data; a Python file is the user's own code and runs as such."""

import hashlib
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from bisectd.domain.errors import BisectdError, UserError
from bisectd.domain.evaluation import OwnFile
from bisectd.probes.checks import Finding
from bisectd.probes.kernel import Kernel
from bisectd.probes.own import format as toml
from bisectd.probes.own.table import shown
from bisectd.probes.probe import Case, Probe
from bisectd.probes.scenario import Inconclusive, Interrupted
from emulator import EmulatorError

PYTHON, TOML = ".py", ".toml"


@cache
def load(own: OwnFile) -> Mapping[str, Probe]:
    """The file's probes by name. UserError for every mistake in it."""
    content = hashlib.sha256(own.text.encode()).hexdigest()
    if own.path.endswith(PYTHON):
        return _python(own, content)
    probe = toml.read(own.path, own.text, content)
    return {probe.name: probe}


def _python(own: OwnFile, content: str) -> Mapping[str, Probe]:
    """What the user's Python file calls PROBE or PROBES. This runs it, with all that the user may do."""
    namespace: dict[str, Any] = {"__name__": "bisectd_probe_file", "__file__": own.path}
    try:
        exec(compile(own.text, own.path, "exec"), namespace)  # noqa: S102 - the user's own code, named by the user
    except (Exception, SystemExit) as error:
        raise UserError(_complaint(own.path, error)) from error
    found = namespace.get("PROBES", namespace.get("PROBE"))
    if found is None:
        raise UserError(f"{own.path}: defines neither PROBE nor PROBES: see bisectd probe new NAME --python")
    probes = tuple(found) if isinstance(found, tuple | list) else (found,)
    for probe in probes:
        if not isinstance(probe, Probe):
            raise UserError(f"{own.path}: {shown(probe)} is no bisectd.probes.probe.Probe")
        if not isinstance(probe.name, str) or not toml.NAME.fullmatch(probe.name):
            raise UserError(
                f"{own.path}: {shown(probe.name)} is no name for a probe: take a-z, 0-9 and . _ -"
            )
    if not probes or len({probe.name for probe in probes}) < len(probes):
        raise UserError(f"{own.path}: PROBES must be probes with names of their own")
    return {probe.name: _guarded(probe, own.path, content) for probe in probes}


def _guarded(probe: Probe, path: str, content: str) -> Probe:
    cases = tuple(Case(case.name, _complaining(case.run, path)) for case in probe.cases)
    return replace(probe, cases=cases, content=content)


def _complaining(
    run: Callable[[Kernel], Iterable[Finding]], path: str
) -> Callable[[Kernel], Iterator[Finding]]:
    """A case whose own mistakes are the user's, not bugs of bisectd."""

    def complaining(kernel: Kernel) -> Iterator[Finding]:
        try:
            yield from run(kernel)
        except (Inconclusive, Interrupted, EmulatorError, BisectdError):
            raise
        except Exception as error:
            raise UserError(_complaint(path, error)) from error

    return complaining


def _complaint(path: str, error: BaseException) -> str:
    """One line: what went wrong, and in which line of the file."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
    where = f"{path}: line {line}" if line else path
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{where}: {type(error).__name__}: {message}".replace("\n", " ")
