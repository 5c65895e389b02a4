# SPDX-License-Identifier: GPL-2.0-or-later
"""One POST to a receiver that may be slow, broken or hostile: bounded in time, and not just to anywhere.

The address that was checked is the one that is connected to: a name may mean another one a moment later.
"""

import ipaddress
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

import anyio
import httpx
from anyio import to_thread

TIMEOUT = 10.0  # seconds that a receiver may be silent
DEADLINE = 20.0  # seconds that all of it may take, however much the receiver says

# Services of clouds that give away a machine's credentials, where these are not link-local.
_METADATA = frozenset(map(ipaddress.ip_address, ("fd00:ec2::254", "fd20:ce::254")))
# Networks whose addresses stand for the IPv4 address in their last four bytes: v4-compatible, NAT64.
_EMBEDDING = tuple(map(ipaddress.IPv6Network, ("::/96", "64:ff9b::/96", "64:ff9b:1::/48")))


class Undelivered(Exception):
    """A receiver did not take a message; why, in one line."""


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The code of the answer; nothing else of it is read. Undelivered where there is none."""
    try:
        return anyio.run(_post, url, body, headers)
    except TimeoutError:
        raise Undelivered(f"no answer within {DEADLINE:g} seconds") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise Undelivered(f"{type(error).__name__}: {error}".rstrip(": ")) from error


async def _post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    named = httpx.URL(url)
    host = named.raw_host.decode("ascii")

    async def send(address: str) -> int:
        async with client.stream(
            "POST",
            named.copy_with(host=address),
            content=body,
            headers={**headers, "Host": named.netloc.decode("ascii")},
            extensions={"sni_hostname": host},
        ) as answer:
            return answer.status_code

    with anyio.fail_after(DEADLINE):
        *others, last = await to_thread.run_sync(addresses, host, abandon_on_cancel=True)
        async with httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
            for address in others:
                with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                    return await send(address)
            return await send(last)


def addresses(host: str) -> list[str]:
    """What a name stands for. Undelivered where any of it is an address that no webhook goes to."""
    try:
        places = _places(host)
    except (OSError, UnicodeError) as error:
        raise Undelivered(f"cannot resolve {host}: {error}") from error
    _check(host, places)
    return places


def check_literal(host: str) -> None:
    """Undelivered where the host is such an address itself. What a name stands for is looked at later."""
    with suppress(OSError, UnicodeError):
        _check(host, _places(host, socket.AI_NUMERICHOST))


def _places(host: str, flags: int = 0) -> list[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=flags)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def _check(host: str, places: Iterable[str]) -> None:
    for place in places:
        for address in _meant(ipaddress.ip_address(place.partition("%")[0])):
            if (
                address.is_link_local  # serves the machine itself: where it runs in a cloud, its credentials
                or address.is_multicast
                or address.is_unspecified
                or address in _METADATA
            ):
                raise Undelivered(f"{host} is {address}, where no webhook is sent to")


def _meant(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> Iterator[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """The IPv4 addresses that an IPv6 address stands for in one way or another, and itself."""
    if isinstance(address, ipaddress.IPv6Address):
        yield from filter(None, (address.ipv4_mapped, address.sixtofour))
        if any(address in network for network in _EMBEDDING) and int(address) > 1:  # :: and ::1 are their own
            yield ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    yield address
