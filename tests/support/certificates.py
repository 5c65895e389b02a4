# SPDX-License-Identifier: GPL-2.0-or-later
"""Certificates for servers on loopback, that nobody vouches for unless told to."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest


def certificate(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """A self-signed certificate for a name, and what a server needs to show it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificates")
    key, file = folder / f"{name}.key", folder / f"{name}.crt"
    command = f"openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN={name} -keyout {key} -out {file}"
    names = ("-addext", f"subjectAltName=DNS:{name}")
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return file, context
