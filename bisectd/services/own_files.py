# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of the user's, read once: their text travels to the workers, so that all of them read the same."""

from pathlib import Path

from bisectd.domain.errors import UserError

_LONGEST = 1 << 20  # bytes


def read_text(kind: str, path: str, advice: str) -> str:
    """The text of a file. `kind` is what messages call it, `advice` what to do where it is empty."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(_LONGEST + 1)
        text = data.decode()
    except (OSError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise UserError(f"{kind} file {path} is no text in UTF-8") from None
        reason = error.strerror if isinstance(error, OSError) else "no file can have that name"
        raise UserError(f"cannot read {kind} file {path}: {reason}") from error
    if len(data) > _LONGEST:
        raise UserError(f"{kind} file {path} is longer than 1 MiB")
    if not text.strip():
        raise UserError(f"{kind} file {path} is empty: {advice}")
    return text
