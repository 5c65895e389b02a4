# SPDX-License-Identifier: GPL-2.0-or-later
"""What a probe is, and how it is run."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bisectd.domain.errors import MachineError
from bisectd.domain.observation import Observation
from bisectd.domain.program import Program
from bisectd.domain.target import Target
from bisectd.domain.verdict import Verdict
from bisectd.probes import facilities, kernel
from bisectd.probes.bits import has
from bisectd.probes.checks import CaseResult, Check, Finding, Place, observation
from bisectd.probes.kernel import Kernel
from bisectd.probes.scenario import MAX_INSTRUCTIONS, Inconclusive, Interrupted
from emulator import EmulatorError

MEMBERS = (*kernel.MEMBERS, *facilities.MEMBERS)


@dataclass(frozen=True)
class Case:
    """One run of a probe, on a kernel of its own: it does things to it and yields what must hold after.

    `name` is empty where a probe has one case only.
    """

    name: str
    run: Callable[[Kernel], Iterable[Finding]]


@dataclass(frozen=True)
class Probe:
    """A named scenario: the code it needs, and its cases, which say what that code did.

    `sources` are files by their usual path in the kernel tree, with {bits} for 32 or 64; one that ends in
    " if FP" is left out where the processor has no such facility. `roots` are the functions that it calls,
    `structures` the C structures it reaches into, `members` the paths it uses: all are part of a version's
    fingerprint, since moving one changes what the compiled code does, and nothing else may be called or
    reached into. `version` rises when the scenario or what must hold changes, so that older observations are
    not taken for its own.
    """

    name: str
    version: int
    description: str
    must_hold: str
    sources: tuple[str, ...]
    roots: tuple[str, ...]
    targets: tuple[str, ...]
    cases: tuple[Case, ...]
    structures: tuple[str, ...] = kernel.STRUCTURES
    members: frozenset[str] = field(default=frozenset(MEMBERS))
    features: tuple[str, ...] = ()  # CPU_FTR_ bits that it looks at one by one: part of the fingerprint, too
    limit: int = MAX_INSTRUCTIONS  # instructions that one call may take
    content: str = ""  # of a user's own probe: SHA-256 (hex) of its file

    @property
    def label(self) -> str:
        """What observations are stored under: the name, for a user's own probe with the hash of its file."""
        return f"{self.name}@{self.content}" if self.content else self.name

    def sources_for(self, target: Target) -> tuple[str, ...]:
        """The files of a target's units."""
        entries = (entry.partition(" if ") for entry in self.sources)
        return tuple(
            path.replace("{bits}", str(target.bits))
            for path, _, facility in entries
            if not facility or has(target, facility)
        )

    def run(self, program: Program, target: Target) -> Observation:
        """Run every case. MachineError where the emulator lacks an instruction: nothing was learned."""
        return observation([self._run_case(case, program, target) for case in self.cases])

    def _run_case(self, case: Case, program: Program, target: Target) -> CaseResult:
        try:
            result, _ = self._attempt(case, program, target, ())
        except EmulatorError as error:
            raise MachineError(f"the emulator cannot run {self.name}: {error}") from error
        wrong = [found.place for found in result.wrong if isinstance(found, Check) and found.place]
        if not wrong:
            return result
        # Only now is it worth a second run, under watch: which instructions wrote that?
        again, machine = self._attempt(case, program, target, tuple(dict.fromkeys(wrong)))
        found = {place: machine.writer(place) for place in wrong} if machine else {}
        writers = {place: writer for place, writer in found.items() if writer}
        return CaseResult(
            again.name,
            again.findings,
            again.verdict,
            again.reason,
            again.instructions,
            again.interrupts,
            writers,
            machine.trace() if machine else (),
        )

    def _attempt(
        self, case: Case, program: Program, target: Target, watching: Sequence[Place]
    ) -> tuple[CaseResult, Kernel | None]:
        machine = None
        try:
            machine = Kernel(program, target, self.declared_roots, self.members, watching, self.limit)
            findings = tuple(case.run(machine))
            return (
                CaseResult(
                    case.name,
                    findings,
                    instructions=machine.instructions,
                    interrupts=tuple(machine.interrupts),
                ),
                machine,
            )
        except Inconclusive as reason:
            return CaseResult(case.name, verdict=Verdict.UNTESTABLE, reason=str(reason)), machine
        except Interrupted as reason:
            return CaseResult(case.name, verdict=Verdict.BAD, reason=str(reason)), machine

    @property
    def declared_roots(self) -> tuple[str, ...]:
        """Everything that a case may call: the probe's roots, and what booting runs."""
        return (*self.roots, *kernel.INITCALLS)
