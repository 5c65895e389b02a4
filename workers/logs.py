# SPDX-License-Identifier: GPL-2.0-or-later
"""What the service says while it runs: one line each, with the time; of what stays away once."""

import logging
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bisectd.domain.errors import Away, BisectdError

_FORMAT = "%(asctime)s %(levelname)s %(process)d: %(message)s"
_OURS = ("bisectd", "workers")
_log = logging.getLogger(__name__)


class _Lines(logging.Formatter):
    """One line for each record. Only a bug of ours is worth a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """See `Formatter`."""
        if record.name.partition(".")[0] in _OURS:
            return super().format(record)
        said = record.getMessage().split("Traceback (most recent call last)")[0]
        why = str(record.exc_info[1]) if record.exc_info else ""
        said += f": {why}" if why not in said else ""
        plain = logging.makeLogRecord({**vars(record), "exc_info": None, "exc_text": None, "args": None})
        plain.msg = " ".join(said.split())
        return super().format(plain)


def to_stderr(**_: object) -> None:
    """Let all lines go to standard error: our own, and of the libraries' those that warn."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(_FORMAT))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for ours in _OURS:
        logging.getLogger(ours).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)


class Reach:
    """Whether something answers that is needed. It is logged when that changes, not each time it is tried."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._gone = False
        self._gone_at = -math.inf
        self._lock = threading.Lock()

    @contextmanager
    def needed(self) -> Iterator[None]:
        """Around what needs it."""
        try:
            yield
        except Away as error:
            self.away(error)
            raise
        self.back()

    def attempt(self, do: Callable[[], object]) -> bool:
        """Do what will be done again anyway; whether it answered. What else fails is logged."""
        try:
            with self.needed():
                do()
        except Away:
            return False
        except BisectdError as error:
            _log.warning("%s", error)
        except Exception:  # noqa: BLE001 - what is done again and again must not end with a bug
            _log.exception("this goes on all the same")
        return True

    def since(self, seconds: float) -> bool:
        """Whether it has answered for that long, as far as is known."""
        return time.monotonic() - self._gone_at > seconds

    def away(self, why: object) -> None:
        """It does not answer; `why` in one line."""
        self._gone_at = time.monotonic()
        if not self._turned(gone=True):
            return
        _log.warning("%s is away: %s", self._what, " ".join(str(why).split()))

    def back(self) -> None:
        """It answers."""
        if self._turned(gone=False):
            _log.warning("%s is back", self._what)

    def _turned(self, *, gone: bool) -> bool:
        if self._gone is gone:
            return False
        with self._lock:
            turned, self._gone = self._gone is not gone, gone
        return turned


class Told(logging.Filter):
    """Tells a reach what a library logs of its connection, and keeps the library's own lines back."""

    def __init__(self, reach: Reach, connected: str = "") -> None:
        """`connected`: how the lines begin that say that it is back."""
        super().__init__()
        self._reach = reach
        self._connected = connected

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is printed as it is: errors of other kinds are."""
        line = record.getMessage()
        if self._connected and line.startswith(self._connected):
            self._reach.back()
        elif "onnect" in line and record.levelno >= logging.WARNING:
            self._reach.away(line.split(".\n")[0])
        else:
            return record.levelno >= logging.WARNING
        return False
