# SPDX-License-Identifier: GPL-2.0-or-later
"""From checks to verdict, reason and evidence."""

from bisectd.domain.verdict import Verdict
from bisectd.probes.bits import MSR
from bisectd.probes.checks import CaseResult, Check, Kind, Place, Unexpected, hexadecimal, observation

WAS, IS, SHOULD = 0xF932, 0xD932, 0xD032
LEAK = Check("MSR", WAS, IS, SHOULD, MSR, place=Place(0x1000, 4))
CLEAN = Check("MSR", WAS, SHOULD, SHOULD, MSR)


def test_a_value_that_holds_is_evidence_of_good() -> None:
    seen = observation([CaseResult("", (CLEAN,))])
    assert (seen.verdict, seen.reason) == (Verdict.GOOD, "")
    assert seen.evidence["registers"][0]["after_bits"] == "EE PR ME IR DR RI"


def test_a_wrong_value_is_bad_in_the_names_of_bits_with_its_writer() -> None:
    writer = {"symbol": "giveup_fpu", "offset": 4, "word": "0x90640000", "text": "stw r3, 0(r4)"}
    seen = observation([CaseResult("", (LEAK,), writers={Place(0x1000, 4): writer})])
    assert seen.verdict is Verdict.BAD
    assert seen.reason == (
        "MSR: EE PR FP ME FE0 FE1 IR DR RI → EE PR ME FE0 FE1 IR DR RI, expected EE PR ME IR DR RI"
    )
    assert seen.evidence["registers"][0]["instruction"] == seen.evidence["instruction"] == writer


def test_bits_outside_the_mask_do_not_count() -> None:
    assert not LEAK.holds
    assert Check("MSR", WAS, IS, SHOULD, MSR, mask=~0x900).holds


def test_registers_are_listed_up_to_a_point() -> None:
    lost = tuple(Check(f"f{n}", 1, 0, 1, kind=Kind.SAVED) for n in range(32))
    kept = (Check("f0", 1, 2, 1, kind=Kind.KEPT),)
    seen = observation([CaseResult("", (*lost, *kept))])
    assert seen.reason == "not saved: f0 f1 f2 f3 f4 f5 f6 f7 and 24 more; not kept: f0"
    assert len(seen.evidence["unsaved"]) == 32
    assert seen.evidence["unsaved"][0] == {"name": "f0", "live": "0x00000001", "saved": "0x00000000"}
    assert [row["name"] for row in seen.evidence["unkept"]] == ["f0"]


def test_one_bad_case_makes_a_probe_bad_and_a_missing_one_does_not() -> None:
    missing = CaseResult("gone", verdict=Verdict.UNTESTABLE, reason="the unit has no function gone")
    good, bad = CaseResult("one", (CLEAN,)), CaseResult("two", (LEAK, Unexpected("init died")))
    assert observation([missing, good]).verdict is Verdict.GOOD
    seen = observation([missing, good, bad])
    assert seen.verdict is Verdict.BAD
    assert seen.reason == f"two: {LEAK.reason()}; init died"
    assert [case["verdict"] for case in seen.evidence["cases"]] == ["UNTESTABLE", "GOOD", "BAD"]


def test_nothing_that_could_be_judged_is_untestable_with_every_reason() -> None:
    missing = [
        CaseResult(name, verdict=Verdict.UNTESTABLE, reason=f"the unit has no function {name}")
        for name in ("one", "two")
    ]
    seen = observation(missing)
    assert seen.verdict is Verdict.UNTESTABLE
    assert seen.reason == "one: the unit has no function one; two: the unit has no function two"


def test_widths_of_values() -> None:
    assert [hexadecimal(value) for value in (1, 1 << 32, 1 << 127)] == [
        "0x00000001",
        "0x0000000100000000",
        "0x80000000000000000000000000000000",
    ]
