# SPDX-License-Identifier: GPL-2.0-or-later
"""200 damaged mails through the whole command: each ends in an answer or in one line."""

import base64
import quopri
import random
from pathlib import Path

import pytest

from bisectd.cli.main import run
from tests.support.git_repos import Version, build, git
from tests.support.tiny_kernel import bad, good

MUTANTS = 200
MESSAGE = """\
powerpc: Clear FE0 and FE1 again

Commit 8792468da5e1 "powerpc: Add the ability to save FPU without giving it up"
made the function that gives up the FPU clear one bit of the saved MSR. See
commit 123456 ("Another, of which nobody knows") for what it did before, and
https://example.org/a/very/long/address/that/no/line/of/a/message/should/be/as/long/as for more.

Reported-by: Zoë <zoe@example.org>
Fixes: 8792468 ("wrong")
Cc: Stable <stable@vger.kernel.org> # v4.6+
Signed-off-by: B <b@example.org>
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz")
    trees = (good("a"), bad("b"), bad("c"), good("c"))
    versions = [Version(tree, message=MESSAGE if tree is trees[3] else "Change\n") for tree in trees]
    fix = build(folder / "repository", versions, tags={"v4.5": 0, "v4.6": 2})[3]
    (folder / "fix.mbox").write_text(git(folder / "repository", "format-patch", "-1", "--stdout", fix))
    git(folder / "repository", "update-ref", "refs/heads/main", f"{fix}^")
    return folder


def forms(mail: bytes) -> list[bytes]:
    """The mail in the transfer encodings and line ends that mails have, and as a series and an attachment."""
    head, _, body = mail.partition(b"\n\n")
    encoded = {"base64": base64.encodebytes(body), "quoted-printable": quopri.encodestring(body)}
    found = [mail, mail.replace(b"\n", b"\r\n"), mail + b"\n" + mail, body]
    for encoding, data in encoded.items():
        found.append(head.replace(b"8bit", encoding.encode()) + b"\n\n" + data)
    parts = b"--x\nContent-Type: text/plain\n\n%s\n--x\nContent-Type: text/x-patch\n\n%s\n--x--\n"
    message, _, diff = body.partition(b"---\n")
    headers = head.replace(b"text/plain; charset=UTF-8", b"multipart/mixed; boundary=x")
    return [*found, headers + b"\n\n" + parts % (message, diff)]


def mutated(data: bytes, dice: random.Random) -> bytes:
    """The bytes with some of them changed, left out, doubled, or in another order."""
    found = bytearray(data)
    for _ in range(dice.randrange(1, 8)):
        place = dice.randrange(len(found) + 1)
        length = dice.randrange(200)
        match dice.randrange(6):
            case 0:
                found[place : place + 1] = dice.randbytes(1)
            case 1:
                del found[place : place + length]
            case 2:
                start = dice.randrange(len(found) + 1)
                found[place:place] = found[start : start + length]
            case 3:
                found[place:place] = dice.choice(
                    (b"\0", b"\x1b[2J", b"\xff\xfe", b"\r", b"\n\n", b"=?utf-8?b?/?=")
                )
            case 4:
                del found[place:]
            case _:
                lines = found.split(b"\n")
                lines.insert(dice.randrange(len(lines)), lines.pop(dice.randrange(len(lines))))
                found = bytearray(b"\n".join(lines))
    return bytes(found)


def test_damaged_mails_end_in_an_answer_or_in_one_line(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    mails = forms((place / "fix.mbox").read_bytes())
    codes: list[int] = []
    for seed in range(MUTANTS):
        dice = random.Random(seed)
        mutant, out = place / "mutant.mbox", place / "out"
        mutant.write_bytes(mutated(mails[seed % len(mails)], dice))
        wish = dice.choice(
            (["--json"], ["--regzbot"], ["--write", out], ["--reply", out], ["--bisect-log", out])
        )
        options = ["--target", "pmac32", "--db", str(place / "facts.db"), "--jobs", "1", *map(str, wish)]
        code = run(["suggest", str(mutant), "--repo", str(place / "repository"), *options])
        said = capfd.readouterr()
        codes.append(code)
        assert code in {0, 128}, (seed, said.err)
        assert "Traceback" not in said.err, seed
        assert "bug in bisectd" not in said.err, seed
        assert "\x1b" not in said.out + said.err, seed
        if code:
            stages = {"finding what", "running the ", "looking for t", "judging rele"}
            (last,) = (
                line for line in said.err.splitlines() if line[:12] not in {one[:12] for one in stages}
            )
            assert last.startswith("bisectd: "), seed
    assert len(set(codes)) == 2  # some can be read all the same
