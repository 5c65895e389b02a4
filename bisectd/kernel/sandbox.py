# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a compiler over code that nobody vouches for.

The compiler gets a session, an environment and resource limits of its own, and, where the kernel has
Landlock, no way to open a file outside of its own installation and the scratch folder. A run ends as
`Completed`, or in a MachineError: a limit that was hit, a crash, a full disk say nothing about the commit.

Whoever is killed with kill -9 takes the compiler with it (PR_SET_PDEATHSIG, which ends the program that was
started; what gcc's driver starts in turn ends by RLIMIT_CPU).

The number of processes is not limited: RLIMIT_NPROC counts all processes of the user, and a compiler that may
execute nothing but its own installation has no way to start others.
"""

import ctypes
import os
import re
import resource
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from bisectd.domain.errors import MachineError
from bisectd.kernel import landlock
from bisectd.kernel.limits import MEGABYTE, Limits

# What programs linked to shared libraries read before they start.
_LOADER = tuple(Path(path) for path in ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache"))
_COMPILE_ERROR = 1  # exit code of gcc and clang for a source that is wrong

# Printed by gcc, clang and as when the machine, not the source, is the reason for exit code 1.
_MACHINE = re.compile(
    r"No space left on device|Disk quota exceeded|Input/output error|Read-only file system"
    r"|out of memory|virtual memory exhausted|Cannot allocate memory|Too many open files"
    r"|signal terminated program|internal compiler error|PLEASE submit a bug report"
)
_PR_SET_PDEATHSIG = 1  # include/uapi/linux/prctl.h
_libc = ctypes.CDLL(None)
_POLL = 0.001  # seconds
_SIGNALS = {signal.SIGXCPU: "cpu", signal.SIGXFSZ: "output"}


@dataclass(frozen=True)
class Completed:
    """A run that came to its own end. `log` is what was printed."""

    ok: bool
    log: str


class Sandbox:
    """Confines programs to `readable` (program files included) and `writable` folders."""

    def __init__(self, readable: Sequence[Path], writable: Sequence[Path]) -> None:
        self._ruleset = landlock.ruleset((*_LOADER, *readable), writable) if landlock.abi() else None

    @property
    def confined(self) -> bool:
        """Whether the kernel keeps the program from other files. Where not, read the code before it runs."""
        return self._ruleset is not None

    def close(self) -> None:
        """Give the ruleset back."""
        if self._ruleset is not None:
            os.close(self._ruleset)
            self._ruleset = None

    def run(
        self, command: Sequence[str], folder: Path, scratch: Path, limits: Limits, what: str
    ) -> Completed:
        """Run a compiler in `folder`, temporary files in `scratch`. `what` names the work in errors."""
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=_environment(scratch),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
                preexec_fn=self._confinement(limits),  # noqa: PLW1509 - it makes system calls, nothing else
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise MachineError(f"cannot start {command[0]} for {what}: {error}") from error
        with process:
            try:
                log = _collect(process, limits, what)
            finally:
                _end(process)
        return _judge(process.returncode, log, limits, what)

    def _confinement(self, limits: Limits) -> Callable[[], None]:
        """What the child does between fork and exec: system calls only."""
        ruleset, parent = self._ruleset, os.getpid()
        values = (
            (resource.RLIMIT_CPU, limits.cpu, limits.cpu + 1),
            (resource.RLIMIT_AS, limits.memory, limits.memory),
            (resource.RLIMIT_FSIZE, limits.output, limits.output),
            (resource.RLIMIT_CORE, 0, 0),
        )

        def confine() -> None:
            _libc.prctl(
                _PR_SET_PDEATHSIG, signal.SIGKILL
            )  # who starts it may be killed, and cannot end it then
            if os.getppid() != parent:  # it was killed before that
                os.kill(os.getpid(), signal.SIGKILL)
            for which, soft, hard in values:
                resource.setrlimit(which, (soft, hard))
            if ruleset is not None:
                landlock.restrict_self(ruleset)

        return confine


def _environment(scratch: Path) -> dict[str, str]:
    folder = str(scratch)
    return {
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C",
        "HOME": folder,
        "TMPDIR": folder,
        "SOURCE_DATE_EPOCH": "0",
    }


def _collect(process: subprocess.Popen[bytes], limits: Limits, what: str) -> str:
    """All that the program prints until it ends."""
    stream = cast("IO[bytes]", process.stderr)
    deadline = time.monotonic() + limits.wall
    log = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            data = os.read(stream.fileno(), 1 << 16)
            if not data:
                break
            log += data
            if len(log) > limits.log:
                raise _exceeded(what, f"printed more than {limits.log} bytes")
    if _ended(process, deadline):
        return log.decode("utf-8", "replace")
    raise _exceeded(what, f"took longer than {limits.wall} s")


def _ended(process: subprocess.Popen[bytes], deadline: float) -> bool:
    """Wait for the end of a program that closed its output; it stays a zombie, which keeps its group id."""
    while time.monotonic() < deadline:
        if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
            return True
        time.sleep(_POLL)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill whatever is left of the session, and reap."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _judge(code: int, log: str, limits: Limits, what: str) -> Completed:
    if code == 0:
        return Completed(True, log)
    if code < 0:
        raise _signalled(-code, limits, what)
    if code != _COMPILE_ERROR or _MACHINE.search(log):
        raise MachineError(f"the compiler failed on {what} (exit code {code}): {_last_line(log)}")
    return Completed(False, log)


def _signalled(number: int, limits: Limits, what: str) -> MachineError:
    match _SIGNALS.get(signal.Signals(number)):
        case "cpu":
            return _exceeded(what, f"used more than {limits.cpu} s of processor time")
        case "output":
            return _exceeded(what, f"wrote more than {limits.output // MEGABYTE} MB")
    name = signal.Signals(number).name
    return MachineError(f"the compiler crashed on {what} ({name}; it may use {limits.memory // MEGABYTE} MB)")


def _exceeded(what: str, how: str) -> MachineError:
    return MachineError(
        f"the compiler {how} on {what}: run again on a quiet machine; if its code is at fault, "
        "name a range without that commit"
    )


def _last_line(log: str) -> str:
    lines = [line for line in log.splitlines() if _MACHINE.search(line)] or log.splitlines()
    return lines[0].strip() if lines else "it printed nothing"


def describe() -> str:
    """One line for `bisectd doctor`."""
    version = landlock.abi()
    if version:
        return (
            f"Landlock (ABI {version}): the compiler opens nothing but its own files and the scratch folder"
        )
    return "no Landlock in this kernel: code that could reach files of this machine is refused by reading it"
