# SPDX-License-Identifier: GPL-2.0-or-later
"""Telling others: webhooks and mail, from the outbox that events are written to.

A message is delivered at least once: it is taken, sent, and then noted as sent. docs/tracking.md says how a
webhook is checked by who gets it.
"""

import hashlib
import hmac
import ipaddress
import json
import re
import secrets
import smtplib
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import httpx

from bisectd.domain.errors import UserError
from bisectd.domain.jobs import Job, JobKind
from bisectd.domain.names import nearest
from bisectd.domain.tracking import EVENTS, JOB_DONE, Delivery, DeliveryState, Hook, HookKind
from bisectd.services.posting import TIMEOUT, Undelivered, check_literal, post
from bisectd.settings import Settings
from bisectd.store.store import Store, Transaction

ATTEMPTS = 8
FIRST_RETRY = 30.0  # seconds, at least; each one after it waits twice as long: the last comes after an hour
LEASE = 120.0  # seconds that a message belongs to who took it

_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9.-]{1,200}")


@dataclass(frozen=True)
class Delivered:
    """How a round went."""

    delivered: int = 0
    retried: int = 0
    failed: tuple[str, ...] = ()


# -- hooks --------------------------------------------------------------------------------------------------


def add_webhook(store: Store, url: str, events: Sequence[str]) -> Hook:
    """Add a webhook; its secret is new. UserError for what is no http(s) URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0 or not url.isprintable():
        raise UserError(f"{url!r} is no http:// or https:// URL")
    if parts.username is not None or parts.fragment:
        raise UserError("a webhook's URL holds no user, password or fragment: what is sent is signed")
    try:
        check_literal(parts.hostname)
    except Undelivered as error:
        raise UserError(str(error)) from None
    return _add(store, HookKind.WEBHOOK, url, events, secrets.token_hex(32))


def add_mail(store: Store, address: str, events: Sequence[str]) -> Hook:
    """Add a mail address. UserError for what is none."""
    if not _ADDRESS.fullmatch(address):
        raise UserError(f"{address!r} is no mail address like name@example.org")
    return _add(store, HookKind.MAIL, address, events, "")


def _add(store: Store, kind: HookKind, address: str, events: Sequence[str], secret: str) -> Hook:
    for event in events:
        if event not in EVENTS:
            raise UserError(f"unknown event {event!r}: {nearest(event, EVENTS)}")
    with store.begin() as tx:
        return tx.hooks.add(kind, address, tuple(dict.fromkeys(events)) or EVENTS, secret, time.time())


def announce_job(tx: Transaction, job: Job, now: float) -> int:
    """Write the messages that a job has come to its end, in the transaction that ends it; how many.

    None of those that the service asks itself: what they find has events of its own.
    """
    if job.asked.kind is JobKind.FOLLOW:
        return 0
    result = job.result or {}
    body = {
        "event": JOB_DONE,
        "created": now,
        "job": {
            "id": job.id,
            "kind": job.asked.kind.value,
            "state": job.state.value,
            "user": job.user,
            "repository": job.asked.repository,
            "probe": job.asked.probe,
            "target": job.asked.target,
            "outcome": result.get("outcome"),
            "commit": _found(result),
            "fixes": result.get("fixes"),
            "error": job.error,
        },
    }
    return tx.hooks.announce(JOB_DONE, body, now)


def _found(result: Mapping[str, Any]) -> dict[str, str] | None:
    """Id and subject of the commit that an answer names."""
    origin = result.get("origin") or {}
    named = result.get("culprit") or (origin if origin.get("outcome") == "culprit" else None)
    return {"id": named["commit"], "subject": named["subject"]} if named else None


# -- delivering ---------------------------------------------------------------------------------------------


def deliver(
    store: Store, settings: Settings, now: Callable[[], float] = time.time, limit: int = 100
) -> Delivered:
    """Send what is due, one after the other, at most `limit` messages; none more to a hook that fails."""
    delivered, retried, failed = 0, 0, []
    silent: set[int] = set()
    for _ in range(limit):
        with store.begin() as tx:
            taken = tx.hooks.claim(now(), now() + LEASE, 1, without=silent)
        if not taken:
            break
        hook, message = taken[0]
        error = _try(hook, message, settings, now())
        with store.begin() as tx:
            tx.hooks.settle(message.id, _outcome(message, error, now()))
        delivered += error is None
        silent |= {hook.id} if error else set()
        retried += error is not None and message.attempts < ATTEMPTS
        if error is not None and message.attempts >= ATTEMPTS:
            failed.append(f"{message.event} to {hook.address} given up after {ATTEMPTS} attempts: {error}")
    return Delivered(delivered, retried, tuple(failed))


def _try(hook: Hook, message: Delivery, settings: Settings, now: float) -> str | None:
    """Send; None where it was taken, else why it was not."""
    body = {**message.body, "url": link(message.body, settings.url)}
    try:
        if hook.kind is HookKind.WEBHOOK:
            _post(hook, message, json.dumps(body, sort_keys=True).encode(), now)
        else:
            _mail(hook, message, body, settings)
    except Undelivered as why:
        return str(why)
    return None


def _outcome(message: Delivery, error: str | None, now: float) -> dict[str, Any]:
    if error is None:
        return {"state": DeliveryState.DELIVERED, "finished": now, "error": None}
    if message.attempts >= ATTEMPTS:
        why = f"given up after {message.attempts} attempts: {error}"
        return {"state": DeliveryState.FAILED, "finished": now, "error": why}
    return {"due": now + FIRST_RETRY * 2 ** (message.attempts - 1), "error": error}


def link(body: Mapping[str, Any], url: str) -> str:
    """Where the server shows what a message tells of."""
    what = "job" if "job" in body else "regression"
    return f"{url.rstrip('/')}/{what}s/{body[what]['id']}"


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The value of X-Bisectd-Signature: HMAC-SHA256 of "TIMESTAMP.BODY" by the hook's secret."""
    mac = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"t={timestamp},v1={mac.hexdigest()}"


def _post(hook: Hook, message: Delivery, body: bytes, now: float) -> None:
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "bisectd",
        "X-Bisectd-Event": message.event,
        "X-Bisectd-Delivery": str(message.id),
        "X-Bisectd-Signature": signature(hook.secret, int(now), body),
    }
    code = post(hook.address, body, headers)
    if not httpx.codes.is_success(code):
        raise Undelivered(f"answered {code}" + (": redirects are not followed" if 300 <= code < 400 else ""))  # noqa: PLR2004


def _mail(hook: Hook, message: Delivery, body: Mapping[str, Any], settings: Settings) -> None:
    if settings.smtp is None:
        raise Undelivered("no mail server is set: BISECTD_SMTP=smtp://HOST[:PORT]")
    server = urlsplit(settings.smtp.get_secret_value())
    try:
        with _connection(server) as connection:
            if server.scheme != "smtps":
                _secure(connection, login=bool(server.username))
            if server.username:
                connection.login(unquote(server.username), unquote(server.password or ""))
            connection.send_message(_letter(hook, message, body, settings.mail_from))
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise Undelivered(f"{type(error).__name__}: {error}") from error


def _connection(server: SplitResult) -> smtplib.SMTP:
    host, port = server.hostname or "localhost", server.port or 0
    if server.scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, timeout=TIMEOUT)


def _secure(connection: smtplib.SMTP, *, login: bool) -> None:
    """Begin TLS where it is offered. Undelivered where a password would go over a network without.

    The certificate of a mail server on this machine is not checked: no network is in between.
    """
    connection.ehlo_or_helo_if_needed()
    here = _on_this_machine(connection)
    if connection.has_extn("starttls"):
        context = ssl.create_default_context()
        if here:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection.starttls(context=context)
    elif login and not here:
        raise Undelivered("the mail server offers no TLS, and without it gets no password: see BISECTD_SMTP")


def _on_this_machine(connection: smtplib.SMTP) -> bool:
    peer = connection.sock.getpeername()[0] if connection.sock else ""
    return ipaddress.ip_address(peer.partition("%")[0]).is_loopback


def _letter(hook: Hook, message: Delivery, body: Mapping[str, Any], sender: str) -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"] = sender, hook.address
    letter["Subject"] = f"[bisectd] {_subject(body)}"
    letter["Date"] = formatdate(message.created)
    letter["Message-ID"] = make_msgid(f"bisectd-{message.id}", sender.rpartition("@")[2] or "localhost")
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Bisectd-Event"] = message.event
    letter.set_content("".join(f"{line}\n" for line in _lines(body)))
    return letter


def _subject(body: Mapping[str, Any]) -> str:
    if "job" in body:
        job = body["job"]
        return f"job {job['id']} {job['state']}"
    one = body["regression"]
    return _plain(f"{body['event'].rpartition('.')[2]} on {body['branch']}: {one['subject']}")


def _lines(body: Mapping[str, Any]) -> list[str]:
    """What a letter says."""
    said = _of_job(body["job"]) if "job" in body else _of_regression(body)
    return [_plain(line) for line in (*said, "", body["url"])]


def _of_job(job: Mapping[str, Any]) -> list[str]:
    said = [f"Job {job['id']} ({job['kind']}, {job['repository']}) is {job['state']}."]
    if commit := job.get("commit"):  # messages of earlier versions have none
        said.append(f"{job['outcome'] or 'introduced by'}: {commit['id'][:12]} {commit['subject']}")
    elif job["outcome"]:
        said.append(job["outcome"])
    return [*said, *(line for line in (job.get("fixes"), job["error"]) if line)]


def _of_regression(body: Mapping[str, Any]) -> list[str]:
    one, what = body["regression"], body["event"].rpartition(".")[2]
    release = f"first in {one['release']}" if one["release"] else "in no release"
    return [
        f"Regression {one['id']} in {one['repository']}: {what} on {body['branch']}",
        f"by {body['commit']} ({body['detail']}).",
        "",
        f"Introduced by {one['introduced']} ({one['subject']}), {release}.",
        *([f"Fixed by {one['fixed']} ({one['fixed_subject']})."] if one["fixed"] else []),
        one["reason"],
        "",
        *([one["fixes"]] if one["fixes"] else []),
    ]


def _plain(text: str) -> str:
    """One line without control characters."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
