# SPDX-License-Identifier: GPL-2.0-or-later
"""One commit judged with the code of several compilers."""

from collections.abc import Mapping

from bisectd.domain.errors import MachineError
from bisectd.domain.evaluation import Evaluation


class Disagreement(MachineError):
    """Compilers made code of one commit that behaves differently: nothing was learned about the commit.

    `evaluations`: toolchain → what its code did, with its evidence.
    """

    def __init__(self, target: str, evaluations: Mapping[str, Evaluation]) -> None:
        self.target = target
        self.evaluations = dict(evaluations)
        commit = next(iter(evaluations.values())).commit
        seen = ", ".join(
            f"{name} says {found.observation.verdict.value}" for name, found in evaluations.items()
        )
        super().__init__(f"toolchains disagree about {commit[:12]} on {target} ({seen}): no verdict")


def disagree(evaluations: Mapping[str, Evaluation]) -> bool:
    """Whether the verdicts differ."""
    return len({found.observation.verdict for found in evaluations.values()}) > 1


def check(target: str, evaluations: Mapping[str, Evaluation]) -> None:
    """Raise Disagreement where the verdicts differ."""
    if disagree(evaluations):
        raise Disagreement(target, evaluations)
