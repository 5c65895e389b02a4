# SPDX-License-Identifier: GPL-2.0-or-later
"""A job's progress as server-sent events."""

import json
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Annotated, Any

import anyio
from anyio import CapacityLimiter, to_thread
from fastapi import Header, Request
from fastapi.responses import StreamingResponse

from bisectd.domain.errors import MachineError
from bisectd.services.watching import Event, Watch
from bisectd.web.api.jobs import Number
from bisectd.web.api.routing import router as new_router
from bisectd.web.auth import Forbidden, Reader, Unauthorized, bearer, reader
from bisectd.web.context import Here
from bisectd.web.openapi import errors

router = new_router("jobs")

SOON, LATE = 0.2, 1.0  # seconds between two looks, while something happens and when nothing does
HEARTBEAT = 15.0  # seconds without an event after which proxies are told that the stream lives
_LOOKERS = 4  # looks at once, of all streams: requests have the other threads
_MEDIA = "text/event-stream"
_STREAM: dict[str, Any] = {
    "description": "events `step`, `job` and `end`; each `id` is the number of the latest step",
    "content": {
        _MEDIA: {
            "itemSchema": {  # of OpenAPI 3.2
                "type": "object",
                "required": ["id", "event", "data"],
                "properties": {
                    "id": {"type": "string", "pattern": "^[0-9]+$"},
                    "event": {"enum": ["step", "job", "end"]},
                    "data": {"type": "string", "contentMediaType": "application/json"},
                },
            }
        }
    },
}


class EventStream(StreamingResponse):
    """Server-sent events."""

    media_type = _MEDIA


@router.get(
    "/jobs/{job}/events",
    operation_id="follow_job",
    response_class=EventStream,
    responses={HTTPStatus.OK.value: _STREAM, **errors(HTTPStatus.NOT_FOUND)},
)
def follow_job(
    request: Request,
    here: Here,
    _: Reader,
    job: Number,
    last_event_id: Annotated[str, Header(alias="Last-Event-ID", pattern="^[0-9]{1,18}$")] = "0",
) -> EventStream:
    """What a job comes to know, as it does: `job` at first and when it changes, `step`, at last `end`.

    Last-Event-ID goes on after a stream that broke.
    """
    with here.store.read() as tx:
        tx.jobs.brief(job)
    watch = Watch(here.store, job, int(last_event_id))
    authorization = request.headers.get("Authorization")

    def look() -> list[Event]:
        reader(here, bearer(here, authorization))  # a token may end before the stream does
        return watch.look()

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventStream(_events(watch, look, _limiter(request)), headers=headers)


async def _events(
    watch: Watch, look: Callable[[], list[Event]], limiter: CapacityLimiter
) -> AsyncIterator[str]:
    """The stream. Between two looks it holds nothing: no thread, no connection to the database."""
    yield "retry: 2000\n\n"
    pause, silent = SOON, 0.0
    while True:
        try:
            events = await to_thread.run_sync(look, limiter=limiter)
        except (MachineError, Unauthorized, Forbidden):
            return  # the client comes back with Last-Event-ID, and hears why
        for event in events:
            yield _written(event)
        if watch.ended:
            return
        pause, silent = (SOON, 0.0) if events else (min(pause * 1.5, LATE), silent + pause)
        if silent >= HEARTBEAT:
            yield ": still here\n\n"
            silent = 0.0
        await anyio.sleep(pause)


def _written(event: Event) -> str:
    return f"id: {event.last}\nevent: {event.name}\ndata: {json.dumps(event.document)}\n\n"


def _limiter(request: Request) -> CapacityLimiter:
    """One for all streams of the application."""
    state = request.app.state
    if not hasattr(state, "lookers"):
        state.lookers = CapacityLimiter(_LOOKERS)
    found: CapacityLimiter = state.lookers
    return found
