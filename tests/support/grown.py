# SPDX-License-Identifier: GPL-2.0-or-later
"""The service in processes of its own, as an administrator starts it, with short times."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psycopg
import ziglang
from sqlalchemy import create_engine, text

from bisectd.domain.jobs import Asked, Job, JobKind, JobState, QueuedTask, TaskKind, TaskState
from bisectd.services import jobs, mirrors, tokens
from bisectd.settings import Settings
from bisectd.store.dialect import engine_for
from bisectd.store.store import Store
from tests.support.cli import BISECTD, bisectd, environment
from tests.support.git_repos import build
from tests.support.hands import NAME, PROBE, TARGET, TOOLCHAIN, told
from tests.support.servers import as_user, free_port
from tests.support.tiny_kernel import PROCESS, bad, good, line_of

T = TypeVar("T")

PATIENCE = 120.0  # seconds until a test gives up on something that should have happened
SOON = 10.0  # seconds that an answer may take on a machine that does much else
POLL = 0.005
NOT_IGNORING = ("env", "--default-signal=INT")  # which a test in the background of a shell does
LEASE = 1.5
SHORT = {"LEASE": LEASE, "SWEEP": 0.3, "REPUBLISH": 2, "GRACE": 3}

CULPRIT = 4  # the number of the first bad version
OTHER = "other"  # a second repository, whose versions are like the first one's and share nothing with them


def versions(first: int = 0) -> list[Mapping[str, str]]:
    """Four good ones, four bad ones, each of which compiles to code of its own: it takes a run of its own."""
    trees = []
    for number in range(2 * CULPRIT):
        tree = dict((good if number < CULPRIT else bad)())
        one = f"{{ volatile int number = {first + number}; }}"
        tree[PROCESS] = tree[PROCESS].replace("set_msr(0x1032);", f"set_msr(0x1032); {one}")
        trees.append(tree)
    return list(trees)


@dataclass(frozen=True)
class History:
    """Two repositories, and what bisectd says of them when nothing disturbs it.

    `ids`: commits by repository. `answers`: by repository and kind of job. `verdicts`: by commit.
    """

    paths: Mapping[str, Path]
    ids: Mapping[str, list[str]]
    answers: Mapping[tuple[str, JobKind], Mapping[str, Any]]
    verdicts: Mapping[str, str]


def history(folder: Path) -> History:
    """Write the repositories and ask the command line."""
    paths, ids, answers_ = {}, {}, {}
    for number, name in enumerate((NAME, OTHER)):
        paths[name] = folder / name
        ids[name] = build(paths[name], line_of(*versions(1000 * number)))
        what = ("--repo", paths[name], "--db", folder / "calm.db", "--probe", PROBE, "--target", TARGET)
        for kind, more in ((JobKind.BISECT, ()), (JobKind.SCAN, ("--exhaustive",))):
            asked = bisectd("bisect", "--good", ids[name][0], "--bad", ids[name][-1], "--json", *what, *more)
            assert asked.code == 0, asked.err
            answers_[name, kind] = answer(asked.json, kind)
    verdicts = verdicts_of(f"sqlite:///{folder}/calm.db")
    assert len(verdicts) == 2 * len(versions())
    return History(paths, ids, answers_, verdicts)


def answer(result: Mapping[str, Any] | None, kind: JobKind) -> dict[str, Any]:
    """What a report says of the history. Where a bisection looks depends on how many hands are idle."""
    effort = {"evaluations"}
    if kind is not JobKind.SCAN:
        effort |= {"classes", "class_verdicts", "described"}
    return {name: value for name, value in told(result).items() if name not in effort}


def verdicts_of(url: str) -> dict[str, str]:
    """Commit → verdict, as it is stored; each observation must be there once."""
    stored = rows(
        url,
        "SELECT commit_id, verdict, o.id, o.fingerprint, probe, o.target, o.toolchain, probe_version "
        "FROM commit_units c JOIN fingerprints f ON f.unit_key = c.unit_key "
        "JOIN observations o ON o.fingerprint = f.fingerprint",
    )
    assert len({row[2] for row in stored}) == len({row[3:] for row in stored}), stored
    return {commit: verdict for commit, verdict, *_ in stored}


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    """What no part of the service asks."""
    engine = engine_for(url, PATIENCE)
    with engine.connect() as connection:
        found_ = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return found_


@dataclass
class Process:
    """A child of the test. What it says goes to `log`."""

    name: str
    popen: "subprocess.Popen[bytes]"
    log_path: Path

    @property
    def log(self) -> str:
        """What it has said so far."""
        return self.log_path.read_text(errors="replace")

    @property
    def children(self) -> list[int]:
        """Its descendants that live."""
        return descendants(self.popen.pid)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; the exit code. It must leave nobody behind."""
        left = self.children
        self.popen.send_signal(number)
        code = self.popen.wait(PATIENCE)
        until(lambda: not any(map(alive, left)), f"{self.name} left processes behind")
        return code

    def kill(self) -> None:
        """kill -9."""
        self.popen.kill()
        self.popen.wait(PATIENCE)


@dataclass
class Grown:
    """A service. `broker` None: its workers ask the database."""

    folder: Path
    url: str
    broker: str | None
    history: History
    store: Store
    settings: Settings
    processes: list[Process] = field(default_factory=list)
    held: list[int] = field(default_factory=list)

    # -- processes ------------------------------------------------------------------------------------------

    def start(self, *arguments: object, env: Mapping[str, str] | None = None) -> Process:
        """`bisectd ARGUMENTS`, which dies with the test if all else fails."""
        name = f"{arguments[0]}-{len(self.processes)}"
        path = self.folder / f"{name}.log"
        more = {f"BISECTD_{key}": str(value) for key, value in SHORT.items()}
        more |= {"BISECTD_DB": self.url, "BISECTD_DATA": str(self.folder / "data")}
        if self.broker:
            more["BISECTD_BROKER"] = self.broker
        with path.open("wb") as log:
            popen = subprocess.Popen(
                as_user(None, [*NOT_IGNORING, *BISECTD, *map(str, arguments)], signal.SIGKILL),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment({**more, **(env or {})}),
            )
        self.processes.append(Process(name, popen, path))
        return self.processes[-1]

    def worker(self, processes: int = 1, env: Mapping[str, str] | None = None) -> Process:
        """A machine's workers, once they have said that they live."""
        before = set(self.alive())
        started = self.start("worker", "--jobs", processes, env=env)
        until(lambda: len(set(self.alive()) - before) >= processes, lambda: f"no workers: {started.log}")
        return started

    def beat(self) -> Process:
        """What sends the sweeper out; with a broker only: other workers sweep by themselves."""
        return self.start("beat")

    def serve(self, *more: object) -> tuple[Process, str]:
        """The web server, once it answers, and its URL."""
        port = free_port()
        process = self.start("serve", "--port", port, *more)
        url = f"http://127.0.0.1:{port}"
        until(lambda: answers(f"{url}/api/v1/health"), lambda: f"no server: {process.log}")
        return process, url

    def whole(self, processes: int = 1) -> Process:
        """What does the work, in the way of this service; the workers."""
        if self.broker:
            self.beat()
        return self.worker(processes)

    def end_all(self) -> None:
        """Whatever a test has left."""
        for compiler in self.held:
            _signalled(compiler, signal.SIGKILL)
        for process in self.processes:
            for pid in (*process.children, process.popen.pid):
                if process.popen.poll() is None or pid != process.popen.pid:
                    _signalled(pid, signal.SIGKILL)
            process.popen.wait(PATIENCE)
        self.store.close()

    # -- jobs -----------------------------------------------------------------------------------------------

    def submit(self, kind: JobKind = JobKind.BISECT, repository: str = NAME) -> int:
        """A job over a whole history, stored; nobody is told: that is the sweeper's then."""
        ids = self.history.ids[repository]
        asked = Asked(kind, repository, TOOLCHAIN, PROBE, TARGET, (ids[0],), ids[-1])
        return jobs.submit(self.store, self.settings, "me", jobs.Submission(asked)).id

    def post(self, url: str) -> int:
        """A bisection, through the API, which must answer soon whatever else is away."""
        ids = self.history.ids[NAME]
        body = {
            "kind": "bisect",
            "repository": NAME,
            "probe": PROBE,
            "target": TARGET,
            "toolchain": TOOLCHAIN,
            "goods": [ids[0]],
            "bad": ids[-1],
        }
        headers = {"Authorization": f"Bearer {tokens.make(self.store, 'me', 'submit')[1]}"}
        response = httpx.post(f"{url}/api/v1/jobs", json=body, headers=headers, timeout=SOON)
        assert response.status_code == httpx.codes.CREATED, response.text
        number: int = response.json()["id"]
        return number

    def job(self, number: int) -> Job:
        with self.store.read() as tx:
            return tx.jobs.get(number)

    def finished(self, *numbers: int) -> list[Job]:
        """The jobs, once all of them have come to their end."""
        until(
            lambda: all(self.job(number).state.final for number in numbers),
            lambda: f"{[self.job(number) for number in numbers]}\n{self.tasks()}\n{self.logs()}",
        )
        return [self.job(number) for number in numbers]

    def undisturbed(self, *numbers: int) -> None:
        """The jobs come to the answer of the command line, and nothing is left over or stored twice."""
        for job in self.finished(*numbers):
            assert (job.state, job.error) == (JobState.DONE, None), self.logs()
            asked = job.asked.repository, job.asked.kind
            found_, calm = answer(job.result, job.asked.kind), self.history.answers[asked]
            differs = {name: (found_[name], calm[name]) for name in calm if found_[name] != calm[name]}
            assert not differs, f"{differs}\n{self.logs()}"
        self.settled()
        self.nothing_differs()

    def settled(self) -> None:
        """No task is queued or runs, once what still goes on has ended."""
        open_ = {TaskState.QUEUED, TaskState.RUNNING}
        until(
            lambda: not [task for task in self.tasks() if task.state in open_],
            lambda: f"{self.tasks()}\n{self.logs()}",
        )

    def nothing_differs(self) -> None:
        """No verdict differs from the undisturbed ones, and no observation is there twice."""
        verdicts = verdicts_of(self.url)
        assert verdicts
        assert verdicts.items() <= self.history.verdicts.items()

    def tasks(self, kind: TaskKind | None = None, state: TaskState | None = None) -> list[QueuedTask]:
        """All tasks, or those of a kind in a state."""
        keys = [row[0] for row in rows(self.url, "SELECT key FROM tasks ORDER BY id")]
        with self.store.read() as tx:
            found_ = tx.tasks.of_keys(keys)
        tasks = [found_[key] for key in keys if key in found_]
        return [task for task in tasks if kind in {None, task.kind} and state in {None, task.state}]

    def alive(self) -> list[str]:
        """Worker processes that have said lately that they live."""
        with self.store.read() as tx:
            names = [worker.name for worker in tx.tasks.workers(time.time() - 4 * LEASE)]
        return [name for name in names if alive(int(name.split(":")[1]))]

    def offers(self) -> set[str]:
        """Those that jobs were tied to."""
        return {offer for (offer,) in rows(self.url, "SELECT offer FROM jobs") if offer}

    def log_of(self, command: str) -> str:
        """What the processes of a command have said."""
        return "\n".join(process.log for process in self.processes if process.name.startswith(command))

    def logs(self) -> str:
        """What all processes have said."""
        return "\n".join(f"== {process.name}\n{process.log}" for process in self.processes)

    def kills(self, doomed: Callable[[QueuedTask], bool], *ending: int) -> int:
        """Kill each worker that has such a task, until these jobs have come to their end; how many were."""
        killed: set[str] = set()

        def at_work() -> bool:
            for task in self.tasks(state=TaskState.RUNNING):
                if doomed(task) and task.worker not in killed and _signalled(pid_of(task), signal.SIGKILL):
                    killed.add(task.worker or "")
            return all(self.job(number).state.final for number in ending)

        until(at_work, lambda: f"{self.tasks()}\n{self.logs()}")
        return len(killed)

    # -- the moment to strike -------------------------------------------------------------------------------

    def compiling(self) -> QueuedTask:
        """A task whose compiler is at work, which has been stopped, so that it stays so."""

        def caught() -> QueuedTask | None:
            for compiler in (pid for one in self.processes for pid in one.children if _is_compiler(pid)):
                if not _signalled(compiler, signal.SIGSTOP):
                    continue
                for task in self.tasks(TaskKind.COMPILE, TaskState.RUNNING):
                    if compiler in descendants(pid_of(task)):
                        self.held.append(compiler)
                        return task
                _signalled(compiler, signal.SIGCONT)  # it was asked for its version
            return None

        return found(caught, lambda: f"nothing was compiled: {self.tasks()}\n{self.logs()}")

    @contextmanager
    def compiling_held(self) -> Iterator[int]:
        """A compiler that has been stopped at its work, until the block ends."""
        self.compiling()
        yield self.held[-1]
        _signalled(self.held[-1], signal.SIGCONT)

    def while_compiling(self, happens: Callable[[], object]) -> None:
        """Something happens while a compiler is at work, which then goes on."""
        with self.compiling_held():
            happens()

    @contextmanager
    def probing(self) -> Iterator[QueuedTask]:
        """A task whose probe is run, and whose worker cannot store what it sees until the block ends."""
        with self._no_observation_is_stored() as caught:
            yield found(caught, lambda: f"nothing was run: {self.tasks()}\n{self.logs()}")

    @contextmanager
    def _no_observation_is_stored(self) -> Iterator[Callable[[], QueuedTask | None]]:
        if self.url.startswith("sqlite"):
            with self._sqlite_writer() as caught:
                yield caught
            return
        with psycopg.connect(self.url) as connection:
            connection.execute("LOCK TABLE observations IN EXCLUSIVE MODE")
            yield lambda: next(iter(self.tasks(TaskKind.RUN, TaskState.RUNNING)), None)
            connection.rollback()

    @contextmanager
    def _sqlite_writer(self) -> Iterator[Callable[[], QueuedTask | None]]:
        """Take the lock of writers again and again, until it is taken while a probe runs."""
        engine = create_engine(self.url)
        with engine.connect() as connection:

            def caught() -> QueuedTask | None:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                row = connection.execute(
                    text("SELECT id FROM tasks WHERE kind = 'run' AND state = 'running'")
                ).first()
                if row is None:
                    connection.exec_driver_sql("ROLLBACK")
                    return None
                return next(task for task in self.tasks() if task.id == row[0])

            yield caught
            connection.exec_driver_sql("ROLLBACK")
        engine.dispose()


@contextmanager
def grown(folder: Path, url: str, broker: str | None, told_by: History) -> Iterator[Grown]:
    """A service over a history, without any process yet; all that are started end with the block."""
    more = {key.lower(): value for key, value in SHORT.items()}
    settings = Settings.model_validate({"data": folder / "data", "broker": broker, **more})
    store = Store.open(url)
    for name, path in told_by.paths.items():
        mirrors.register(store, settings.data, name, str(path))
    service = Grown(folder, url, broker, told_by, store, settings)
    try:
        yield service
    finally:
        service.end_all()


def another_compiler(folder: Path) -> dict[str, str]:
    """The environment of a worker whose zig is of another version: the real one with other digits in it."""
    real = Path(ziglang.__file__).parent / "zig"
    package = folder / "other" / "ziglang"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    said = subprocess.run([real, "clang", "--version"], capture_output=True, text=True, check=True).stdout
    version = said.split()[2]
    other = f"{version[:-1]}{(int(version[-1]) + 1) % 10}"
    (package / "zig").write_bytes(real.read_bytes().replace(version.encode(), other.encode()))
    (package / "zig").chmod(0o755)
    return {"PYTHONPATH": os.pathsep.join([str(package.parent), environment()["PYTHONPATH"]])}


def until(reached: Callable[[], object], why: str | Callable[[], str] = "") -> None:
    """Wait for it."""
    found(lambda: True if reached() else None, why)


def found(look: Callable[[], T | None], why: str | Callable[[], str] = "") -> T:
    """What `look` gives, once it gives something."""
    deadline = time.monotonic() + PATIENCE
    while (seen := look()) is None:
        if time.monotonic() > deadline:
            raise AssertionError(why if isinstance(why, str) else why())
        time.sleep(POLL)
    return seen


def answers(url: str) -> bool:
    """Whether a web server is well."""
    try:
        return httpx.get(url, timeout=PATIENCE).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def pid_of(task: QueuedTask) -> int:
    """The process that has a task."""
    assert task.worker
    host, _, pid = task.worker.rpartition(":")
    assert host == socket.gethostname()
    return int(pid)


def alive(pid: int) -> bool:
    """Whether a process is there, and no zombie."""
    return _state(pid) not in {"", "Z", "X"}


def descendants(pid: int) -> list[int]:
    """All processes below one. Cheap: whoever asks all the time is not to be late on a busy machine."""
    below = _children(pid)
    for one in below:
        below.extend(_children(one))
    return below


def _is_compiler(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/exe").readlink().name == "zig"
    except OSError:
        return False


def _state(pid: int) -> str:
    """One letter of /proc/PID/stat; none of a process that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def _children(pid: int) -> list[int]:
    """Of all its threads; proc(5), "children"."""
    found_: list[int] = []
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found_.extend(map(int, (thread / "children").read_text().split()))
    return found_


def _signalled(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True
