# SPDX-License-Identifier: GPL-2.0-or-later
"""What the API takes and answers, as OpenAPI describes it."""

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bisectd.domain.jobs import JobKind, JobState
from bisectd.domain.tracking import BranchState, DeliveryState, EventKind, HookKind, RegressionState
from bisectd.domain.verdict import Verdict

T = TypeVar("T")

Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x20\x7f]+$")]
Revision = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]
Place = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00-\x1f\x7f]+$")]
Instant = float  # seconds since the epoch, UTC


class Taken(BaseModel):
    """What a client sends: nothing that is not known here, nothing of another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Given(BaseModel):
    """What a client gets."""

    model_config = ConfigDict(extra="forbid")


class Page(Given, Generic[T]):
    """A part of a list."""

    items: list[T]
    next: str | None = Field(description="cursor of the following page; null on the last")


class Health(Given):
    """That the server is well; where it is not, it answers 503 or not at all."""

    status: Literal["ok"]


# -- jobs -------------------------------------------------------------------------------------------------


class NewSearch(Taken):
    """A bisection, or a scan: every class of the range is run and every transition listed."""

    kind: Literal["bisect", "scan"]
    repository: Word = Field(description="name of a registered repository")
    probe: Word
    target: Word
    toolchain: Word = "zig"
    goods: list[Revision] = Field(min_length=1, max_length=100, description="good revisions")
    bad: Revision = Field(description="bad revision")


class NewSuggestion(Taken):
    """What a fix that is a commit of the repository cures, and since when. A mail: POST suggestions."""

    kind: Literal["suggest"]
    repository: Word = Field(description="name of a registered repository")
    target: Word = "all"
    toolchain: Word = "zig"
    commit: Revision = Field(description="the fix")


NewJob = Annotated[NewSearch | NewSuggestion, Field(discriminator="kind")]


class Question(Given):
    """What a job asks. Revisions have become full ids."""

    kind: JobKind
    repository: str
    toolchain: str
    probe: str | None
    target: str | None
    goods: list[str]
    bad: str | None
    commit: str | None = Field(description="the fix of a suggestion, where it is a commit")
    mail: str | None = Field(description="SHA-256 of the fix, where it is a mail")
    patch: int | None = Field(description="of a series of mails: which one")
    branch: int | None = Field(description="the branch that is followed")
    branch_name: str | None


class Progress(Given):
    """What is known of the search; null where nothing is."""

    candidates: int | None = Field(description="how many commits of the range may matter")
    steps_left: int | None = Field(description="about how many steps are left")
    waiting: int | None = Field(description="for how many tasks the job waits")
    stage: str | None = Field(description="what a suggestion is at")
    lacks: str | None = Field(description="which compiler no live worker has, where the job waits for one")


class JobInList(Given):
    """A job as lists show it."""

    id: int
    kind: JobKind
    state: JobState
    user: str
    question: Question
    compiler: str | None = Field(description="compiler and engine of all its tasks; null before its first")
    progress: Progress
    error: str | None = Field(description="why it failed")
    created: Instant
    started: Instant | None
    finished: Instant | None
    changed: int = Field(description="rises with every change")


class Job(JobInList):
    """A job with its result."""

    result: dict[str, Any] | None = Field(
        description="what `bisectd bisect --json` or `bisectd suggest --json` prints, see docs/json.md"
    )


class Step(Given):
    """A verdict that a job has used, in the order in which it came to know them."""

    id: int
    commit: str
    probe: str
    target: str
    verdict: Verdict
    reason: str
    fingerprint: str | None = Field(description="its class; null where it does not build")
    cached: bool = Field(description="it was known before this job asked")
    place: float | None = Field(description="where in the range: 0 its oldest, 1 its newest; null outside")
    created: Instant


# -- what is registered, and what there is ----------------------------------------------------------------


class NewRepository(Taken):
    """A repository to register."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$")]
    source: Place = Field(description="URL to mirror, or a path on the server that is read in place")


class Repository(Given):
    """A repository that jobs may name."""

    name: str
    mirrored: bool = Field(description="the service keeps a copy of its own")
    source: str | None = Field(
        description="where it comes from, without a password; null unless an administrator asks"
    )
    fetched: Instant | None = Field(description="when the mirror was last brought up to date")
    error: str | None = Field(
        description="why the latest fetch failed; that it did, unless an administrator asks"
    )


class Probe(Given):
    """A scenario with what must hold after it."""

    name: str
    description: str
    must_hold: str
    sources: list[str]
    targets: list[str] = Field(description="where it makes sense; empty: everywhere")


class Target(Given):
    """What is compiled for and emulated."""

    name: str
    description: str
    cpu: str
    bits: int
    endian: str


# -- what was found ---------------------------------------------------------------------------------------


class ObservationInList(Given):
    """What one probe saw on one unit; it answers for every commit with the fingerprint."""

    id: int
    probe: str
    target: str
    toolchain: str = Field(description="compiler and version")
    verdict: Verdict
    reason: str
    fingerprint: str
    unit: str
    probe_version: int
    emulator_version: str
    seconds: float = Field(description="how long the run took")
    created: Instant


class Observation(ObservationInList):
    """An observation with its evidence."""

    evidence: dict[str, Any] = Field(description="registers, memory, interrupts, trace, see docs/json.md")


class Class(Given):
    """Commits of a job's range that behave alike."""

    fingerprint: str | None = Field(description="null: does not build")
    verdict: Verdict
    commits: int = Field(description="how many")
    first: str
    last: str


class Transition(Given):
    """A commit at which the verdict changes."""

    kind: Literal["introduced", "fixed"]
    commit: str
    subject: str
    parents: list[str]
    before: Verdict = Field(alias="from", serialization_alias="from")
    after: Verdict = Field(alias="to", serialization_alias="to")
    commits: list[str] = Field(description="all that may have made the change, oldest first")


# -- what is followed ----------------------------------------------------------------------------------------


_FOLLOWED_FOR = "null: those that the branch is followed for, of a new one all"


class NewBranch(Taken):
    """A branch to follow; of one that is followed, more probes and targets."""

    repository: Word = Field(description="name of a registered repository")
    name: Revision = Field(description="as git calls it, without refs/heads/")
    probes: list[Word] | None = Field(None, min_length=1, max_length=100, description=_FOLLOWED_FOR)
    targets: list[Word] | None = Field(None, min_length=1, max_length=100, description=_FOLLOWED_FOR)
    toolchain: Word = "zig"
    since: Revision | None = Field(None, description="where the first scan begins; null: oldest release")


class Branch(Given):
    """A branch that is followed."""

    id: int
    repository: str
    name: str
    stable: bool = Field(description="it is a stable branch: linux-X.Y.y")
    probes: list[str]
    targets: list[str]
    toolchain: str
    since: str | None
    head: str | None = Field(description="up to where it was scanned")
    scanned: Instant | None
    error: str | None = Field(description="why the latest scan failed")
    followed: bool = Field(description="false: no longer; what was learned of it stays")


class Timeline(Given):
    """One probe on one target along a branch."""

    id: int
    branch: int
    branch_name: str
    probe: str
    target: str
    toolchain: str
    start: str = Field(description="from where it was scanned")
    head: str
    verdict: Verdict = Field(description="at the head")
    reason: str
    scanned: Instant


class Version(Given):
    """The commit of a branch from which on a class of behaviour holds."""

    commit: str
    subject: str
    committed: Instant
    release: str | None = Field(description="the first with it")
    verdict: Verdict
    reason: str
    fingerprint: str | None = Field(description="its class; null where it does not build")
    observation: int | None
    origin: str | None = Field(description="the commit that changed the verdict; null where none did")
    candidates: list[str]


class Point(Given):
    """A release, or the head of a branch, judged: a cell of the matrix."""

    name: str
    series: str | None = Field(description="the mainline release that it belongs to")
    release: bool = Field(description="a release, and not the head of a branch")
    commit: str
    committed: Instant
    probe: str
    target: str
    toolchain: str
    verdict: Verdict
    reason: str
    observation: int | None


class RegressionInList(Given):
    """A good → bad change and its later life."""

    id: int
    repository: str
    state: RegressionState
    introduced: str
    candidates: list[str] = Field(description="all that may have introduced it, oldest first")
    upstream: str | None
    subject: str
    fixes: str | None = Field(description="the Fixes: line; null where only a range is known")
    reason: str
    introduced_at: Instant
    release: str | None = Field(description="the first with it")
    fixed: str | None
    fixed_subject: str | None
    fixed_at: Instant | None
    fixed_release: str | None
    opened: Instant
    changed: Instant
    probes: list[str] = Field(description="that saw it")
    targets: list[str] = Field(description="on which it was seen")
    affected_branches: list[str]
    fixed_branches: list[str]


class Sighting(Given):
    """A probe on a target of a branch that saw a regression."""

    branch: str
    probe: str
    target: str
    toolchain: str
    state: RegressionState
    reason: str
    introduced: str
    candidates: list[str]
    introduced_at: Instant
    fixed: str | None
    fixed_at: Instant | None


class Standing(Given):
    """How a branch stands to a regression."""

    branch: str
    state: BranchState
    fixed: str | None
    subject: str | None
    how: str | None = Field(description="what ties `fixed` to the fix")
    release: str | None


class RegressionEvent(Given):
    """Something that happened to a regression."""

    kind: EventKind
    branch: str
    commit: str
    detail: str
    created: Instant


class Regression(RegressionInList):
    """A regression with who saw it, how branches stand to it, and what happened, the newest first."""

    sightings: list[Sighting]
    branches: list[Standing]
    events: list[RegressionEvent]


# -- who is told ---------------------------------------------------------------------------------------------


class NewHook(Taken):
    """Somebody to tell."""

    kind: Literal["webhook", "mail"]
    address: Place = Field(description="URL, or mail address")
    events: list[Word] = Field(default=[], max_length=20, description="empty: all")


class Hook(Given):
    """Who is told of what."""

    id: int
    kind: HookKind
    address: str
    events: list[str]
    created: Instant
    waiting: int = Field(description="messages that are still to be delivered")
    failed: int = Field(description="messages that were given up")
    error: str | None = Field(description="why the latest of these was not taken")
    next: Instant | None = Field(description="when one of those that wait is tried, at the earliest")


class MadeHook(Hook):
    """A hook with the secret that signs its messages: shown this once. Null for mail."""

    secret: str | None


class Delivery(Given):
    """A message to a hook."""

    id: int
    event: str
    body: dict[str, Any]
    state: DeliveryState
    attempts: int
    due: Instant = Field(description="when it is tried next")
    error: str | None
    created: Instant
    finished: Instant | None
