# SPDX-License-Identifier: GPL-2.0-or-later
"""The body of a mail: what it says, and lines put into it without altering any other byte."""

import base64
import binascii
import quopri
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from bisectd.domain.errors import UserError
from bisectd.suggest import diff

_SEPARATOR = re.compile(rb"---\s*$")
_BASE64_LINE = 76


@dataclass(frozen=True)
class Body:
    """`raw` as it came, in its transfer encoding ("" and "multipart": none); `charset` of its text."""

    raw: bytes
    encoding: str
    charset: str

    @cached_property
    def decoded(self) -> bytes:
        """The bytes that were sent. What is no base64 is taken as it stands."""
        if self.encoding == "quoted-printable":
            return quopri.decodestring(self.raw)
        if self.encoding == "base64":
            try:
                return base64.b64decode(self.raw, validate=False)
            except binascii.Error:
                return self.raw
        return self.raw

    @cached_property
    def data(self) -> bytes:
        """The bytes with the line ends that they had before a mail program made them CRLF."""
        return self.decoded.replace(b"\r\n", b"\n") if self._is_crlf else self.decoded

    @property
    def _is_crlf(self) -> bool:
        """Whether the mail's own lines end with CRLF; in a mail that is not so, a CR is the file's."""
        first = next((line for line in diff.lines_of(self.decoded) if diff.is_start(line)), b"")
        return first.endswith(b"\r\n")

    @cached_property
    def _ends(self) -> tuple[int, int]:
        """How many lines the message has, and before which line the diff begins."""
        message = None
        for number, line in enumerate(diff.lines_of(self.data)):
            if diff.is_start(line):
                return (number if message is None else message), number
            if message is None and _SEPARATOR.match(line):
                message = number
        return message or 0, len(diff.lines_of(self.data))

    @property
    def message(self) -> bytes:
        """The part above "---" or, where that is missing, above the diff."""
        return b"".join(diff.lines_of(self.data)[: self._ends[0]])

    @property
    def patch(self) -> bytes:
        """The diff and what follows it; b"" where there is none."""
        return b"".join(diff.lines_of(self.data)[self._ends[1] :])

    def text(self, data: bytes) -> str:
        """Bytes of the body as text: in its charset, else in UTF-8, else as Latin-1, which never fails."""
        for charset in (self.charset, "utf-8"):
            try:
                return data.decode(charset)
            except (LookupError, ValueError):
                continue
        return data.decode("latin-1")

    def with_lines(self, at: int, lines: Sequence[str]) -> bytes:
        """`raw` with lines put in before line `at` of `data`, nothing else altered; else UserError."""
        try:
            added = [line.encode(self.charset) for line in lines]
        except UnicodeError:
            raise UserError(
                f"the trailers cannot be written in {self.charset}, the mail's charset: send it as UTF-8"
            ) from None
        if self.encoding == "multipart":
            raise UserError(
                "the patch is an attachment: trailers can be put into a mail that has it in its body, "
                "as git send-email sends it"
            )
        if self.encoding == "base64" and self.decoded is not self.raw:
            written = self._base64(at, added)
        else:
            written = self._plain(at, added)
        wanted = diff.lines_of(self.data)
        wanted[at:at] = [line + b"\n" for line in added]
        if Body(written, self.encoding, self.charset).data != b"".join(wanted):
            raise UserError("the mail's encoding is damaged: trailers cannot be added without altering it")
        return written

    def _plain(self, at: int, added: Sequence[bytes]) -> bytes:
        starts, end = self._starts, self._end
        if self.encoding == "quoted-printable":
            added = [_quoted(line, end) for line in added]
        place = starts[at] if at < len(starts) else len(self.raw)
        return self.raw[:place] + b"".join(line + end for line in added) + self.raw[place:]

    @property
    def _end(self) -> bytes:
        return b"\r\n" if diff.lines_of(self.raw)[0].endswith(b"\r\n") else b"\n"

    @cached_property
    def _starts(self) -> list[int]:
        """Where in `raw` each line of `data` begins: in quoted-printable, "=" at an end joins two lines."""
        starts, position, joined = [], 0, False
        for line in diff.lines_of(self.raw):
            if not joined:
                starts.append(position)
            position += len(line)
            joined = self.encoding == "quoted-printable" and line.rstrip(b"\r\n \t").endswith(b"=")
        return starts

    def _base64(self, at: int, added: Sequence[bytes]) -> bytes:
        """All of it has to be written again; what it decodes to has only the lines more."""
        lines = diff.lines_of(self.decoded)
        end = b"\r\n" if lines[0].endswith(b"\r\n") else b"\n"
        lines[at:at] = [line + end for line in added]
        text = base64.b64encode(b"".join(lines))
        rows = [text[start : start + _BASE64_LINE] for start in range(0, len(text), _BASE64_LINE)]
        return b"".join(row + self._end for row in rows)


def _quoted(line: bytes, end: bytes) -> bytes:
    """One line in quoted-printable, with soft line breaks in the mail's own line ends."""
    return quopri.encodestring(line, quotetabs=False).rstrip(b"\n").replace(b"\n", end)
