# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd check`."""

import json
import os

import click

from bisectd.cli import options
from bisectd.cli.suggest import told
from bisectd.cli.text import plain
from bisectd.domain.errors import UserError
from bisectd.services.fix import of_mails
from bisectd.services.patchwork import TOKEN, Check, Patchwork, check_of
from bisectd.services.suggestion import Question, suggest
from bisectd.suggest.hunks import DoesNotApply
from workers.shared import SharedPool


@click.command(short_help="Read a patch from Patchwork and post a check.")
@click.option("--patchwork", "url", metavar="URL", required=True, help="The server's address.")
@click.argument("number", metavar="PATCH_ID", type=click.IntRange(1))
@options.repo
@click.option("--target", metavar="NAME", default="all", show_default=True, help="See `bisectd targets`.")
@options.toolchain
@click.option("--target-url", metavar="URL", default="", help="What the check links to.")
@options.jobs
@options.database
@options.as_json
def check_command(
    url: str,
    number: int,
    repo: str,
    target: str,
    toolchain: str,
    target_url: str,
    jobs: int,
    db: str | None,
    as_json: bool,
) -> int:
    """Read a patch from Patchwork, and post what bisectd suggest says of it as a check.

    The API token is taken from BISECTD_PATCHWORK_TOKEN. The check is fail where a probe turns from GOOD to
    BAD or the patch cannot be applied, warning where the message lacks something, else success.
    """
    token = os.environ.get(TOKEN, "").strip()
    if not token.isalnum():
        raise UserError(f"no API token: put that of a maintainer into {TOKEN}")
    server = Patchwork(url, token)
    check = _check(server.patch(number), Question(repo, target, toolchain, db), jobs, target_url)
    server.post(number, check)
    if as_json:
        click.echo(json.dumps({"schema": "bisectd.check/1", "patch": number, **vars(check)}, indent=2))
    else:
        click.echo(plain(f"{check.state}: {check.description}"))
    return 0


def _check(data: bytes, question: Question, jobs: int, target_url: str) -> Check:
    """What the patch deserves. A mistake that is not the patch's (an unknown repository) is raised."""
    try:
        fix = of_mails(data)
        _ = fix.patch.changes  # read now: a damaged diff is the patch's fault
    except UserError as error:
        return Check("fail", str(error), target_url)
    with told() as hears, SharedPool(jobs) as pool:
        try:
            return check_of(suggest(question, lambda _: fix, pool, hears), target_url)
        except DoesNotApply as error:
            return Check("fail", str(error), target_url)
