# SPDX-License-Identifier: GPL-2.0-or-later
# bisectd with both compilers: every service of docker-compose.yml runs this image.
# The version of Python is the one that CI tests.
FROM python:3.11.13-slim-bookworm

# gcc is optional: zig, which requirements.lock pins, is the default compiler.
ARG COMPILERS="gcc-powerpc-linux-gnu gcc-powerpc64-linux-gnu"
RUN apt-get update -q \
    && apt-get install -y -q --no-install-recommends ca-certificates ${COMPILERS} \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 bisectd \
    && useradd --uid 10001 --gid bisectd --home-dir /var/lib/bisectd --shell /usr/sbin/nologin bisectd \
    && install -d -o bisectd -g bisectd -m 0750 /var/lib/bisectd

WORKDIR /opt/bisectd
ENV PIP_NO_CACHE_DIR=1
COPY requirements.lock ./
COPY scripts/setup.sh scripts/
RUN python -m venv .venv && .venv/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
COPY . .
RUN sh scripts/setup.sh requirements.lock

# The code belongs to root and may be on a read-only file system; what is written goes to these two places:
# /var/lib/bisectd (mirrors of repositories, to be kept) and /tmp (scratch).
ENV PATH=/opt/bisectd/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    XDG_DATA_HOME=/var/lib \
    XDG_CACHE_HOME=/tmp/cache
USER 10001:10001
VOLUME /var/lib/bisectd
EXPOSE 8377
CMD ["bisectd", "serve", "--host", "0.0.0.0"]
