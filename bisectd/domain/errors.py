# SPDX-License-Identifier: GPL-2.0-or-later
"""Two kinds of error; the third kind of bad news, the kernel's, is a `Verdict`.

Each carries one line that says what is wrong and what to do. Exit codes are attached at the edge (`cli`).
"""


class BisectdError(Exception):
    """Base of both kinds; `str(error)` is the one line for the user."""


class UserError(BisectdError):
    """What was asked for cannot be done: the asker has to change something."""


class Unusable(UserError):
    """The database is not as it has to be; under a service that has used it before, that will pass."""


class NotFound(UserError):
    """There is nothing of that name or number."""


class Conflict(UserError):
    """It stands in the way of what is there already."""


class LimitReached(UserError):
    """The asker has as much as one asker may have: later it may be possible."""


class MachineError(BisectdError):
    """This machine failed (compiler missing or hanging, disk full, database locked): nothing was learned."""


class Away(MachineError):
    """The database does not answer, or not now: the same may work in a moment."""


class Clash(Away):
    """The database ended one of two transactions that waited for each other: the same works at once."""


class MissingObject(MachineError):
    """The repository is a partial clone and lacks an object that is needed."""

    def __init__(self, object_id: str, path: str, commit: str) -> None:
        self.object_id = object_id
        self.path = path
        self.commit = commit
        super().__init__(
            f"object {object_id} ({path} at {commit[:12]}) is missing from the repository: "
            f"fetch it with `git fetch origin {object_id}`, or all that the clone lacks with "
            "`git fetch --refetch --no-filter origin`"
        )

    def __reduce__(self) -> tuple[type["MissingObject"], tuple[str, str, str]]:
        """Travel between processes: by default only the message would, and __init__ wants three values."""
        return type(self), (self.object_id, self.path, self.commit)
