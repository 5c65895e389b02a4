# SPDX-License-Identifier: GPL-2.0-or-later
"""What changed between the semantic summaries of two versions, in words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bisectd.domain.registers import in_order, members, ranges
from bisectd.domain.semantics import Effect, Subject, Summary

_NOTHING = Effect()

# Field of an effect → what it means that names came into it, and that they left it.
PHRASES: Mapping[str, tuple[str, str]] = {
    "cleared": ("clears {} in the saved MSR now", "no longer clears {} in the saved MSR"),
    "gained": ("sets {} in the saved MSR now", "no longer sets {} in the saved MSR"),
    "saved": ("saves {} now", "no longer saves {}"),
    "clobbered": ("overwrites {}, which the task still uses", "no longer overwrites {}"),
    "loaded": ("loads {} now", "no longer loads {}"),
    "kernel": ("leaves {} on for the kernel now", "no longer leaves {} on for the kernel"),
}
# Bits where the order of names is the register's, highest first.
BITS = frozenset({"cleared", "gained", "kernel"})


@dataclass(frozen=True)
class Change:
    """One difference in what an entry point does, under the conditions under which it was seen.

    `field` is that of `Effect`, or "entry" where the function came or went, or "condition" where only a
    condition did (a save area that the version has not got); `names` are the bits or registers, `more` is
    whether they came.
    """

    facility: str
    entry: str
    conditions: tuple[str, ...]
    field: str
    names: tuple[str, ...]
    more: bool
    area: str
    text: str


def changes(before: Summary, after: Summary) -> list[Change]:
    """Every difference, in the order of the entries; the same one under several conditions once."""
    found: dict[tuple[str, str, str, tuple[str, ...], bool, str, str], list[str]] = {}
    for subject, field, names, more, area, text in _differences(before, after):
        key = (subject.facility, subject.entry, field, names, more, area, text)
        found.setdefault(key, []).append(subject.condition)
    return [
        Change(facility, entry, tuple(conditions), field, names, more, area, text)
        for (facility, entry, field, names, more, area, text), conditions in found.items()
    ]


_Difference = tuple[Subject, str, tuple[str, ...], bool, str, str]


def _differences(before: Summary, after: Summary) -> Iterator[_Difference]:
    old, new = before.effects, after.effects
    entries = {kind: {subject.entry for subject in effects} for kind, effects in (("old", old), ("new", new))}
    for subject in {**new, **old}:
        if subject.entry not in entries["old"]:
            yield subject, "entry", (subject.entry,), True, "", "is new"
            # What a new function does is new; that it may harm its caller is worth a line of its own.
            yield from _of_field(subject, "clobbered", "", new[subject].clobbered)
        elif subject.entry not in entries["new"]:
            yield subject, "entry", (subject.entry,), False, "", "is gone"
        elif subject not in old:
            yield subject, "condition", (subject.condition,), True, "", f"can be called: {subject.condition}"
        elif subject not in new:
            yield (
                subject,
                "condition",
                (subject.condition,),
                False,
                "",
                f"no longer knows: {subject.condition}",
            )
        else:
            yield from _of_effects(subject, old[subject], new[subject])


def _of_effects(subject: Subject, old: Effect, new: Effect) -> Iterator[_Difference]:
    if old.ends != new.ends:
        yield subject, "ends", (), bool(new.ends), "", f"{_ending(new)} now; before, it {_ending(old)}"
        return
    for field in PHRASES:
        if field != "saved":
            yield from _of_field(subject, field, getattr(old, field), getattr(new, field))
    for area in sorted({*old.saved, *new.saved}):
        yield from _of_field(subject, "saved", old.saved.get(area, ""), new.saved.get(area, ""), area)
    if old.mode != new.mode:
        text = f"leaves fpexc_mode {new.mode or 'as it was'}; before, {old.mode or 'as it was'}"
        yield subject, "mode", tuple(in_order(members(old.mode) ^ members(new.mode))), True, "", text


def _ending(effect: Effect) -> str:
    return effect.ends or "returned"


def _of_field(subject: Subject, field: str, old: str, new: str, area: str = "") -> Iterator[_Difference]:
    had, has = members(old), members(new)
    for more, names, text in ((True, has - had, new), (False, had - has, old)):
        if names:
            in_text = [word for word in text.split() if word in names] if field in BITS else in_order(names)
            yield subject, field, tuple(in_text), more, area, _phrase(field, in_text, area, more=more)


def _phrase(field: str, names: Iterable[str], area: str, *, more: bool) -> str:
    listed = " ".join(names) if field in BITS else ranges(names)
    return PHRASES[field][not more].format(f"{listed} to the {area}" if area else listed)


def restricted(change: Change, names: tuple[str, ...]) -> Change:
    """The part of a change that is about some of its names."""
    if change.field not in PHRASES or names == change.names:
        return change
    text = _phrase(change.field, names, change.area, more=change.more)
    return replace(change, names=names, text=text)
