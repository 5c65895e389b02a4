# SPDX-License-Identifier: GPL-2.0-or-later
"""What evidence says, and how it differs from a good version's."""

import io

from rich.console import Console

from bisectd.cli.evidence import show_evidence
from bisectd.domain.observation import Observation
from bisectd.domain.verdict import Verdict
from bisectd.probes.bits import MSR, mask
from bisectd.probes.checks import CaseResult, Check, Kind, Place, Unexpected, observation
from bisectd.services.evidence import Difference, differences, statements
from bisectd.services.location import Location

OWNED, LEFT, CLEAN = (mask(MSR, bits) for bits in ("EE PR FP FE0 FE1", "EE PR FE0 FE1", "EE PR"))
PLACE = Place(0x1000, 4)
STORE = {"symbol": "giveup_fpu", "offset": 0x40, "word": "0x90830084", "text": "stw r4, 0x84(r3)"}
LINE = Location("stw r4, 0x84(r3)", "giveup_fpu+0x40", "process.c", 108, "regs->msr &= ~MSR_FP;")


def msr(after: int) -> Check:
    return Check("MSR", OWNED, after, CLEAN, MSR, place=PLACE)


def unsaved(*numbers: int) -> list[Check]:
    return [Check(f"f{n}", 7, 0, 7, kind=Kind.SAVED) for n in numbers]


def seen(*findings: Check | Unexpected, case: str = "") -> CaseResult:
    return CaseResult(case, findings, writers={PLACE: STORE})


def shown(found: Observation, **parents: list[Difference]) -> str:
    console = Console(file=io.StringIO(), width=100, color_system=None)
    show_evidence(console, found, [LINE], parents)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_wrong_value_stands_with_its_bits_its_writer_and_what_the_parent_gave() -> None:
    bad, good = observation([seen(msr(LEFT))]), observation([seen(msr(CLEAN))])
    assert differences(bad, good) == [Difference("", "MSR", "EE PR FE0 FE1", "EE PR", gained="FE0 FE1")]
    assert shown(bad, abcdef=differences(bad, good)).splitlines() == [
        "  MSR: EE PR FP FE0 FE1 → EE PR FE0 FE1, expected EE PR",
        "    parent abcdef: EE PR; FE0 FE1 more here",
        "    written by  stw r4, 0x84(r3)  at giveup_fpu+0x40",
        "                process.c:108:  regs->msr &= ~MSR_FP;",
    ]


def test_a_right_value_takes_a_line_that_says_what_changed() -> None:
    assert shown(observation([seen(msr(CLEAN))])) == "  MSR: FP FE0 FE1 cleared\n"


def test_registers_are_drawn_together_and_few_are_shown_with_their_values() -> None:
    many, few = observation([seen(*unsaved(*range(32)))]), observation([seen(*unsaved(3))])
    assert [statement.text for statement in statements(many)] == ["not saved: f0-f31"]
    assert shown(few) == "  not saved: f3 (was 0x00000007, memory has 0x00000000)\n"
    assert differences(few, observation([seen()])) == [Difference("", "f3", "not saved", "saved")]


def test_cases_stand_apart_and_a_place_is_shown_once() -> None:
    untested = CaseResult("save_all", verdict=Verdict.UNTESTABLE, reason="the unit has no function save_all")
    found = observation(
        [seen(msr(LEFT), case="one"), seen(msr(LEFT), case="two"), seen(msr(CLEAN), case="three"), untested]
    )
    assert shown(found).splitlines() == [
        "  one",
        "    MSR: EE PR FP FE0 FE1 → EE PR FE0 FE1, expected EE PR",
        "      written by  stw r4, 0x84(r3)  at giveup_fpu+0x40",
        "                  process.c:108:  regs->msr &= ~MSR_FP;",
        "  two",
        "    MSR: EE PR FP FE0 FE1 → EE PR FE0 FE1, expected EE PR",
        "      written by the instruction at giveup_fpu+0x40",
        "  GOOD: three",
        "  not tested: save_all: the unit has no function save_all",
    ]


def test_an_event_is_told_from_values_and_the_parent_took_none() -> None:
    note = Check("fpexc_mode", LEFT, LEFT, LEFT, MSR, mask=0)
    bad = observation([seen(note, Unexpected("init took a program interrupt"))])
    good = observation([seen(Check("fpexc_mode", CLEAN, CLEAN, CLEAN, MSR, mask=0))])
    assert bad.evidence["unexpected"] == [{"reason": "init took a program interrupt"}]
    assert [(found.name, found.there, found.gained) for found in differences(bad, good)] == [
        ("interrupt", "took none", ""),
        ("fpexc_mode", "EE PR", "FE0 FE1"),
    ]


def test_a_parent_that_has_not_got_the_function_says_so() -> None:
    bad = observation([seen(msr(LEFT), case="giveup_all"), seen(msr(LEFT), case="giveup_fpu")])
    absent = CaseResult("giveup_all", verdict=Verdict.UNTESTABLE, reason="no function giveup_all")
    good = observation([absent, seen(msr(CLEAN), case="giveup_fpu")])
    assert [found.there for found in differences(bad, good)] == ["no function giveup_all", "EE PR"]


def test_observations_of_an_older_bisectd_are_still_shown() -> None:
    rows = [{"name": "MSR", **dict.fromkeys(("before", "expected"), "0x1"), "after": "0x2"}]
    old = Observation(Verdict.BAD, "MSR: 0x1 → 0x2, expected 0x1", {"registers": rows, "unsaved": []})
    assert statements(old)[0].text == "MSR: 0x1 → 0x2, expected 0x1"
    assert statements(Observation(Verdict.BAD, "took interrupt 0x800"))[0].text == "took interrupt 0x800"


def test_control_characters_of_a_source_line_are_escaped() -> None:
    evil = Location("stw", "giveup_fpu+0x40", "process.c", 1, "\x1b]0;title\x07")
    console = Console(file=io.StringIO(), width=100, color_system=None)
    show_evidence(console, observation([seen(msr(LEFT))]), [evil])
    assert isinstance(console.file, io.StringIO)
    assert "\x1b" not in console.file.getvalue()
