#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: setup.sh LOCKFILE
# Makes .venv in the checkout, installs what LOCKFILE pins (hashes checked) and bisectd itself, editable.
set -eu
lock=$1

python=
for candidate in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "bisectd needs Python 3.11 or newer: install it, or name one with PYTHON=/path/to/python3" >&2
    exit 1
fi

if command -v uv >/dev/null 2>&1; then
    [ -x .venv/bin/python ] || uv venv -q --python "$python" .venv
    uv pip install -q --compile-bytecode --python .venv/bin/python --require-hashes -r "$lock"
else
    # Debian's python3 comes without ensurepip; its own pip, where there is one, can fill the environment.
    [ -x .venv/bin/python ] || "$python" -m venv .venv 2>/dev/null || "$python" -m venv --without-pip .venv
    if [ -x .venv/bin/pip ]; then
        .venv/bin/pip install -q --disable-pip-version-check --require-hashes -r "$lock"
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m pip --python .venv/bin/python install -q --disable-pip-version-check --require-hashes -r "$lock"
    else
        echo "$python has neither ensurepip nor pip: install uv, pip, or python3-venv, then run make again" >&2
        exit 1
    fi
fi

# bisectd itself needs no build: a path file puts the checkout on the module path, a script starts the CLI.
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
pwd > "$site/bisectd.pth"
cat > .venv/bin/bisectd <<EOF
#!$(pwd)/.venv/bin/python
import sys

from bisectd.cli.main import run

if __name__ == "__main__":
    sys.exit(run())
EOF
chmod +x .venv/bin/bisectd

# A warm answer takes under two seconds, also where Python may not write its bytecode on the way.
.venv/bin/python -m compileall -q bisectd emulator migrations workers
