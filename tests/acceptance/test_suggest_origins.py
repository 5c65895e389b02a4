# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd suggest` on histories of a tiny kernel: ranges, backports, a base on a stable branch."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.cli import Ran, bisectd
from tests.support.git_repos import Version, build, git
from tests.support.kernel_build import installed
from tests.support.tiny_kernel import BAD_MASK, GOOD_MASK, PROCESS, bad, broken, good, kernel

FIX = "powerpc: Clear FE0 and FE1 again"
SIGNED = "Signed-off-by: B <b@example.org>"


class Place:
    """A history with tags and branches, and the fix of its fault as a mail."""

    def __init__(
        self,
        folder: Path,
        versions: Sequence[Version],
        tags: Mapping[str, int],
        branches: Mapping[str, int] | None = None,
    ) -> None:
        self.folder = folder
        self.repository = folder / "repository"
        self.ids = build(self.repository, versions, tags=tags)
        for name, number in (branches or {}).items():
            git(self.repository, "update-ref", f"refs/heads/{name}", self.ids[number])

    def mail(self, number: int, *footer: str) -> Path:
        """A version as git format-patch writes it, with lines below the diff."""
        text = git(self.repository, "format-patch", "-1", "--stdout", self.ids[number])
        path = self.folder / "fix.mbox"
        path.write_text("\n".join((text, "", *footer, "")))
        return path

    def suggest(self, fix: object, *options: object) -> Ran:
        database = self.folder / "facts.db"
        return bisectd(
            "suggest", fix, "--repo", self.repository, "--db", database, "--target", "pmac32", *options
        )


def fixed(note: str) -> Mapping[str, str]:
    """`bad(note)` as the fix leaves it."""
    return kernel(GOOD_MASK, tail=f"/* {note} */")


def commit(
    files: Mapping[str, str | bytes], subject: str, *paragraphs: str, parent: int | None = None
) -> Version:
    message = "\n\n".join((subject, *paragraphs, SIGNED)) + "\n"
    return Version(files, message=message, parents=None if parent is None else (parent,))


def fault(place: Place, fix: Path) -> Any:
    ran = place.suggest(fix, "--json")
    assert ran.code == 0, ran.err
    return ran.json


def in_a_range(folder: Path) -> Place:
    """Two versions that do not compile stand before the first BAD one; the last version is the fix."""
    versions = [
        commit(good("a"), "Linux 4.5"),
        commit(good("b"), "powerpc: Last that is GOOD"),
        commit(broken("c"), "powerpc: Begin to rework"),
        commit(broken("d"), "powerpc: Rework more"),
        commit(bad("e"), "powerpc: Rework the rest"),
        commit(bad("f"), "Linux 4.6"),
        commit(fixed("f"), FIX),
    ]
    return Place(folder, versions, {"v4.5": 0, "v4.6": 5}, {"main": 5})


def test_untestable_commits_make_the_origin_a_range(tmp_path: Path) -> None:
    place = in_a_range(tmp_path)
    last_good, *suspects = place.ids[1:5]  # two that do not compile, and the first BAD one
    reply, written = tmp_path / "reply", tmp_path / "written"
    ran = place.suggest(place.mail(6), "--json", "--regzbot", "--reply", reply, "--write", written)
    assert ran.code == 0, ran.err
    found = ran.json
    assert found["origin"]["outcome"] == "range"
    assert [one["commit"] for one in found["origin"]["commits"]] == suspects
    # A range gives no Fixes: line, but which kernels have the fault is known.
    assert (found["fixes"], found["stable"]) == (None, "Cc: <stable@vger.kernel.org> # v4.6+")
    assert found["additions"] == ["Cc: <stable@vger.kernel.org> # v4.6+"]
    assert [one["type"] for one in found["remarks"]] == ["MISSING_STABLE_TAG"]
    introduced, *_ = found["regzbot"].splitlines()
    assert introduced == f"#regzbot introduced: {last_good[:12]}..{suspects[-1][:12]}"
    sentence = f"Introduced by one of 3 commits, {suspects[0][:12]} to {suspects[-1][:12]}: "
    assert sentence in reply.read_text()
    assert "Fixes:" not in reply.read_text() + written.read_text()
    assert f"Cc: <stable@vger.kernel.org> # v4.6+\n{SIGNED}\n" in written.read_text()
    assert sentence in place.suggest(place.mail(6)).out


def test_a_range_has_no_bisection_to_replay(tmp_path: Path) -> None:
    log = tmp_path / "log"
    place = in_a_range(tmp_path)
    ran = place.suggest(place.mail(6), "--bisect-log", log)
    assert (ran.code, log.exists()) == (128, False)
    assert "no single commit was found" in ran.err


def test_a_fixes_line_outside_the_range_contradicts_the_evidence(tmp_path: Path) -> None:
    place = in_a_range(tmp_path)
    for number, said in ((1, ["BAD_FIXES_TAG"]), (3, [])):
        subject = git(place.repository, "log", "-1", "--format=%s", place.ids[number])
        tag = f'Fixes: {place.ids[number][:12]} ("{subject}")\nCc: <stable@vger.kernel.org>\n'
        mail = place.mail(6)
        mail.write_text(mail.read_text().replace(SIGNED, tag + SIGNED))
        assert [one["type"] for one in fault(place, mail)["remarks"]] == said


def with_backports(folder: Path, *notes: str) -> Place:
    """The fault came in v4.6 and was fixed in v4.8. In linux-4.6.y other lines stand around it.

    `notes` end the messages of the fix on linux-4.6.y and linux-4.7.y; "{fix}" is the id of the fix.
    """
    main = [
        commit(good("a"), "Linux 4.5"),
        commit(bad("b"), "powerpc: Clear one bit"),
        commit(bad("c"), "Linux 4.6"),
        commit(bad("d"), "Linux 4.7"),
        commit(fixed("d"), FIX),
        commit(fixed("e"), "Linux 4.8"),
    ]
    fix = build(folder / "main", main)[4]  # equal input gives equal ids
    old = [
        commit(_moved(bad("old")), "Linux 4.6.1", parent=2),
        commit(_moved(fixed("old")), FIX, notes[0].format(fix=fix)),
        commit(_moved(fixed("older")), "Linux 4.6.2"),
    ]
    newer = [
        commit({**bad("d"), "drivers/x.c": "1"}, "Linux 4.7.1", parent=3),
        commit({**fixed("d"), "drivers/x.c": "1"}, "stable: clear the bits", notes[1].format(fix=fix)),
        commit({**fixed("d"), "drivers/x.c": "2"}, "Linux 4.7.2"),
    ]
    return Place(
        folder,
        [*main, *old, *newer],
        {"v4.5": 0, "v4.6": 2, "v4.7": 3, "v4.8": 5, "v4.6.1": 6, "v4.6.2": 8, "v4.7.1": 9, "v4.7.2": 11},
        {"main": 5, "linux-4.6.y": 8, "linux-4.7.y": 11},
    )


def _moved(files: Mapping[str, str]) -> Mapping[str, str]:
    """With a line more between those that the fix has as its context, so that the patch is another one."""
    return {
        path: text.replace("\tset_msr(0x1032);", "\t;\n\tset_msr(0x1032);") for path, text in files.items()
    }


def test_backports_are_known_by_cherry_pick_and_by_the_same_change(tmp_path: Path) -> None:
    place = with_backports(tmp_path, "(cherry picked from commit {fix})", "Words of a stable maintainer.")
    expected = {
        "mainline": (place.ids[4], "equal", "v4.8"),
        "4.6": (place.ids[7], "picked", "v4.6.2"),
        "4.7": (place.ids[10], "equal", "v4.7.2"),
    }
    by_mail = fault(place, place.mail(4))
    assert {
        one["line"]: (one["commit"], one["how"], one["release"]) for one in by_mail["reached"]
    } == expected
    affected = {line["line"]: (line["affected"], line["open"]) for line in by_mail["releases"]}
    assert affected == {
        "4.5": ([], False),
        "4.6": (["v4.6", "v4.6.1"], False),
        "4.7": (["v4.7", "v4.7.1"], False),
        "4.8": ([], False),
    }
    assert by_mail["fixes"] == f'Fixes: {place.ids[1][:12]} ("powerpc: Clear one bit")'
    by_id = place.suggest(place.ids[4])
    assert f"v4.6 to v4.6.1, not v4.6.2 ({place.ids[7][:12]} cherry picked from it)" in by_id.out
    assert f"v4.7 to v4.7.1, not v4.7.2 ({place.ids[10][:12]} makes the same change)" in by_id.out


def test_a_cure_that_nothing_ties_to_the_fix_is_no_backport(tmp_path: Path) -> None:
    place = with_backports(tmp_path, "Words.", "[ Upstream commit {fix} ]")
    found = fault(place, place.mail(4))
    reached = {one["line"]: one["how"] for one in found["reached"]}
    assert reached == {"mainline": "equal", "4.7": "upstream"}
    assert {line["line"]: line["affected"] for line in found["releases"]}["4.6"] == ["v4.6", "v4.6.1"]


def on_a_stable_branch(folder: Path, mainline: str) -> Place:
    """The culprit of v4.7 was taken into v4.6.2 with its mainline id; the fix was made on linux-4.6.y."""
    main = [commit(good("a"), "Linux 4.5"), commit(good("b"), "Linux 4.6")]
    there = commit(bad("c"), "powerpc: Clear one bit")
    culprit = build(folder / "main", [*main, there])[2] if mainline == "here" else mainline
    stable = [
        commit(good("1"), "Linux 4.6.1", parent=1),
        commit(bad("2"), "powerpc: Clear one bit", f"commit {culprit} upstream."),
        commit(bad("3"), "Linux 4.6.2"),
        commit(fixed("3"), FIX),
    ]
    if mainline != "here":
        versions = [*main, *stable]
        return Place(folder, versions, {"v4.5": 0, "v4.6": 1, "v4.6.1": 2, "v4.6.2": 4}, {"linux-4.6.y": 4})
    versions = [*main, there, commit(bad("d"), "Linux 4.7"), *stable]
    tags = {"v4.5": 0, "v4.6": 1, "v4.7": 3, "v4.6.1": 4, "v4.6.2": 6}
    return Place(folder, versions, tags, {"main": 3, "linux-4.6.y": 6})


def test_on_a_stable_branch_the_mainline_commit_is_named(tmp_path: Path) -> None:
    place = on_a_stable_branch(tmp_path, "here")
    mainline, backport, head = place.ids[2], place.ids[5], place.ids[6]
    mail = place.mail(7, f"base-commit: {head}")
    found = fault(place, mail)
    assert found["base"]["commit"] == head
    assert (found["origin"]["commit"], found["origin"]["upstream"]) == (backport, mainline)
    assert found["fixes"] == f'Fixes: {mainline[:12]} ("powerpc: Clear one bit")'
    assert {line["line"]: line["affected"] for line in found["releases"]} == {
        "4.6": ["v4.6.2"],
        "4.7": ["v4.7"],
    }
    assert found["stable"] == "Cc: <stable@vger.kernel.org> # v4.6.2+"
    ran = place.suggest(mail, "--regzbot")
    assert f"#regzbot introduced: {mainline[:12]}\n" in ran.out
    named = f'commit {mainline[:12]} ("powerpc: Clear one bit"), here {backport[:12]}'
    assert f"Introduced by {named}: it is BAD, its parent is GOOD." in ran.out


def test_a_stable_tree_without_the_mainline_names_it_all_the_same(tmp_path: Path) -> None:
    mainline = "8792468da5e1" + "0" * 28
    place = on_a_stable_branch(tmp_path, mainline)
    mail = place.mail(5)
    tag = 'Fixes: 8792468da5e1 ("powerpc: Clear one bit")'
    found = fault(place, mail)
    assert found["fixes"] == tag
    log = tmp_path / "log"
    assert place.suggest(mail, "--bisect-log", log).code == 0
    git(tmp_path, "clone", "-q", "-b", "linux-4.6.y", str(place.repository), "clone")
    said = git(tmp_path / "clone", "bisect", "replay", str(log))
    assert f"{place.ids[3]} is the first bad commit" in said
    mail.write_text(mail.read_text().replace(SIGNED, f"{tag}\nCc: <stable@vger.kernel.org>\n{SIGNED}"))
    assert fault(place, mail)["remarks"] == []


def test_a_patch_of_a_series_answers_for_itself(tmp_path: Path) -> None:
    other: dict[str, str | bytes] = {"drivers/x.c": "int x;\n", "logo.png": b"\0\1"}
    versions = [
        commit(good("a"), "Linux 4.5"),
        commit(bad("b"), "Linux 4.6"),
        commit({**bad("b"), **other}, "drivers: x: New driver"),
        commit({**fixed("b"), **other}, FIX),
    ]
    place = Place(tmp_path, versions, {"v4.5": 0, "v4.6": 1}, {"main": 1})
    series = tmp_path / "series.mbox"
    ends = f"{place.ids[1]}..{place.ids[3]}"
    series.write_text(git(place.repository, "format-patch", "--stdout", "--base", place.ids[1], ends) + "\n")
    first, second = (place.suggest(series, "--json", "--patch", n).json for n in (1, 2))
    assert (first["patch"]["files"], first["patch"]["left_out"]) == (["drivers/x.c"], ["logo.png"])
    assert (first["primary"], first["fixes"]) == (None, None)
    assert (second["patch"]["files"], second["base"]["how"]) == ([PROCESS], "its base-commit")
    assert second["fixes"] == f'Fixes: {place.ids[1][:12]} ("Linux 4.6")'
    ran = place.suggest(series)
    assert ran.code == 128
    assert (
        f"name the fix with --patch N (1 [PATCH 1/2] drivers: x: New driver; 2 [PATCH 2/2] {FIX})" in ran.err
    )


def test_all_compilers_that_agree_give_the_same_answer(tmp_path: Path) -> None:
    installed("gcc")
    place = in_a_range(tmp_path)
    mail = place.mail(6)
    by_one, by_all = (place.suggest(mail, "--json", "--toolchain", name).json for name in ("zig", "all"))
    assert by_all["judged"] == 2 * by_one["judged"]
    for told in (by_one, by_all):
        del told["seconds"], told["judged"], told["cached"]
    assert by_all == by_one


def test_where_compilers_disagree_nothing_was_learned(tmp_path: Path) -> None:
    """The fault is in the code of one compiler alone, from v4.6 on; v4.7 has it in that of both."""
    installed("gcc")
    depends = (
        "#ifdef __clang__\n#define MASK MSR_FP | MSR_FE0 | MSR_FE1\n#else\n#define MASK MSR_FP\n#endif\n"
    )
    files = kernel("MASK")
    versions = [
        commit(good("a"), "Linux 4.5"),
        commit({**files, PROCESS: depends + files[PROCESS]}, "Linux 4.6"),
        commit(kernel(BAD_MASK), "Linux 4.7"),
        commit(kernel(GOOD_MASK), FIX),
    ]
    place = Place(tmp_path, versions, {"v4.5": 0, "v4.6": 1, "v4.7": 2}, {"main": 2})
    mail = place.mail(3)
    ran = place.suggest(mail, "--toolchain", "all")
    assert (ran.code, ran.out) == (129, "")
    assert f"toolchains disagree about {place.ids[1][:12]} on fpu-giveup-fe, pmac32" in ran.err
    by_zig = fault(place, mail)
    assert by_zig["origin"]["commit"] == place.ids[2]
