# SPDX-License-Identifier: GPL-2.0-or-later
"""Column types beyond SQL's own."""

import json
import zlib
from typing import Any

from sqlalchemy import Dialect, LargeBinary, Text
from sqlalchemy.types import TypeDecorator


class PackedJson(TypeDecorator[Any]):
    """JSON, deflated (zlib): lists of hundreds of paths, which are only ever read whole."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Pack."""
        return None if value is None else zlib.compress(json.dumps(value).encode())

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Unpack."""
        return None if value is None else json.loads(zlib.decompress(value))


class PackedBytes(TypeDecorator[bytes]):
    """Bytes, deflated (zlib, quickest level: object files with debug information shrink to a third)."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Pack."""
        return None if value is None else zlib.compress(value, zlib.Z_BEST_SPEED)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Unpack."""
        return None if value is None else zlib.decompress(value)


class AnyText(TypeDecorator[str]):
    """Text that somebody else wrote: what a database cannot hold (NUL, lone surrogates) is stored escaped."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Escape."""
        if value is None:
            return None
        return value.replace("\0", "\\x00").encode(errors="backslashreplace").decode()
