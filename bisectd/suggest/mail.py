# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches as they travel: mboxes of git format-patch, b4 and Patchwork, single mails, plain diffs.

A mail is kept as its bytes, so that it can be written again with nothing altered but the lines added. What is
read of it follows git-mailinfo(1): the message ends at "---" or where a diff begins.
"""

import email
import email.header
import email.utils
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from functools import cached_property

from bisectd.domain.errors import UserError
from bisectd.suggest import diff
from bisectd.suggest.body import Body
from bisectd.suggest.diff import FileChange

LONGEST = 32 << 20  # bytes of input: a mailing list refuses patches of a hundredth of that

# As git-mailsplit(1) knows it: a time of day and a year stand in it. "From git@z Thu Jan  1 00:00:00 1970",
# "From patchwork Fri Feb  8 14:33:19 2019".
_FROM = re.compile(rb"^From \S.*?\d{1,2}:\d{2}.*?\d{4}(?: [+-]\d{4})?\r?$", re.MULTILINE)
_HEADER = re.compile(rb"(?:[!-9;-~]+:|>?From )[^\n]*\n")
_PREFIX = re.compile(r"^\s*(?:re:\s*|\[[^\]]*\]\s*)*", re.IGNORECASE)
_PART = re.compile(r"\[[^\]]*?(\d+)/(\d+)[^\]]*\]")
_BASE = re.compile(rb"^base-commit: ([0-9a-f]{7,40})\b", re.MULTILINE)


@dataclass(frozen=True)
class Patch:
    """One patch. `raw` is the mail as it came; for a plain diff there is no mail, only `Body`."""

    raw: bytes
    headers: bytes
    body: Body

    @property
    def is_mail(self) -> bool:
        """Whether there is a message that can be given trailers."""
        return bool(self.headers)

    @cached_property
    def _mail(self) -> Message:
        return email.message_from_bytes(self.headers)

    def header(self, name: str) -> str:
        """A header's text, decoded and on one line; "" where it is not there."""
        try:
            value = self._mail.get(name, "")
            parts = email.header.decode_header(str(value))
            text = "".join(_decoded(part, charset) for part, charset in parts)
        except (ValueError, LookupError, email.errors.MessageError):
            return ""
        return " ".join(text.split())

    @property
    def subject(self) -> str:
        """The subject as it becomes the commit's: without "[PATCH …]"."""
        return _PREFIX.sub("", self.header("Subject"), count=1)

    @property
    def title(self) -> str:
        """The whole subject, to tell patches of a series apart."""
        return self.header("Subject") or "a diff without a message"

    @property
    def number(self) -> int | None:
        """Its number in a series."""
        match = _PART.search(self.header("Subject"))
        return int(match[1]) if match and len(match[1]) < _DIGITS else None

    @property
    def author(self) -> str:
        """Name and address."""
        in_body = re.match(rb"\s*From: (.+)\n", self.body.message)
        return self.body.text(in_body[1]).strip() if in_body else self.header("From")

    @property
    def message_id(self) -> str:
        """Without angle brackets; "" where there is none, or none that could be one."""
        match = re.fullmatch(r"<([^\s<>\"]+@[^\s<>\"]+)>", self.header("Message-Id"))
        return match[1] if match else ""

    @property
    def base_commit(self) -> str | None:
        """What its base-commit footer names."""
        match = _BASE.search(self.body.data)
        return match[1].decode() if match else None

    @property
    def message(self) -> str:
        """The commit's message without its subject: what stands above "---"."""
        text = self.body.text(self.body.message)
        return re.sub(r"\A\s*(?:(?:From|Date|Subject): .*\n)+", "", text).strip("\n")

    @cached_property
    def changes(self) -> tuple[FileChange, ...]:
        """What it does to files. UserError where the diff is damaged."""
        return diff.parse(self.body.patch)

    @property
    def paths(self) -> list[str]:
        """Every file that it touches, by name."""
        return sorted({path for change in self.changes for path in change.paths})


_DIGITS = 6
_ASCII = 'Fixes: 0 ("")'


def read(data: bytes) -> tuple[Patch, ...]:
    """Every patch in the bytes, in the order of their numbers. UserError where there is none.

    Mails without a diff (a cover letter, replies) are passed over.
    """
    if len(data) > LONGEST:
        raise UserError(f"the patch is longer than {LONGEST >> 20} MiB: name one patch of a list archive")
    found = [patch for raw in _split(data) if (patch := _patch(raw)).body.patch]
    if not found:
        raise UserError("no patch in it: no line begins a diff (give an mbox, a maildir, a diff or a commit)")
    if all(patch.number is not None for patch in found):
        found.sort(key=lambda patch: patch.number or 0)
    return tuple(found)


def choose(patches: Sequence[Patch], number: int | None) -> tuple[Patch, tuple[Patch, ...]]:
    """The patch that is meant, and those before it, which it builds on. UserError where several may be."""
    if number is None and len(patches) > 1:
        names = "; ".join(f"{n} {patch.title}" for n, patch in enumerate(patches, 1))
        raise UserError(f"a series of {len(patches)} patches: name the fix with --patch N ({names})")
    place = number or 1
    if not 1 <= place <= len(patches):
        raise UserError(f"--patch {place}: there are {len(patches)} patches in it")
    return patches[place - 1], tuple(patches[: place - 1])


def _split(data: bytes) -> Iterator[bytes]:
    """The mails of an mbox; anything else is one."""
    start = data.lstrip(b"\r\n")
    if not _FROM.match(start):
        yield data
        return
    # In the text of a mail such a line is not followed by a header.
    followed = (one for one in _FROM.finditer(start) if _HEADER.match(start, one.end() + 1))
    starts = [0, *(match.start() for match in followed if match.start())]
    for begin, end in zip(starts, [*starts[1:], len(start)], strict=True):
        yield start[begin:end]


def _patch(raw: bytes) -> Patch:
    head, headers = _headers(raw)
    if not headers:
        return Patch(raw, b"", Body(raw, "", "utf-8"))
    mail = email.message_from_bytes(headers)
    if mail.get_content_maintype() == "multipart":
        return _multipart(raw, headers)
    encoding = str(mail.get("Content-Transfer-Encoding", "")).strip().lower()
    return Patch(raw, headers, Body(raw[head:], encoding, _charset(mail)))


def _multipart(raw: bytes, headers: bytes) -> Patch:
    """The text parts of a mail with attachments, one after the other, as git-mailinfo(1) reads them."""
    mail = email.message_from_bytes(raw[raw.find(b"\n") + 1 :] if raw.startswith(b"From ") else raw)
    texts = []
    charset = "utf-8"
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            texts.append(payload if isinstance(payload, bytes) else b"")
            charset = _charset(part)
    return Patch(raw, headers, Body(b"\n".join(texts), "multipart", charset))


def _headers(raw: bytes) -> tuple[int, bytes]:
    """Where the body starts, and the headers with newlines only; b"" where it is no mail."""
    end = re.search(rb"\r?\n\r?\n", raw)
    if end is None or not _HEADER.match(raw):
        return 0, b""
    headers = raw[: end.start()].replace(b"\r\n", b"\n") + b"\n"
    if headers.startswith((b"From ", b">From ")):
        headers = headers.partition(b"\n")[2]
    names = re.findall(rb"^([!-9;-~]+):", headers, re.MULTILINE)
    known = {name.lower() for name in names} & {b"from", b"subject", b"date", b"message-id"}
    return (end.end(), headers) if known else (0, b"")


def _charset(mail: Message) -> str:
    """The charset that the mail claims, if there is one of that name that ASCII is part of; else UTF-8."""
    try:
        name = str(mail.get_content_charset() or "utf-8")
        usable = _ASCII.encode(name) == _ASCII.encode()
    except (LookupError, ValueError):
        return "utf-8"
    return name if usable and name not in {"us-ascii", "ascii"} else "utf-8"


def _decoded(part: bytes | str, charset: str | None) -> str:
    if isinstance(part, str):
        return part
    for name in (charset or "utf-8", "utf-8"):
        try:
            return part.decode(name)
        except (LookupError, ValueError):
            continue
    return part.decode("latin-1")
