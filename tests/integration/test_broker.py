# SPDX-License-Identifier: GPL-2.0-or-later
"""Messages through a real Redis, in this process."""

from contextlib import suppress

from kombu import Exchange, Queue

from bisectd.settings import Settings
from tests.support.servers import Redis
from workers import broker


def test_a_connection_that_was_lost_with_a_message_under_way_can_be_closed(redis: Redis) -> None:
    """Celery closes it twice, and first reads what Redis still owes it."""
    app = broker.application(Settings.model_validate({"broker": redis.url}))
    queue = Queue("one")
    told_all = Queue("two", Exchange("two", "fanout"), auto_delete=True)  # as Celery is reached by all
    with app.connection_for_write() as connection:
        connection.Producer().publish({"task": 1}, routing_key=queue.name, declare=[queue])
    connection = app.connection_for_read()
    taken: list[object] = []
    connection.Consumer(queue, on_message=taken.append).consume()  # which does not acknowledge it
    connection.Consumer(told_all, channel=connection.channel()).consume()
    while not taken:
        connection.drain_events(timeout=10)
    with suppress(TimeoutError):
        while True:
            connection.drain_events(timeout=0.1)  # shorter than Redis is asked to wait for the next one
    redis.stop()
    connection.collect()
    connection.close()
    redis.start()
    with app.connection_for_read() as again:
        again.ensure_connection(max_retries=1)
