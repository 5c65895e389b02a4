# SPDX-License-Identifier: GPL-2.0-or-later
"""The patch as it should have been sent."""

from bisectd.domain.errors import UserError
from bisectd.suggest.mail import Patch
from bisectd.suggest.remarks import Evidence, names_culprit
from bisectd.suggest.trailers import insert, trailers


def missing(patch: Patch, evidence: Evidence) -> tuple[str, ...]:
    """The lines that the evidence asks for and the message has not got."""
    lines = patch.body.text(patch.body.message).split("\n")
    wanted = []
    if evidence.fixes and not names_culprit(lines, evidence.fixes):
        wanted.append(evidence.fixes)
    if evidence.stable and not any(tag.is_stable for tag in trailers(lines)):
        wanted.append(evidence.stable)
    return tuple(wanted)


def corrected(patch: Patch, evidence: Evidence) -> bytes:
    """An mbox of one mail, with the missing lines in it. UserError where there is no mail to put them in."""
    if not patch.is_mail:
        raise UserError(
            "a plain diff has no message to put trailers in: give the patch as git format-patch does"
        )
    mail = insert(patch, missing(patch, evidence))
    # Without a "From " line git am still reads one mail; with one, an mbox reader does too.
    return mail if mail.startswith(b"From ") else b"From mboxrd@z Thu Jan  1 00:00:00 1970\n" + mail
