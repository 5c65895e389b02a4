# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line: `bisectd COMMAND …`.

Exit codes follow `git bisect run`, so that `bisectd eval` can be its script: an answer is 0 (for `eval`:
0 GOOD, 1 BAD, 125 UNTESTABLE), and every failure is 128 or more, which makes git stop instead of taking it
for a verdict.
"""

import errno
import gc
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import cast

import click

from bisectd.cli.text import plain
from bisectd.domain.errors import MachineError, UserError
from bisectd.domain.names import nearest

USER_ERROR = 128
MACHINE_ERROR = 129
INTERRUPTED = 130

_WRITING = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}

# Each command lives in a module of its own, imported when it is called: a warm answer takes well under a
# second, and an unused database or git library would be a good part of it.
COMMANDS = {
    "beat": "bisectd.cli.serve",
    "bisect": "bisectd.cli.bisect",
    "cancel": "bisectd.cli.jobs",
    "check": "bisectd.cli.check",
    "demo": "bisectd.cli.demo",
    "doctor": "bisectd.cli.doctor",
    "eval": "bisectd.cli.evaluate",
    "explain": "bisectd.cli.explain",
    "follow": "bisectd.cli.follow",
    "hook": "bisectd.cli.hook",
    "jobs": "bisectd.cli.jobs",
    "log": "bisectd.cli.log",
    "migrate": "bisectd.cli.migrate",
    "probe": "bisectd.cli.probe",
    "probes": "bisectd.cli.listing",
    "regressions": "bisectd.cli.regressions",
    "repository": "bisectd.cli.repository",
    "retry": "bisectd.cli.jobs",
    "semantics": "bisectd.cli.semantics",
    "serve": "bisectd.cli.serve",
    "show": "bisectd.cli.jobs",
    "submit": "bisectd.cli.submit",
    "suggest": "bisectd.cli.suggest",
    "targets": "bisectd.cli.listing",
    "token": "bisectd.cli.token",
    "unfollow": "bisectd.cli.unfollow",
    "worker": "bisectd.cli.serve",
}


class LazyGroup(click.Group):
    """A group whose commands are imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All of them, in alphabetical order."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The click command named `<name>_command` in its module."""
        if cmd_name not in COMMANDS:
            ctx.fail(f"unknown command {cmd_name!r}: {nearest(cmd_name, COMMANDS)}")
        module = importlib.import_module(COMMANDS[cmd_name])
        return cast("click.Command", getattr(module, f"{cmd_name}_command"))


@click.command(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(package_name=None, version="0.1.0", prog_name="bisectd")
@click.option("--debug", is_flag=True, help="Show a traceback when something fails; also after COMMAND.")
@click.pass_context
def bisectd(context: click.Context, debug: bool) -> None:
    """Find the commit that changed how the PowerPC kernel gives up the FPU.

    Exit codes: 0 an answer was found and printed; `eval` 0 GOOD, 1 BAD, 125 UNTESTABLE;
    128 what was asked for cannot be done; 129 this machine failed; 130 interrupted.
    """
    del debug  # see run()
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    gc.set_threshold(100_000)  # importing SQLAlchemy makes garbage collection a quarter of the start
    arguments, debug = _debug(list(sys.argv[1:] if arguments is None else arguments))
    try:
        code = bisectd.main(arguments, prog_name="bisectd", standalone_mode=False) or 0
        if sys.stdout:
            sys.stdout.flush()  # here, where a full disk still is an error: the interpreter's own code is 120
    except (BrokenPipeError, SystemExit):  # the second is what rich makes of the first
        _discard_output()  # nobody reads on (bisectd log | head): not worth a line
        return MACHINE_ERROR
    except BaseException as error:  # noqa: BLE001 - the last line of defence: no bug may look like a verdict
        return _failed(error, debug)
    return code


def _debug(arguments: list[str]) -> tuple[list[str], bool]:
    """The arguments without --debug, which may stand anywhere before "--", and whether it was there."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    rest = [argument for argument in arguments[:end] if argument != "--debug"]
    return rest + arguments[end:], len(rest) < end


def _failed(error: BaseException, debug: bool) -> int:
    """Say what failed; the exit code."""
    line, code = _explain(error)
    with suppress(OSError):  # standard error may be full or closed: the code says it then
        if debug:
            traceback.print_exception(error)
        click.echo(f"bisectd: {plain(line)}", err=True)
    if isinstance(error, OSError):
        _discard_output()
    return code


def _discard_output() -> None:
    """Let the interpreter flush into nothing what could not be written."""
    if sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _explain(error: BaseException) -> tuple[str, int]:
    """The one line for the user, and the exit code."""
    match error:
        case click.Abort() | KeyboardInterrupt():
            return (
                "interrupted; what was observed is stored, the same command goes on from there",
                INTERRUPTED,
            )
        case click.ClickException():
            return f"{error.format_message()} (see bisectd --help)", USER_ERROR
        case UserError():
            return str(error), USER_ERROR
        case MachineError():
            return str(error), MACHINE_ERROR
        case OSError():
            return _refused(error), MACHINE_ERROR
        case _:
            return f"bug in bisectd: {error!r}; please report it with the output of --debug", MACHINE_ERROR


def _refused(error: OSError) -> str:
    """What the operating system did not do. Without a file's name it was writing the answer, most likely."""
    reason = error.strerror or str(error)
    if error.filename is not None:
        return f"cannot use {os.fsdecode(error.filename)}: {reason}"
    return (
        f"cannot write the output: {reason}" if error.errno in _WRITING else f"this machine failed: {reason}"
    )
