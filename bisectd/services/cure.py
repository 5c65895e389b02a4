# SPDX-License-Identifier: GPL-2.0-or-later
"""What a fix does to what the probes see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from bisectd.domain.evaluation import Evaluation, Setup
from bisectd.domain.verdict import Verdict
from bisectd.probes import registry
from bisectd.services.fix import Base, Changes
from bisectd.services.panel import Panel, tasks_for


class Effect(Enum):
    """What became of a probe's verdict."""

    CURED = "cured"
    BROKEN = "broken"
    STILL_BAD = "still BAD"
    GOOD = "GOOD as before"
    UNTESTABLE = "untestable"
    UNTOUCHED = "not touched"


@dataclass(frozen=True)
class Tried:
    """One probe on one target, before and after the fix. `after` is None where it reaches nothing changed."""

    setup: Setup
    before: Evaluation
    after: Evaluation | None

    @property
    def effect(self) -> Effect:
        """What the fix did."""
        if self.after is None:
            return Effect.UNTOUCHED
        before, after = (found.observation.verdict for found in (self.before, self.after))
        return _EFFECTS.get((before, after), Effect.UNTESTABLE)


_EFFECTS = {
    (Verdict.BAD, Verdict.GOOD): Effect.CURED,
    (Verdict.GOOD, Verdict.BAD): Effect.BROKEN,
    (Verdict.BAD, Verdict.BAD): Effect.STILL_BAD,
    (Verdict.GOOD, Verdict.GOOD): Effect.GOOD,
}


def concerned(setups: Iterable[Setup], changes: Changes) -> list[Setup]:
    """The setups whose units may read a changed file: their sources, headers, and what generates those."""
    return [setup for setup in setups if any(_may_read(setup, path) for path in changes)]


def _may_read(setup: Setup, path: str) -> bool:
    if path.startswith(("arch/powerpc/", "include/")):
        return True
    return path in registry.find(setup.probe, setup.own_probes).sources or path.endswith(".h")


def try_out(panel: Panel, setups: Sequence[Setup], base: Base) -> tuple[Tried, ...]:
    """Judge the files before and after the fix. What reads no changed file is not run again."""
    chosen = concerned(setups, base.after)
    before = panel.judge(tasks_for(chosen, base.commit, base.before))
    changed = {path for path in base.after if base.after[path] != base.before.get(path, b"\0")}
    reading = [task.setup for task, found in before.items() if _reads(panel, found, changed)]
    after = panel.judge(tasks_for(reading, base.commit, base.after))
    later = {task.setup: found for task, found in after.items()}
    return tuple(Tried(task.setup, found, later.get(task.setup)) for task, found in before.items())


def _reads(panel: Panel, evaluation: Evaluation, changed: set[str]) -> bool:
    """Whether the unit's build read, or looked for, a changed file or a folder above it."""
    with panel.desk.store.read() as tx:
        paths = tx.units.paths(evaluation.unit)
    return any(path in paths or any(f"{path}/".startswith(f"{read}/") for read in paths) for path in changed)
