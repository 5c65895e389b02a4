# SPDX-License-Identifier: GPL-2.0-or-later
"""A commit's message as text, whatever its author's editor wrote."""


def message(commit: bytes) -> str:
    """The message of a raw commit object, decoded by its `encoding` header.

    Without one git says UTF-8; where the bytes are something else, or the header names nothing known, they
    are read as Latin-1, which never fails and is what git's own mail tools guess.
    """
    header, _, body = commit.partition(b"\n\n")
    encodings = [
        line.removeprefix(b"encoding ").decode("ascii", "replace").strip()
        for line in header.split(b"\n")
        if line.startswith(b"encoding ")
    ]
    for encoding in (*encodings, "utf-8"):
        try:
            return body.decode(encoding)
        except (LookupError, ValueError):  # unknown, or not text in that encoding
            continue
    return body.decode("latin-1")
