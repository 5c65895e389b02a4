# SPDX-License-Identifier: GPL-2.0-or-later
"""Probes of a user's own through the command line, on the bundled history and on small ones."""

import re
import shlex
from pathlib import Path

import pytest

from bisectd.demo import write_history
from tests.support.cli import CHECKOUT, Ran, bisectd
from tests.support.git_repos import Version, build
from tests.support.tiny_kernel import good

INT_SQRT = CHECKOUT / "docs/probes/int-sqrt.toml"
GIVEUP = CHECKOUT / "docs/probes/giveup.toml"
BROKEN, MENDED = "lib/int_sqrt: Start at the highest bit", "lib/int_sqrt: Do not start one bit too low"
USER = 128

TRIVIAL = """\
name = "answer"
description = "ask"
must_hold = "the answer is right"
sources = ["arch/powerpc/kernel/process.c"]
[[step]]
call = "answer"
returns = {}
"""


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("demo") / "history.git"
    write_history(place, work_tree=False)
    return place


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """A history of one commit, whose process.c has functions for TRIVIAL."""
    tail = '\n\nint answer(void) { return 42; }\nint hang(void) { for (;;) asm volatile(""); }\n'
    tree = {path: text + tail if path.endswith("process.c") else text for path, text in good().items()}
    build(tmp_path / "repository", [Version(tree)], tags={"v1": 0})
    return tmp_path / "repository"


def _eval(repository: Path, file: Path, *more: object) -> Ran:
    return bisectd(
        "eval", "--repo", repository, "--rev", "v1", "--probe-file", file, "--target", "pmac32", *more
    )


def _write(folder: Path, text: str, name: str = "mine.toml") -> Path:
    (folder / name).write_text(text)
    return folder / name


def _is_refused(ran: Ran, *parts: str) -> None:
    assert (ran.code, ran.out) == (USER, "")
    assert ran.err.count("\n") == 1, ran.err
    for part in parts:
        assert part in ran.err


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_function_of_lib_is_bisected(history: Path, jobs: int) -> None:
    ask = ("--repo", history, "--target", "pmac32", "--probe-file", INT_SQRT, "--jobs", jobs)
    found = bisectd("bisect", "--good", "v4.4", "--bad", "v4.19", *ask, "--json").json
    assert found["outcome"] == "culprit"
    assert found["culprit"]["subject"] == BROKEN
    assert found["question"]["probe"].startswith("int-sqrt@")
    ran = bisectd("bisect", "--good", "v4.4", "--bad", "v4.19", *ask)
    assert "int_sqrt(4) returned 1, expected 2" in ran.out
    assert ran.out.rstrip().endswith(f'("{BROKEN}")')


@pytest.mark.parametrize("target", ["pmac32", "power8le"])
def test_all_that_happened_to_a_function_of_lib(history: Path, target: str) -> None:
    ask = ("--repo", history, "--good", "v4.4", "--bad", "v5.1", "--probe-file", INT_SQRT, "--target", target)
    found = bisectd("bisect", *ask, "--exhaustive", "--json").json
    changes = [(change["kind"], change["subject"]) for change in found["transitions"]]
    assert changes == [("introduced", BROKEN), ("fixed", MENDED)]


def test_own_probes_are_listed_with_the_others() -> None:
    names = [row["name"] for row in bisectd("probes", "--probe-file", INT_SQRT, "--json").json]
    assert names[0] == "fpu-giveup-fe"
    assert names[-1] == "int-sqrt"
    assert "int-sqrt" in bisectd("probes", "--probe-file", INT_SQRT).out


def test_tasks_registers_and_switches_in_a_file(history: Path) -> None:
    for target in ("pmac32", "g5", "power8le"):
        ask = ("--repo", history, "--probe-file", GIVEUP, "--target", target)
        verdicts = [bisectd("eval", "--rev", rev, *ask).code for rev in ("v4.4", "v5.0", "v5.1")]
        assert verdicts == [0, 1, 0]
    seen = bisectd("eval", "--rev", "v5.0", "--json", *ask).json
    assert [case["verdict"] for case in seen["evidence"]["cases"]] == ["BAD", "BAD", "GOOD"]


def test_an_edited_file_is_run_anew(asked: Path, tmp_path: Path) -> None:
    file = _write(tmp_path, TRIVIAL.format(42))
    assert _eval(asked, file).code == 0
    assert _eval(asked, file, "--json").json["cached"]
    _write(tmp_path, TRIVIAL.format(43))
    assert _eval(asked, file).code == 1
    _write(tmp_path, TRIVIAL.format(42))
    again = _eval(asked, file, "--json")
    assert (again.code, again.json["cached"]) == (0, True)


def test_two_files_with_one_name_do_not_mix(asked: Path, tmp_path: Path) -> None:
    one, two = (_write(tmp_path, TRIVIAL.format(number), f"{number}.toml") for number in (42, 43))
    assert [_eval(asked, file).code for file in (one, two, one, two)] == [0, 1, 0, 1]


def test_code_that_runs_away_is_untestable(asked: Path, tmp_path: Path) -> None:
    text = TRIVIAL.format(42).replace('call = "answer"', 'call = "hang"')
    ran = _eval(asked, _write(tmp_path, text))
    assert (ran.code, ran.err) == (125, "")
    assert "hang ran 20000 instructions without return" in ran.out
    ran = _eval(asked, _write(tmp_path, "limit = 1000000\n" + text))
    assert "hang ran 1000000 instructions without return" in ran.out


def test_what_is_wrong_with_a_file_is_one_line(asked: Path, tmp_path: Path) -> None:
    file = _write(tmp_path, TRIVIAL.format("42\nretuns = 1"))
    _is_refused(_eval(asked, file), f"{file}: [[step]] 1: retuns: unknown key: did you mean returns?")
    _is_refused(_eval(asked, tmp_path / "none.toml"), "cannot read probe file", "No such file")
    _is_refused(_eval(asked, _write(tmp_path, " \n")), "is empty: bisectd probe new NAME writes one")
    _is_refused(_eval(asked, _write(tmp_path, "x", "mine.txt")), "its name must end in .toml or .py")
    (tmp_path / "bytes.toml").write_bytes(b"\xff")
    _is_refused(_eval(asked, tmp_path / "bytes.toml"), "no text in UTF-8")
    own = _write(tmp_path, TRIVIAL.format(42).replace('"answer"', '"fpu-giveup-fe"', 1))
    _is_refused(_eval(asked, own), "a probe fpu-giveup-fe comes with bisectd")
    right = _write(tmp_path, TRIVIAL.format(42))
    _is_refused(
        _eval(asked, right, "--probe", "anser"), f"unknown probe 'anser' in {right}: did you mean answer?"
    )
    _is_refused(_eval(asked, right, "--probe", "fpu-giveup-fe"), "unknown probe 'fpu-giveup-fe' in")
    only = _write(tmp_path, 'targets = ["g5"]\n' + TRIVIAL.format(42))
    _is_refused(_eval(asked, only), "probe answer makes no sense on pmac32: it runs on g5")
    _is_refused(bisectd("eval", "--rev", "v1", "--target", "pmac32"), "Missing option '--probe'")


@pytest.mark.parametrize(("form", "suffix"), [((), "toml"), (("--python",), "py")])
def test_a_new_file_works_as_it_is(tmp_path: Path, form: tuple[str, ...], suffix: str) -> None:
    made = bisectd("probe", "new", "mine", *form, cwd=tmp_path)
    assert made.code == 0
    advice = re.fullmatch(rf"wrote mine\.{suffix}; run it with: bisectd (.*)\n", made.out)
    assert advice
    checked = bisectd(*shlex.split(advice[1]), cwd=tmp_path)
    assert checked.code == 0, checked.err
    assert [line.split()[-1] for line in checked.out.splitlines() if " Linux 4." in line] == ["GOOD", "BAD"]
    advice = re.search(r"find the commit: bisectd (.*)$", checked.out.rstrip())
    assert advice
    assert f'("{BROKEN}")' in bisectd(*shlex.split(advice[1]), cwd=tmp_path).out
    before = (tmp_path / f"mine.{suffix}").read_text()
    _is_refused(bisectd("probe", "new", "mine", *form, cwd=tmp_path), f"mine.{suffix} exists")
    assert (tmp_path / f"mine.{suffix}").read_text() == before


def test_names_that_a_new_file_cannot_have(tmp_path: Path) -> None:
    _is_refused(bisectd("probe", "new", "../x", cwd=tmp_path), "'../x' is no name for a probe")
    _is_refused(bisectd("probe", "new", "fpu-giveup-fe", cwd=tmp_path), "comes with bisectd")
    assert not list(tmp_path.iterdir())


def test_check_on_a_repository_of_the_users(asked: Path, tmp_path: Path) -> None:
    file = _write(tmp_path, TRIVIAL.format(42))
    _is_refused(bisectd("probe", "check", file, "--repo", asked), "name the revisions")
    ran = bisectd("probe", "check", file, "--repo", asked, "--rev", "v1")
    assert (ran.code, ran.err) == (0, "")
    assert "answer: the answer is right" in ran.out
    assert "no revision differs" in ran.out
    as_json = bisectd("probe", "check", file, "--repo", asked, "--rev", "v1", "--json")
    (found,) = as_json.json["probes"]
    assert (found["name"], found["functions"], found["target"]) == ("answer", ["answer"], "pmac32")
    assert [seen["verdict"] for seen in found["revisions"]] == ["GOOD"]
    _write(tmp_path, TRIVIAL.format('"what"'))
    _is_refused(bisectd("probe", "check", file), "[[step]] 1: returns: there is no object or register 'what'")


PYTHON = """\
from bisectd.probes.checks import Check
from bisectd.probes.probe import Case, Probe

def ask(kernel):
    kernel.run_without_task()
    kernel.call("answer")
    yield Check("answer", 0, kernel.register("r3"), {})

def probe(name):
    what = dict(description="d", must_hold="m", sources=("arch/powerpc/kernel/process.c",), roots=("answer",))
    return Probe(name=name, version=1, targets=(), cases=(Case("", ask),), **what)

{}
"""


def test_python_probes(asked: Path, tmp_path: Path) -> None:
    file = _write(tmp_path, PYTHON.format(42, 'PROBE = probe("answer")'), "mine.py")
    assert _eval(asked, file).code == 0
    _write(tmp_path, PYTHON.format(43, 'PROBE = probe("answer")'), "mine.py")
    assert _eval(asked, file).code == 1
    _write(tmp_path, PYTHON.format(42, 'PROBES = [probe("one"), probe("two")]'), "mine.py")
    _is_refused(_eval(asked, file), "which probe? name one with --probe: one, two")
    assert _eval(asked, file, "--probe", "two").code == 0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("PROBE = ", "line 1: SyntaxError"),
        ("x = 1\nraise ValueError('no\\nway')", "line 2: ValueError: no way"),
        ("raise SystemExit(0)", "line 1: SystemExit"),
        ("x = 1", "defines neither PROBE nor PROBES"),
        ("PROBE = 4", "4 is no bisectd.probes.probe.Probe"),
        (PYTHON.format("1 // 0", 'PROBE = probe("answer")'), "line 7: ZeroDivisionError"),
        (PYTHON.format(42, 'PROBE = probe("answer")').replace('call("answer")', 'call("hang")'),
         "line 6: ValueError: the probe does not declare hang among its roots"),
        (PYTHON.format(42, 'PROBE = probe("fpu-giveup-fe")'), "comes with bisectd"),
    ],
)  # fmt: skip
def test_mistakes_in_a_python_file_are_the_users(
    asked: Path, tmp_path: Path, text: str, complaint: str
) -> None:
    _is_refused(_eval(asked, _write(tmp_path, text, "mine.py")), "mine.py", complaint)


def test_a_python_file_reaches_the_workers_as_it_was_read(history: Path, tmp_path: Path) -> None:
    assert bisectd("probe", "new", "mine", "--python", cwd=tmp_path).code == 0
    ask = ("--repo", history, "--good", "v4.4", "--bad", "v4.19", "--probe-file", "mine.py", "--target", "g5")
    assert f'("{BROKEN}")' in bisectd("bisect", *ask, "--jobs", "2", cwd=tmp_path).out
