# SPDX-License-Identifier: GPL-2.0-or-later
"""What a history is made of: the words in which `story` tells it."""

from dataclasses import dataclass, field
from typing import TypeAlias

from bisectd.demo.edits import Change


@dataclass(frozen=True)
class Person:
    """Somebody invented who writes or takes patches."""

    name: str

    @property
    def address(self) -> str:
        """Name and address as git writes them."""
        return f"{self.name} <{self.name.split()[0].lower()}@mini.example.org>"


GRETA = Person("Greta Lund")  # takes everything
ADA = Person("Ada Marlow")
TOMAS = Person("Tomas Birk")
NOOR = Person("Noor Haddad")
PEOPLE = (
    ADA,
    TOMAS,
    NOOR,
    Person("Ilse Okafor"),
    Person("Juno Petrakis"),
    Person("Mikkel Sato"),
    Person("Oona Varga"),
    Person("Pilar Quist"),
    Person("Rafi Lindqvist"),
    Person("Wanda Kessel"),
)


@dataclass(frozen=True)
class Write:
    """A commit. `step` names the file that holds its body and changes, unless they are given here.

    `upstream`: the mainline commit that it stands for.
    """

    subject: str
    step: str = ""
    branch: str = "powerpc"
    author: Person = ADA
    upstream: str = ""
    body: str = ""
    changes: tuple[Change, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Revert:
    """A commit that undoes what the one with the subject `of` did; `subject` if it is not `Revert "…"`."""

    of: str
    branch: str = "powerpc"
    author: Person = ADA
    subject: str = ""


@dataclass(frozen=True)
class Fork:
    """A branch starts where another one is."""

    branch: str
    at: str = "powerpc"


@dataclass(frozen=True)
class Import:
    """A branch starts from nothing, as a second root."""

    subject: str
    step: str
    branch: str
    author: Person = NOOR


@dataclass(frozen=True)
class Merge:
    """Branches end in another one: what was changed on them is changed there too.

    `step` names a file with the body, and with changes that neither side has made; they come on top, or,
    where `instead` is set, are all there is.
    """

    branches: tuple[str, ...]
    into: str = "powerpc"
    subject: str = ""
    step: str = ""
    instead: bool = False


@dataclass(frozen=True)
class Tag:
    """A name for where a branch is; a release's is annotated, a candidate's is not."""

    name: str
    branch: str = "master"


Action: TypeAlias = Write | Revert | Fork | Import | Merge | Tag
