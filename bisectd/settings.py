# SPDX-License-Identifier: GPL-2.0-or-later
"""What a server and its workers are told by their environment, or by a file of the same names.

BISECTD_DB, BISECTD_BROKER and so on; BISECTD_SETTINGS names the file (KEY=value lines). An option of the
command line goes before the environment, the environment before the file.
"""

import os
from contextlib import suppress
from pathlib import Path

from pydantic import (
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from bisectd.domain.errors import UserError
from bisectd.store.location import data_home

PREFIX = "BISECTD_"
SCHEMES = {"broker": ("redis", "rediss"), "url": ("http", "https"), "smtp": ("smtp", "smtps")}


class Settings(BaseSettings):
    """Times in seconds. What may hold a password is a SecretStr, which prints as stars."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    db: SecretStr | None = Field(None, description="database URL; SQLite in the data folder by default")
    broker: SecretStr | None = Field(None, description="redis:// URL; none: workers ask the database")
    data: Path = Field(
        default_factory=lambda: data_home(os.environ) / "bisectd",
        description="folder of mirrors of repositories",
    )
    public_read: bool = Field(True, description="whether everybody may read without a token")
    url: str = Field("http://127.0.0.1:8377", description="where users find the server; links begin with it")
    jobs_per_user: PositiveInt = Field(50, description="how many unfinished jobs one user may have")
    commits_per_job: PositiveInt = Field(200_000, description="how many commits a job's range may hold")
    mail_bytes: PositiveInt = Field(1 << 20, description="how large a submitted fix may be")
    lease: PositiveFloat = Field(30.0, description="how long a worker that says nothing is believed alive")
    hard_limit: PositiveFloat = Field(
        600.0, description="how long one task may take before its worker is killed"
    )
    grace: NonNegativeFloat = Field(
        30.0, description="how long a worker that is told to end may go on with its task"
    )
    attempts: PositiveInt = Field(
        3, description="how often a task may take its worker down before it is quarantined"
    )
    republish: PositiveFloat = Field(
        60.0, description="how long a queued task waits before it is handed out again"
    )
    sweep: PositiveFloat = Field(5.0, description="how often lost workers and messages are looked for")
    fetch: NonNegativeFloat = Field(900.0, description="how often a machine fetches followed repositories")
    alive: Path | None = Field(
        None,
        description="file that is touched while a worker or beat reaches what it needs, for health checks",
    )
    smtp: SecretStr | None = Field(None, description="smtp://[USER:PASSWORD@]HOST[:PORT] for mail")
    mail_from: str = Field("bisectd@localhost", description="whom mail comes from")

    @field_validator(*SCHEMES)
    @classmethod
    def _scheme(cls, value: SecretStr | str | None, info: ValidationInfo) -> SecretStr | str | None:
        """One that would be taken for something else is refused, and not repeated: it may hold a password."""
        url = value.get_secret_value() if isinstance(value, SecretStr) else value
        schemes = SCHEMES[info.field_name or ""]
        if url is not None and url.partition("://")[0] not in schemes:
            raise ValueError(f"it must begin with {' or '.join(f'{one}://' for one in schemes)}")
        return value


def say_alive(told: Settings) -> None:
    """Touch the file that says so. Where it cannot be touched the health check notices."""
    with suppress(OSError):
        if told.alive:
            told.alive.touch()


def settings(**given: object) -> Settings:
    """The settings; `given` are those of the command line that are not None. UserError names a wrong one."""
    named = {name: value for name, value in given.items() if value is not None}
    file = os.environ.get(f"{PREFIX}SETTINGS")
    if file and not Path(file).is_file():
        raise UserError(f"{PREFIX}SETTINGS names {file}, which is no file")
    try:
        return Settings(_env_file=file, **named)  # type: ignore[call-arg, arg-type]
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise UserError(
            f"setting {PREFIX}{str(first['loc'][0]).upper()}: {first['msg'].removeprefix('Value error, ')}"
        ) from None
