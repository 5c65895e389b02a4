# SPDX-License-Identifier: GPL-2.0-or-later
"""Who is told of what, and the outbox of messages to them."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from bisectd.domain.tracking import Delivery, DeliveryState, Hook, HookKind
from bisectd.store.tables.tracking import DeliveryRow, HookRow


class Hooks:
    """The tables `hooks` and `deliveries`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, kind: HookKind, address: str, events: tuple[str, ...], secret: str, now: float) -> Hook:
        """Add a hook."""
        values = {
            "kind": kind,
            "address": address,
            "events": list(events),
            "secret": secret,
            "created": now,
        }
        number = self._session.scalars(insert(HookRow).returning(HookRow.id), [values]).one()
        return Hook(number, kind, address, events, secret, now)

    def all(self) -> list[Hook]:
        """All of them, oldest first."""
        return [_hook(row) for row in self._session.scalars(select(HookRow).order_by(HookRow.id))]

    def get(self, hook: int) -> Hook | None:
        """By number."""
        row = self._session.get(HookRow, hook)
        return _hook(row) if row else None

    def remove(self, hook: int) -> bool:
        """Remove a hook and its messages; whether it was there."""
        there = self._session.get(HookRow, hook) is not None
        self._session.execute(delete(DeliveryRow).filter_by(hook_id=hook))
        self._session.execute(delete(HookRow).filter_by(id=hook))
        return there

    def announce(self, event: str, body: Mapping[str, Any], now: float) -> int:
        """Write a message for every hook that wants the event, in the event's own transaction; how many."""
        rows = [
            {
                "hook_id": hook.id,
                "event": event,
                "body": dict(body),
                "state": DeliveryState.QUEUED,
                "attempts": 0,
                "due": now,
                "created": now,
            }
            for hook in self.all()
            if event in hook.events
        ]
        if rows:
            self._session.execute(insert(DeliveryRow), rows)
        return len(rows)

    def claim(
        self, now: float, until: float, limit: int, *, without: Collection[int] = ()
    ) -> list[tuple[Hook, Delivery]]:
        """Take messages that are due: nobody else gets them before `until`. Each counts as an attempt.

        `without`: none to these hooks.
        """
        rows = self._session.scalars(
            select(DeliveryRow)
            .where(DeliveryRow.state == DeliveryState.QUEUED, DeliveryRow.due <= now)
            .where(DeliveryRow.hook_id.not_in(without))
            .order_by(DeliveryRow.due, DeliveryRow.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            row.due = until
            row.attempts += 1
        hooks = {hook.id: hook for hook in self.all()}
        self._session.flush()
        return [(hooks[row.hook_id], _delivery(row)) for row in rows]

    def settle(self, delivery: int, values: Mapping[str, Any]) -> None:
        """Set columns of a message: delivered, to be tried again, or given up."""
        self._session.execute(update(DeliveryRow).filter_by(id=delivery).values(**values))

    def deliveries(
        self,
        hook: int | None = None,
        state: DeliveryState | None = None,
        limit: int = 50,
        before: int | None = None,
    ) -> list[Delivery]:
        """Messages, the newest first; `before`: those with smaller numbers, for the next page."""
        rows = select(DeliveryRow).order_by(DeliveryRow.id.desc()).limit(limit)
        if hook is not None:
            rows = rows.where(DeliveryRow.hook_id == hook)
        if state is not None:
            rows = rows.where(DeliveryRow.state == state)
        if before is not None:
            rows = rows.where(DeliveryRow.id < before)
        return [_delivery(row) for row in self._session.scalars(rows)]

    def count(self, hook: int, state: DeliveryState) -> int:
        """How many messages to a hook are in a state."""
        rows = select(func.count()).select_from(DeliveryRow).filter_by(hook_id=hook, state=state)
        return self._session.scalar(rows) or 0


def _hook(row: HookRow) -> Hook:
    return Hook(row.id, row.kind, row.address, tuple(row.events), row.secret, row.created)


def _delivery(row: DeliveryRow) -> Delivery:
    return Delivery(
        id=row.id,
        hook=row.hook_id,
        event=row.event,
        body=row.body,
        state=row.state,
        attempts=row.attempts,
        due=row.due,
        error=row.error,
        created=row.created,
        finished=row.finished,
    )
