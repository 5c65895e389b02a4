# SPDX-License-Identifier: GPL-2.0-or-later
"""Results of compiles, and the sets of paths by which they are found."""

import hashlib
import json
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bisectd.domain.compiled import Failure, Output, PathSet, Result
from bisectd.store.dialect import insert, lock
from bisectd.store.tables.facts import ObjectRow, PathSetRow


class Objects:
    """The tables `objects` and `path_sets`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def path_sets(self, scope: str, skip: int) -> Sequence[PathSet]:
        """The different path sets of a scope, in the order in which they came, without the first `skip`."""
        rows = select(PathSetRow.paths).filter_by(scope=scope).order_by(PathSetRow.id).offset(skip)
        return [tuple(paths) for paths in self._session.scalars(rows)]

    def get(self, key: str) -> Result | None:
        """The result stored under an object key."""
        columns = (ObjectRow.data, ObjectRow.reason, ObjectRow.log)
        row = self._session.execute(select(*columns).where(ObjectRow.key == key)).one_or_none()
        if row is None:
            return None
        data, reason, log = row
        return Failure(reason or "", log or "") if data is None else Output(data)

    def put(self, scope: str, key: str, paths: PathSet, result: Result) -> None:
        """Store a result and its path set. What is stored under the key already stays: it is the same."""
        values = {"key": key, "path_set_id": self._path_set(scope, paths), "created": time.time()}
        self._session.execute(insert(ObjectRow, self._session).values(**values, **_columns(result)))

    def _path_set(self, scope: str, paths: PathSet) -> int:
        digest = hashlib.sha256(json.dumps(paths).encode()).hexdigest()
        found = select(PathSetRow.id).filter_by(scope=scope, digest=digest)
        known = self._session.scalar(found)
        if known is not None:
            return known
        lock(self._session, f"path sets of {scope}")  # readers skip what they know: ids rise as sets appear
        values = {"scope": scope, "digest": digest, "paths": list(paths)}
        self._session.execute(insert(PathSetRow, self._session).values(**values))
        return self._session.scalars(found).one()


def _columns(result: Result) -> dict[str, Any]:
    match result:
        case Output(data):
            return {"data": data, "reason": None, "log": None}
        case Failure(reason, log):
            return {"data": None, "reason": reason, "log": log}
