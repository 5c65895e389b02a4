# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches as they come: every form is read, or refused in one line."""

import base64
import quopri
import random

import pytest

from bisectd.domain.commit import Commit
from bisectd.domain.errors import UserError
from bisectd.suggest import mail
from bisectd.suggest.correct import corrected
from bisectd.suggest.hunks import DoesNotApply, apply
from bisectd.suggest.remarks import Evidence, remarks
from tests.support.posted_fix import DIFF, FIXES, HEADERS, POSTED, STABLE, posted

EVIDENCE = Evidence(FIXES, STABLE)
FILE = "arch/powerpc/kernel/process.c"
CONTENT = b"int x;\n" * 3 + b"".join(
    line[1:].encode() + b"\n" for line in DIFF.splitlines()[5:] if line[:1] in (" ", "-")
)


def nothing(_: str) -> Commit | None:
    return None


def one(data: bytes) -> mail.Patch:
    (patch,) = mail.read(data)
    return patch


def encoded(encoding: str, body: bytes) -> bytes:
    headers = HEADERS.replace("Encoding: 7bit", f"Encoding: {encoding}")
    return headers.encode() + b"\n" + body


BODY = POSTED.partition(b"\n\n")[2]
FORMS = {
    "patchwork": POSTED,
    "b4": POSTED.replace(b"From patchwork Fri Feb  8 14:33:19 2019", b"From git@z Thu Jan  1 00:00:00 1970"),
    "format-patch": POSTED.replace(b"From patchwork Fri Feb  8 14", b"From 0123456 Mon Sep 17 00"),
    "no From line": POSTED.partition(b"\n")[2],
    "CRLF": POSTED.replace(b"\n", b"\r\n"),
    "base64": encoded("base64", base64.encodebytes(BODY)),
    "quoted-printable": encoded("quoted-printable", quopri.encodestring(BODY)),
    "unknown charset": POSTED.replace(b'"utf-8"', b'"klingon-1"'),
    "wrong charset": POSTED.replace(b"made the", b"m\xe4de the"),
    "with a cover letter": b"From a@b Thu Jan  1 00:00:00 1970\nSubject: [PATCH 0/1] x\n\nHello\n\n" + POSTED,
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read_and_applies(form: str) -> None:
    patch = one(FORMS[form])
    assert patch.subject == "powerpc: Fix 32-bit KVM-PR lockup and host crash with MacOS guest"
    assert patch.message_id == "20190208143319.4711-1-noor@mini.example.org"
    (change,) = patch.changes
    assert (change.old, change.old_blob, change.functions) == (FILE, "ce393df243aa", ("__giveup_fpu",))
    after = apply(patch.changes, {FILE: CONTENT}.get)
    assert after == {FILE: CONTENT.replace(b"~MSR_FP;", b"~(MSR_FP|MSR_FE0|MSR_FE1);")}


@pytest.mark.parametrize("form", FORMS)
def test_only_the_missing_lines_are_added(form: str) -> None:
    patch = one(FORMS[form])
    written = one(corrected(patch, EVIDENCE))
    before, after = (one.body.data.split(b"\n") for one in (patch, written))
    place = before.index(b"Signed-off-by: Noor Haddad <noor@mini.example.org>")
    assert after == [*before[:place], FIXES.encode(), STABLE.encode(), *before[place:]]
    assert written.headers == patch.headers


def test_existing_tags_stay_where_they_are() -> None:
    reported = "Reported-by: A <a@example.org>\nCloses: https://example.org/1"
    tags = f"{reported}\n{STABLE}\nSigned-off-by: B <b@example.org>"
    written = corrected(one(posted(f"Text.\n\n{tags}\nTested-by: C <c@example.org>\n")), EVIDENCE)
    assert f"{STABLE}\n{FIXES}\nSigned-off-by: B" in written.decode()
    assert written.count(b"stable@") == 1


def test_a_message_without_tags_gets_a_paragraph() -> None:
    assert f"Text.\n\n{FIXES}\n{STABLE}\n---\n" in corrected(one(posted("Text.\n")), EVIDENCE).decode()


def test_a_plain_diff_is_read_but_has_no_message() -> None:
    patch = one(DIFF.encode())
    assert patch.changes[0].path == FILE
    with pytest.raises(UserError, match="no message"):
        corrected(patch, EVIDENCE)


def test_a_series_wants_a_number() -> None:
    series = b"".join(POSTED.replace(b"[PATCH]", b"[PATCH %d/2]" % n) + b"\n" for n in (2, 1))
    patches = mail.read(series)
    with pytest.raises(
        UserError, match=r"series of 2 patches: name the fix with --patch N \(1 \[PATCH 1/2\]"
    ):
        mail.choose(patches, None)
    patch, before = mail.choose(patches, 2)
    assert (patch.number, [one.number for one in before]) == (2, [1])


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("diff --git", "dxff --git", None),
        (f"a/{FILE}", "a/../../etc/passwd", "no file of the tree"),
        (" \tmsr = ", "\tmsr = ", "damaged"),
        ("-176,7 +176,7", "-176,99 +176,99", "damaged"),
    ],
)
def test_damage_is_said_in_one_line(old: str, new: str, reason: str | None) -> None:
    patch = one(posted(diff=DIFF.replace(old, new)))
    if reason is None:
        assert patch.changes[0].path == FILE  # "---" and "+++" say it too
        return
    with pytest.raises(UserError, match=reason) as caught:
        assert patch.changes
    assert "\n" not in str(caught.value)


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(
        DoesNotApply, match=r"hunk 1 \(line 176\) does not fit arch/powerpc/kernel/process\.c"
    ):
        apply(one(POSTED).changes, {FILE: b"int main;\n"}.get)
    with pytest.raises(DoesNotApply, match="is not there"):
        apply(one(POSTED).changes, dict[str, bytes]().get)


def test_binary_changes_are_left_out_and_renames_deletions_and_new_files_are_made() -> None:
    diff = """\
diff --git a/logo.png b/logo.png
index 1234567..89abcde 100644
Binary files a/logo.png and b/logo.png differ
diff --git a/old.c b/new.c
similarity index 100%
rename from old.c
rename to new.c
diff --git a/gone.c b/gone.c
deleted file mode 100644
index 1234567..0000000
--- a/gone.c
+++ /dev/null
@@ -1 +0,0 @@
-gone
diff --git a/fresh.c b/fresh.c
new file mode 100644
index 0000000..1234567
--- /dev/null
+++ b/fresh.c
@@ -0,0 +1 @@
+fresh
"""
    changes = one(posted(diff=diff)).changes
    assert [change.binary for change in changes] == [True, False, False, False]
    files = {"old.c": b"moved\n", "gone.c": b"gone\n"}
    assert apply(changes, files.get) == {
        "old.c": None,
        "new.c": b"moved\n",
        "gone.c": None,
        "fresh.c": b"fresh\n",
    }


def test_the_first_review_remark_is_made() -> None:
    found = remarks(one(POSTED), nothing, EVIDENCE)
    assert [remark.type for remark in found] == [
        "UNKNOWN_COMMIT_ID", "GIT_COMMIT_ID", "MISSING_FIXES_TAG", "MISSING_STABLE_TAG",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("message", "types"),
    [
        ('Since commit 8792468da5e1 ("Title").\n\nSigned-off-by: B <b@e.org>\n', {"UNKNOWN_COMMIT_ID"}),
        ("Words " * 20 + "\n\nSigned-off-by: B <b@e.org>\n", {"COMMIT_LOG_LONG_LINE"}),
        ("Text.\n\nReported-by: A <a@e.org>\nSigned-off-by: B <b@e.org>\n", {"BAD_REPORTED_BY_LINK"}),
        ("Text.\n\nLink: ftp://e.org/1\nSigned-off-by: B <b@e.org>\n", {"COMMIT_LOG_WRONG_LINK"}),
        (
            "Text.\n\nCc: Stable <stable@vger.kernel.org>\nSigned-off-by: B <b@e.org>\n",
            {"BAD_STABLE_ADDRESS_STYLE"},
        ),
        ("Text.\n", {"MISSING_SIGN_OFF"}),
        ("Text.\n\nFixes: 8792468\nSigned-off-by: B <b@e.org>\n", {"BAD_FIXES_TAG", "UNKNOWN_COMMIT_ID"}),
        ("commit added later, as it was.\n\nSigned-off-by: B <b@e.org>\n", set()),
    ],
)  # fmt: skip
def test_remarks_by_the_names_of_checkpatch(message: str, types: set[str]) -> None:
    found = remarks(one(posted(message)), nothing, Evidence(None, None))
    assert {remark.type for remark in found} == types


def test_mutated_mails_never_give_anything_but_an_answer_or_a_line() -> None:
    random_ = random.Random(5)
    refused = 0
    for _ in range(300):
        data = bytearray(random_.choice(list(FORMS.values())))
        for _ in range(random_.randrange(1, 12)):
            place = random_.randrange(len(data))
            match random_.randrange(4):
                case 0:
                    data[place] = random_.randrange(256)
                case 1:
                    del data[place : place + random_.randrange(200)]
                case 2:
                    data[place:place] = data[: random_.randrange(300)]
                case _:
                    data[place:place] = random_.randbytes(3)
            data = data or bytearray(b"\n")
        try:
            patch, before = mail.choose(mail.read(bytes(data)), None)
            apply([change for one in (*before, patch) for change in one.changes], {FILE: CONTENT}.get)
            remarks(patch, nothing, EVIDENCE)
            corrected(patch, EVIDENCE)
        except UserError:
            refused += 1
    assert refused < 300  # most mutations leave a mail that can be read
