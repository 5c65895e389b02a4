# SPDX-License-Identifier: GPL-2.0-or-later
"""Messages to hooks, against real HTTP and mail servers on loopback. Time is given, not waited for."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bisectd.domain.errors import UserError
from bisectd.domain.jobs import Asked, Job, JobKind, JobState
from bisectd.domain.tracking import EVENTS, Backlog, DeliveryState, HookKind
from bisectd.services import hooks, posting
from bisectd.services.hooks import (
    ATTEMPTS,
    FIRST_RETRY,
    LEASE,
    Delivered,
    add_mail,
    add_webhook,
    announce_job,
    deliver,
)
from bisectd.settings import settings
from bisectd.store.store import Store
from tests.support.certificates import certificate
from tests.support.sinks import mail_sink, web_sink

NOW = 2_000_000_000.0
EVENT = {
    "event": "regression.opened",
    "branch": "main",
    "commit": "c" * 40,
    "detail": "fpu-giveup-fe on pmac32",
    "created": NOW,
    "regression": {
        "id": 7,
        "repository": "linux",
        "state": "open",
        "introduced": "c" * 40,
        "subject": "powerpc:\x07Break it",
        "fixes": 'Fixes: cccccccccccc ("powerpc: Break it")',
        "reason": "MSR: FP, expected none",
        "release": None,
        "fixed": None,
        "fixed_subject": None,
    },
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(str(tmp_path / "x.db")) as opened:
        yield opened


def announce(store: Store, body: dict[str, Any] = EVENT) -> int:
    with store.begin() as tx:
        return tx.hooks.announce(body["event"], body, NOW)


def send(store: Store, now: float = NOW, **given: object) -> Delivered:
    return deliver(store, settings(**given), lambda: now)


def states(store: Store) -> list[tuple[DeliveryState, int, str | None]]:
    with store.read() as tx:
        return [(one.state, one.attempts, one.error) for one in tx.hooks.deliveries()]


def test_a_webhook_is_signed_and_delivered_once(store: Store) -> None:
    with web_sink() as web:
        hook = add_webhook(store, web.url, [])
        assert announce(store) == 1
        assert send(store, url="https://bisectd.example.org/") == Delivered(delivered=1)
        assert send(store) == Delivered()
    (message,) = web.received
    assert message.headers["X-Bisectd-Event"] == "regression.opened"
    assert message.headers["X-Bisectd-Signature"].startswith(f"t={int(NOW)},v1=")
    assert message.verified(hook.secret)
    assert not message.verified(hook.secret[::-1])
    assert message.body == {**EVENT, "url": "https://bisectd.example.org/regressions/7"}


def test_only_who_wants_an_event_gets_it(store: Store) -> None:
    with web_sink() as web:
        add_webhook(store, web.url, ["regression.fixed"])
        assert announce(store) == 0
        assert announce(store, {**EVENT, "event": "regression.fixed"}) == 1
        assert send(store).delivered == 1


def test_a_failure_is_tried_again_later_and_later(store: Store) -> None:
    with web_sink(500, 503) as web:
        add_webhook(store, web.url, [])
        announce(store)
        assert send(store) == Delivered(retried=1)
        assert states(store) == [(DeliveryState.QUEUED, 1, "answered 500")]
        assert send(store, NOW + FIRST_RETRY - 1) == Delivered()
        assert send(store, NOW + FIRST_RETRY) == Delivered(retried=1)
        second = NOW + FIRST_RETRY + 2 * FIRST_RETRY
        assert send(store, second - 1) == Delivered()
        assert send(store, second) == Delivered(delivered=1)
    assert states(store) == [(DeliveryState.DELIVERED, 3, None)]
    assert len({message.headers["X-Bisectd-Delivery"] for message in web.received}) == 1


def test_it_gives_up_after_the_limit_and_says_so(store: Store) -> None:
    with web_sink(*[500] * ATTEMPTS) as web:
        add_webhook(store, web.url, [])
        announce(store)
        now, rounds = NOW, []
        for attempt in range(ATTEMPTS):
            rounds.append(send(store, now))
            now += FIRST_RETRY * 2**attempt
        assert [found.retried for found in rounds] == [1] * (ATTEMPTS - 1) + [0]
        assert rounds[-1].failed == (
            f"regression.opened to {web.url} given up after {ATTEMPTS} attempts: answered 500",
        )
        assert send(store, now * 2) == Delivered()
    ((state, attempts, error),) = states(store)
    assert (state, attempts) == (DeliveryState.FAILED, ATTEMPTS)
    assert error == f"given up after {ATTEMPTS} attempts: answered 500"


def test_what_was_not_taken_is_shown_from_the_first_failure_on(store: Store) -> None:
    with web_sink(500, 503) as web:
        hook = add_webhook(store, web.url, [])
        for _ in range(60):
            announce(store)
        with store.read() as tx:
            assert tx.hooks.backlog(hook.id) == Backlog(waiting=60, next=NOW)
        send(store)
        send(store, NOW + 1)
        with store.read() as tx:
            assert tx.hooks.backlog(hook.id) == Backlog(60, 0, "answered 503", NOW)
        while send(store, NOW + 2).delivered:  # all others
            pass
        with store.read() as tx:
            assert tx.hooks.backlog(hook.id) == Backlog(2, 0, "answered 503", NOW + FIRST_RETRY)
        assert send(store, NOW + 2 * FIRST_RETRY).delivered == 2
        with store.read() as tx:
            assert tx.hooks.backlog(hook.id) == Backlog()


def test_a_redirect_is_not_followed(store: Store) -> None:
    with web_sink(302) as web:
        add_webhook(store, web.url, [])
        announce(store)
        assert send(store).retried == 1
        assert [message.path for message in web.received] == ["/hook"]
    assert states(store)[0][2] == "answered 302: redirects are not followed"


def test_who_does_not_answer_keeps_nobody_else_waiting(store: Store) -> None:
    with web_sink(500) as broken, web_sink() as working:
        add_webhook(store, broken.url, [])
        add_webhook(store, working.url, [])
        announce(store)
        announce(store)
        assert send(store) == Delivered(delivered=2, retried=1)
        assert (len(broken.received), len(working.received)) == (1, 2)
        assert send(store) == Delivered(delivered=1)


def test_nobody_there(store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    add_webhook(store, f"http://127.0.0.1:{port}/", [])
    announce(store)
    assert send(store).retried == 1
    assert "ConnectError" in (states(store)[0][2] or "")


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "2852039166",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::a9fe:a9fe]",
        "[2002:a9fe:a9fe::]",
        "[::a9fe:a9fe]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[::]",
        "224.0.0.1",
    ],
)
def test_addresses_that_serve_the_machine_itself_get_nothing(store: Store, address: str) -> None:
    """They are refused at once; and where a hook has one all the same, as where a name becomes one, later."""
    url = f"http://{address}/latest/meta-data"
    with pytest.raises(UserError, match="where no webhook is sent to"):
        add_webhook(store, url, [])
    with store.begin() as tx:
        assert tx.hooks.all() == []
        tx.hooks.add(HookKind.WEBHOOK, url, EVENTS, "secret", NOW)
    announce(store)
    assert send(store).retried == 1
    assert "where no webhook is sent to" in (states(store)[0][2] or "")


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "10.0.0.1", "64:ff9b::a00:1", "fd00::1", "2001:db8::1"]
)
def test_other_addresses_of_the_own_network_are_allowed(address: str) -> None:
    assert posting.addresses(address) == [address]


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Let hook.example stand for these addresses, one after the other; who asked."""
    real, asked = socket.getaddrinfo, []

    def resolve(host: Any, *args: Any, **options: Any) -> Any:
        literal = (
            options.get("flags", 0) & socket.AI_NUMERICHOST
        )  # a name is none, and nobody is asked for it
        if host in {"hook.example", b"hook.example"} and not literal:
            asked.append("hook.example")
            host = answers[min(len(asked), len(answers)) - 1]
        return real(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


def test_the_address_that_was_checked_is_connected_to(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = resolving(monkeypatch, "127.0.0.1", "169.254.169.254")
    with web_sink() as web:
        add_webhook(store, web.url.replace("127.0.0.1", "hook.example"), [])
        announce(store)
        assert send(store) == Delivered(delivered=1)
    assert asked == ["hook.example"]
    assert web.received[0].headers["Host"] == f"hook.example:{web.server_port}"


def test_a_name_with_several_addresses_needs_one_that_answers(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda _, *args, **more: [*real("::1", *args, **more), *real("127.0.0.1", *args, **more)],
    )
    with web_sink() as web:  # listens on 127.0.0.1 only
        add_webhook(store, web.url.replace("127.0.0.1", "hook.example"), [])
        announce(store)
        assert send(store) == Delivered(delivered=1)


@pytest.mark.parametrize(("name", "taken"), [("hook.example", True), ("somebody.else", False)])
def test_a_receiver_with_tls_must_be_who_the_url_names(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, taken: bool
) -> None:
    file, context = certificate(tmp_path, name)
    monkeypatch.setattr("certifi.where", lambda: str(file))
    resolving(monkeypatch, "127.0.0.1")
    with web_sink() as web:
        web.socket = context.wrap_socket(web.socket, server_side=True)
        add_webhook(store, f"https://hook.example:{web.server_port}/hook", [])
        announce(store)
        assert send(store).delivered == taken
    assert len(web.received) == taken
    assert taken or "CERTIFICATE_VERIFY_FAILED" in (states(store)[0][2] or "")


def test_a_receiver_that_drips_is_left(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "DEADLINE", 1.0)
    over = threading.Event()

    def drip(server: socket.socket) -> None:
        client, _ = server.accept()
        with client, suppress(OSError):
            client.recv(65536)
            client.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while not over.wait(0.1):
                client.sendall(b"a")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,))
        thread.start()
        add_webhook(store, f"http://127.0.0.1:{server.getsockname()[1]}/", [])
        announce(store)
        begun = time.monotonic()
        try:
            assert send(store) == Delivered(retried=1)
        finally:
            over.set()
            thread.join()
    assert time.monotonic() - begun < posting.TIMEOUT
    assert states(store)[0][2] == "no answer within 1 seconds"


def test_what_a_deliverer_took_and_did_not_finish_is_taken_again(store: Store) -> None:
    with web_sink() as web:
        add_webhook(store, web.url, [])
        announce(store)
        with store.begin() as tx:
            assert len(tx.hooks.claim(NOW, NOW + LEASE, 10)) == 1
        assert send(store) == Delivered()
        assert send(store, NOW + LEASE) == Delivered(delivered=1)


def test_mail(store: Store) -> None:
    with mail_sink() as mail:
        add_mail(store, "powerpc@example.org", [])
        announce(store)
        assert send(store, smtp=mail.url, mail_from="bisectd@example.org").delivered == 1
    (letter,) = mail.received
    assert (letter["From"], letter["To"]) == ("bisectd@example.org", "powerpc@example.org")
    assert letter["Subject"] == "[bisectd] opened on main: powerpc: Break it"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert 'Fixes: cccccccccccc ("powerpc: Break it")' in letter.get_content().splitlines()
    assert letter.get_content().rstrip().endswith("/regressions/7")


def login(url: str) -> str:
    return url.replace("://", "://user:hunter2@").replace("127.0.0.1", "localhost")


@pytest.mark.parametrize("name", ["localhost", "somebody.else"])
@pytest.mark.parametrize("how", ["smtps", "starttls"])
def test_a_password_goes_to_the_mail_server_that_was_named_and_to_no_other(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, name: str
) -> None:
    file, context = certificate(tmp_path, name)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    monkeypatch.setattr(hooks, "_on_this_machine", lambda _: False)
    add_mail(store, "powerpc@example.org", [])
    announce(store)
    with mail_sink(**{how: context}) as mail:
        sent = send(store, smtp=login(mail.url)).delivered
    named = name == "localhost"
    assert (sent, mail.passwords) == ((1, [b"hunter2"]) if named else (0, []))
    assert named or "CERTIFICATE_VERIFY_FAILED" in (states(store)[0][2] or "")


def test_a_password_goes_over_no_network_without_tls(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    add_mail(store, "powerpc@example.org", [])
    announce(store)
    with mail_sink() as mail:
        with monkeypatch.context() as patch:
            patch.setattr(hooks, "_on_this_machine", lambda _: False)
            assert send(store, smtp=login(mail.url)).retried == 1
        assert "without it gets no password" in (states(store)[0][2] or "")
        assert mail.passwords == []
        assert send(store, NOW + FIRST_RETRY, smtp=login(mail.url)).delivered == 1  # on loopback it may
    assert mail.passwords == [b"hunter2"]


def test_a_mail_server_on_this_machine_needs_no_certificate(store: Store, tmp_path: Path) -> None:
    add_mail(store, "powerpc@example.org", [])
    announce(store)
    with mail_sink(starttls=certificate(tmp_path, "snakeoil")[1]) as mail:
        assert send(store, smtp=login(mail.url)).delivered == 1


def test_mail_without_a_server_waits_for_one(store: Store) -> None:
    add_mail(store, "powerpc@example.org", [])
    announce(store)
    assert send(store).retried == 1
    assert "BISECTD_SMTP" in (states(store)[0][2] or "")
    with mail_sink() as mail:
        assert send(store, NOW + FIRST_RETRY, smtp=mail.url).delivered == 1


def test_a_job_that_is_done(store: Store) -> None:
    asked = Asked(JobKind.BISECT, "linux", "zig", "fpu-giveup-fe", "pmac32")
    fixes = f'Fixes: {"c" * 12} ("powerpc: Break it")'
    culprit = {"commit": "c" * 40, "subject": "powerpc: Break it", "upstream": None}
    result = {"outcome": "culprit", "culprit": culprit, "fixes": fixes}
    job = Job(3, asked, "noor", JobState.DONE, 0, "", {}, result, None, NOW, NOW, NOW, 4)
    with web_sink() as web, mail_sink() as mail:
        add_webhook(store, web.url, ["job.done"])
        add_mail(store, "noor@example.org", ["job.done"])
        with store.begin() as tx:
            assert announce_job(tx, job, NOW) == 2
        assert send(store, smtp=mail.url).delivered == 2
    assert web.received[0].body["job"]["outcome"] == "culprit"
    assert web.received[0].body["url"] == f"{settings().url}/jobs/3"
    assert web.received[0].body["job"]["commit"] == {"id": "c" * 40, "subject": "powerpc: Break it"}
    assert web.received[0].body["job"]["fixes"] == fixes
    assert mail.received[0]["Subject"] == "[bisectd] job 3 done"
    lines = mail.received[0].get_content().splitlines()
    assert lines[:3] == ["Job 3 (bisect, linux) is done.", f"culprit: {'c' * 12} powerpc: Break it", fixes]


def test_a_job_of_the_service_itself_is_nobodys_news(store: Store) -> None:
    add_mail(store, "noor@example.org", ["job.done"])
    asked = Asked(JobKind.FOLLOW, "linux", "zig", branch=1, branch_name="main")
    job = Job(3, asked, "bisectd", JobState.DONE, 0, "", {}, {}, None, NOW, NOW, NOW, 4)
    with store.begin() as tx:
        assert announce_job(tx, job, NOW) == 0
    assert states(store) == []


def test_a_message_is_lost_with_the_transaction_of_its_event(store: Store) -> None:
    add_mail(store, "noor@example.org", list(EVENTS))
    with suppress(KeyboardInterrupt), store.begin() as tx:
        assert tx.hooks.announce("job.done", {}, NOW) == 1
        raise KeyboardInterrupt
    assert states(store) == []
