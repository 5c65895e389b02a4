# SPDX-License-Identifier: GPL-2.0-or-later
"""What must hold after a scenario: values by name, compared, and turned into a verdict with evidence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple, TypeAlias

from bisectd.domain.observation import Observation
from bisectd.domain.verdict import Verdict
from bisectd.probes.bits import Bits, names

_LISTED = 8  # registers named in a reason; evidence has all


class Kind(Enum):
    """What a check is about: the value is the word that a reason starts with."""

    VALUE = "value"
    SAVED = "not saved"  # a register that should have gone to memory
    KEPT = "not kept"  # a register that should have stayed, or come back, as it was


class Place(NamedTuple):
    """Where the checked value is, so that its last writer can be found: memory, or a live register."""

    address: int = 0
    size: int = 0
    register: str = ""  # "f3", "v3", "vs3", "FPSCR", "VSCR"


@dataclass(frozen=True)
class Check:
    """`after` must be `expected` in the bits of `mask`; `before` is what it was when the code was called.

    A VALUE is always evidence, the others only where they are wrong. `bits` names the bits of the value.
    """

    name: str
    before: int
    after: int
    expected: int
    bits: Bits | None = None
    kind: Kind = Kind.VALUE
    place: Place | None = None
    mask: int = -1

    @property
    def holds(self) -> bool:
        """Whether it is as it must be."""
        return not (self.after ^ self.expected) & self.mask

    def reason(self) -> str:
        """What is wrong, in the names of bits where there are any."""
        before, after, expected = map(self._shown, (self.before, self.after, self.expected))
        return f"{self.name}: {before} → {after}, expected {expected}"

    def row(self) -> dict[str, Any]:
        """The check in the words of evidence (docs/json.md)."""
        if self.kind is Kind.SAVED:
            return {"name": self.name, "live": hexadecimal(self.expected), "saved": hexadecimal(self.after)}
        values = {"before": self.before, "after": self.after, "expected": self.expected}
        row: dict[str, Any] = {"name": self.name}
        row |= {key: hexadecimal(value) for key, value in values.items()}
        if self.bits is not None:
            row |= {f"{key}_bits": names(self.bits, value) for key, value in values.items()}
        return row | self._judgement()

    def _judgement(self) -> dict[str, Any]:
        """Whether the value is wrong, and in which bits; or that it only is there to be seen."""
        if not self.mask:
            return {"judged": False}
        if self.holds:
            return {}
        left = self.after & ~self.expected & self.mask
        lost = self.expected & ~self.after & self.mask
        wrong = {"surplus_bits": left, "missing_bits": lost} if self.bits is not None else {}
        return {"wrong": True, **{key: names(self.bits or {}, bits) for key, bits in wrong.items() if bits}}

    def _shown(self, value: int) -> str:
        return names(self.bits, value) if self.bits is not None else hexadecimal(value)


@dataclass(frozen=True)
class Unexpected:
    """Something happened that must not, or did not that must: an interrupt, a call of panic()."""

    reason: str


Finding: TypeAlias = Check | Unexpected


@dataclass(frozen=True)
class CaseResult:
    """What one case of a probe came to: its findings, or why there are none (`verdict` is then given).

    `writers`: for a wrong check with a place, the instruction that wrote the value last, where one did.
    `trace`: what was written on the way, where it was run under watch.
    """

    name: str
    findings: Sequence[Finding] = ()
    verdict: Verdict | None = None
    reason: str = ""
    instructions: int = 0
    interrupts: Sequence[Mapping[str, Any]] = ()
    writers: Mapping[Place, Mapping[str, Any]] | None = None
    trace: Sequence[Mapping[str, Any]] = ()

    @property
    def judged(self) -> Verdict:
        """BAD where a finding does not hold; GOOD where all do."""
        if self.verdict is not None:
            return self.verdict
        return Verdict.BAD if self.wrong else Verdict.GOOD

    @property
    def wrong(self) -> list[Finding]:
        """The findings that do not hold."""
        return [found for found in self.findings if isinstance(found, Unexpected) or not found.holds]

    def reasons(self) -> str:
        """Everything that is wrong, in one line; "" where nothing is."""
        return self.reason or "; ".join(_reasons(self.wrong))


def _reasons(wrong: Iterable[Finding]) -> Iterable[str]:
    wrong = list(wrong)
    for found in wrong:
        if isinstance(found, Unexpected):
            yield found.reason
        elif found.kind is Kind.VALUE:
            yield found.reason()
    for kind in (Kind.SAVED, Kind.KEPT):
        lost = [found.name for found in wrong if isinstance(found, Check) and found.kind is kind]
        if lost:
            more = f" and {len(lost) - _LISTED} more" if len(lost) > _LISTED else ""
            yield f"{kind.value}: {' '.join(lost[:_LISTED])}{more}"


def observation(results: Sequence[CaseResult]) -> Observation:
    """Join the cases of a probe. BAD where one is; UNTESTABLE where none could be judged.

    A case that this version has no code for says nothing where another case could be judged.
    """
    verdicts = [result.judged for result in results]
    verdict = next((v for v in (Verdict.BAD, Verdict.GOOD) if v in verdicts), Verdict.UNTESTABLE)
    telling = [result for result in results if result.judged is verdict and verdict is not Verdict.GOOD]
    reason = "; ".join(_titled(result, result.reasons()) for result in telling)
    return Observation(verdict, reason, _evidence(results))


def _titled(result: CaseResult, reason: str) -> str:
    return f"{result.name}: {reason}" if result.name else reason


def _evidence(results: Sequence[CaseResult]) -> dict[str, Any]:
    evidence: dict[str, Any] = {
        "instructions": sum(result.instructions for result in results),
        "registers": [row for result in results for row in _rows(result, Kind.VALUE)],
        "unsaved": [row for result in results for row in _rows(result, Kind.SAVED)],
        "unkept": [row for result in results for row in _rows(result, Kind.KEPT)],
        "unexpected": [
            _in_case(result, {"reason": reason}) for result in results for reason in _events(result)
        ],
        "interrupts": [_in_case(result, dict(taken)) for result in results for taken in result.interrupts],
    }
    if any(result.name for result in results):
        evidence["cases"] = [
            {"name": result.name, "verdict": result.judged.value, "reason": result.reasons()}
            for result in results
        ]
    trace = [_in_case(result, row) for result in results for row in result.trace]
    if trace:
        evidence["trace"] = trace
    rows = (*evidence["registers"], *evidence["unsaved"], *evidence["unkept"])
    writer = next((row["instruction"] for row in rows if "instruction" in row), None)
    return evidence | ({"instruction": writer} if writer else {})


def _events(result: CaseResult) -> Iterable[str]:
    """What happened and should not have, and is no value: an interrupt of a program or of the kernel."""
    if result.judged is Verdict.BAD and result.reason:
        yield result.reason
    yield from (found.reason for found in result.findings if isinstance(found, Unexpected))


def _rows(result: CaseResult, kind: Kind) -> Iterable[dict[str, Any]]:
    for found in result.findings:
        if isinstance(found, Check) and found.kind is kind and (kind is Kind.VALUE or not found.holds):
            row: dict[str, Any] = _in_case(result, found.row())
            writer = (result.writers or {}).get(found.place) if found.place else None
            yield row | {"instruction": writer} if writer and not found.holds else row


def _in_case(result: CaseResult, row: Mapping[str, Any]) -> dict[str, Any]:
    return {"case": result.name, **row} if result.name else dict(row)


def hexadecimal(value: int) -> str:
    """A register's value as evidence shows it: 8, 16 or 32 digits."""
    digits = next((d for d in (8, 16) if value < 1 << 4 * d), 32)
    return f"{value:#0{digits + 2}x}"
