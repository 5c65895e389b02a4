# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of one case: objects, before, step, after."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from bisectd.domain.names import nearest
from bisectd.probes.own.instructions import INTERRUPTS as TAKEN
from bisectd.probes.own.instructions import assemble
from bisectd.probes.own.model import (
    Assignment,
    Call,
    CaseSpec,
    Expect,
    Kept,
    Pattern,
    Set,
    Step,
    Switch,
    User,
    Wanted,
    Wish,
)
from bisectd.probes.own.places import (
    INTERRUPTS,
    RESERVED,
    Group,
    Object,
    Objects,
    Register,
    read_memory,
    read_place,
)
from bisectd.probes.own.table import Table, shown
from bisectd.probes.own.values import (
    BEFORE,
    MOST_BYTES,
    TYPES,
    UNCHANGED,
    Array,
    BitNames,
    Bytes,
    Expected,
    Number,
    Reference,
    Unchanged,
    Value,
    read_expected,
    read_value,
    table_for,
)

_NAME = re.compile(r"[A-Za-z_]\w{0,59}", re.ASCII)
_MOST_OBJECTS, _MOST_TASKS, _MOST_PLACES, _MOST_ARGUMENTS, _MOST_WORDS = 64, 8, 256, 8, 16
_MOST_STEPS, _MOST_DATA = 400, 1 << 20
_MOST_SEED = 999
_PATTERN = re.compile(r"pattern(?: ([0-9]{1,3}))?", re.ASCII)
_KEPT = re.compile(r"saved(?: in (\w{1,60}))?", re.ASCII)


def read_case(table: Table, name: str) -> CaseSpec:
    """One case: its tables are those of [[case]], or stand at the top of the file."""
    objects, contents = _objects(table.table("objects"))
    steps = tuple(_step(step, objects) for step in table.tables("step", _MOST_STEPS))
    case = CaseSpec(
        name=name,
        objects=objects,
        contents=contents,
        before=_assignments(table.table("before"), objects),
        steps=steps,
        after=_wish(table.table("after"), objects),
    )
    _check_whole(table, case)
    return case


def _check_whole(table: Table, case: CaseSpec) -> None:
    """What no single table can know."""
    if not any(isinstance(step, Call | User | Switch) for step in case.steps):
        raise table.error("step", "no step runs any code: write [[step]] with a call")
    calls = [step for step in case.steps if isinstance(step, Call) and step.returns is not None]
    if not calls and not any(wish.places or wish.quiet for wish in case.wishes):
        raise table.error("after", "nothing must hold: write what must, or `returns` in a step")
    if not case.tasks and (case.switches or any(isinstance(step, User) for step in case.steps)):
        raise table.error(
            "step", 'a user program or a switch wants a task: name one in [objects], A = "task"'
        )


# -- objects ------------------------------------------------------------------------------------------------


def _objects(table: Table) -> tuple[Objects, Mapping[str, Value]]:
    if len(table.rows) > _MOST_OBJECTS:
        raise table.error("objects", f"there are {len(table.rows)}: at most {_MOST_OBJECTS}")
    objects, contents = {}, {}
    for name, raw in table.rows.items():
        if not _NAME.fullmatch(name) or name in RESERVED:
            raise table.error(name, "is no name for an object: take a C name that is no register's")
        found, content = _object(table, name, raw)
        objects[name] = found
        if content is not None:
            contents[name] = content
    if sum(found.kind == "task" for found in objects.values()) > _MOST_TASKS:
        raise table.error("objects", f"there are more than {_MOST_TASKS} tasks")
    if sum(found.size for found in objects.values()) > _MOST_DATA:
        raise table.error("objects", f"they have more than {_MOST_DATA} bytes of data")
    return objects, contents


def _object(table: Table, name: str, raw: Any) -> tuple[Object, Value | None]:
    if isinstance(raw, str):
        return _named_object(table, name, raw), None
    if not isinstance(raw, dict):
        raise table.error(name, f'must be "task", "struct NAME" or {{ u32 = [1, 2] }}, not {shown(raw)}')
    if "variable" in raw:
        return _variable(Table(table.file, f"{table.name} {name}", raw), name), None
    if "room" in raw:
        size = Table(table.file, f"{table.name} {name}", raw).integer("room", 0, MOST_BYTES)
        return Object(name, "data", size=size), None
    content = read_value(table, name, raw)
    return Object(name, "data", _element(content), _bytes_of(content)), content


def _named_object(table: Table, name: str, raw: str) -> Object:
    kind, _, structure = raw.strip().partition(" ")
    if kind == "task" and not structure:
        return Object(name, "task")
    if kind == "struct" and _NAME.fullmatch(structure.strip()):
        return Object(name, "struct", structure.strip())
    raise table.error(name, f'must be "task" or "struct NAME", not {shown(raw)}')


def _variable(table: Table, name: str) -> Object:
    table.check_keys(("variable", "struct", "type", "optional"))
    variable, optional = table.text("variable"), table.rows.get("optional", False)
    if not _NAME.fullmatch(variable):
        raise table.error("variable", f"{shown(variable)} is no name of a C variable")
    if not isinstance(optional, bool):
        raise table.error("optional", f"must be true or false, not {shown(optional)}")
    if "struct" in table.rows:
        structure = table.text("struct")
        if not _NAME.fullmatch(structure):
            raise table.error("struct", f"{shown(structure)} is no name of a C structure")
        return Object(name, "struct", structure, 0, variable, optional)
    type_ = table.text("type", "ulong")
    if type_ not in TYPES:
        raise table.error("type", f"unknown type {type_}: {nearest(type_, TYPES)}")
    return Object(name, "variable", type_, TYPES[type_], variable, optional)


def _element(content: Value) -> str:
    return content.type if isinstance(content, Array | Number) else "u8"


def _bytes_of(content: Value) -> int:
    match content:
        case Array(values, type_):
            return len(values) * (TYPES[type_] or 8)
        case Bytes(data):
            return len(data)
        case _:
            return 16


# -- before and after ---------------------------------------------------------------------------------------


def _assignments(table: Table, objects: Objects) -> tuple[Assignment, ...]:
    return tuple(_assignment(table, key, raw, objects) for key, raw in _rows(table))


def _rows(table: Table) -> list[tuple[str, Any]]:
    """The rows of a table; A.thread.regs.msr without quotes is a table in a table in a table."""
    rows: list[tuple[str, Any]] = []
    waiting = list(reversed(tuple(table.rows.items())))
    while waiting:
        key, raw = waiting.pop()
        if isinstance(raw, dict) and not _is_value(raw):
            waiting += [(f"{key}.{name}", below) for name, below in reversed(tuple(raw.items()))]
        else:
            rows.append((key, raw))
    if len(rows) > _MOST_PLACES:
        raise table.error(rows[-1][0], f"there are {len(rows)} places: at most {_MOST_PLACES}")
    return rows


def _is_value(raw: Mapping[str, Any]) -> bool:
    return len(raw) == 1 and next(iter(raw)) in {*TYPES, "text", "hex"}


def _assignment(table: Table, key: str, raw: Any, objects: Objects) -> Assignment:
    place = read_place(table, key, objects)
    if isinstance(place, Group):
        return Assignment(key, place, _pattern(table, key, raw))
    if isinstance(place, Register) and place.name == "ACC":
        raise table.error(key, "is set with its group: spe")
    value = read_value(table, key, raw, table_for(key.removesuffix("?")))
    if isinstance(value, BitNames) and BEFORE in value.words:
        raise table.error(key, f"{BEFORE!r} has a meaning only where something must hold")
    _check_reference(table, key, value, objects)
    if isinstance(place, Register) and not isinstance(value, Number | BitNames):
        raise table.error(key, "a register takes a number or bits by name")
    return Assignment(key, place, value)


def _pattern(table: Table, key: str, raw: Any) -> Pattern:
    match = _PATTERN.fullmatch(raw) if isinstance(raw, str) else None
    if match is None:
        raise table.error(key, f'must be "pattern" or "pattern N", not {shown(raw)}')
    return Pattern(int(match[1] or 0))


def _wish(table: Table, objects: Objects) -> Wish:
    rows = [(key, raw) for key, raw in _rows(table) if key != INTERRUPTS]
    if table.rows.get(INTERRUPTS, "none") != "none":
        raise table.error(INTERRUPTS, 'must be "none"')
    return Wish(tuple(_wanted(table, key, raw, objects) for key, raw in rows), INTERRUPTS in table.rows)


def _wanted(table: Table, key: str, raw: Any, objects: Objects) -> Wanted:
    place = read_place(table, key, objects)
    if isinstance(place, Group):
        return Wanted(key, place, _kept(table, key, raw, place, objects))
    value = read_expected(table, key, raw, table_for(key.removesuffix("?")))
    _check_reference(table, key, value, objects)
    if isinstance(place, Register) and not isinstance(value, Number | BitNames | Unchanged):
        raise table.error(key, 'a register is compared with a number, bits by name, or "unchanged"')
    return Wanted(key, place, value)


def _kept(table: Table, key: str, raw: Any, group: Group, objects: Objects) -> Pattern | Kept:
    if isinstance(raw, str) and _PATTERN.fullmatch(raw):
        return _pattern(table, key, raw)
    if raw == UNCHANGED and not group.task:
        return Kept()
    match = _KEPT.fullmatch(raw) if isinstance(raw, str) else None
    if match is None or group.task:
        words = '"pattern N"' if group.task else '"unchanged", "saved", "saved in TASK" or "pattern N"'
        raise table.error(key, f"must be {words}, not {shown(raw)}")
    tasks = [name for name, found in objects.items() if found.kind == "task"]
    task = match[1] or (tasks[0] if tasks else "")
    if task not in tasks:
        raise table.error(key, f"there is no task {task!r} in [objects] that it could be saved in")
    return Kept(task)


def _check_reference(table: Table, key: str, value: Expected, objects: Objects) -> None:
    if isinstance(value, Reference):
        memory = read_memory(table, key, value.path, objects)
        if memory.optional:
            raise table.error(key, "only a place that is set or compared may end in ?")


# -- steps --------------------------------------------------------------------------------------------------


def _call(table: Table, objects: Objects) -> Call:
    table.check_keys(("call", "with", "returns"))
    functions = table.texts("call", 8)
    for function in functions:
        if not _NAME.fullmatch(function):
            raise table.error("call", f"{shown(function)} is no name of a C function")
    if not functions:
        raise table.error("call", "names no function")
    raw = table.rows.get("with", [])
    if not isinstance(raw, list) or len(raw) > _MOST_ARGUMENTS:
        raise table.error("with", f"must be a list of at most {_MOST_ARGUMENTS} arguments")
    arguments = tuple(_scalar(table, "with", value, objects) for value in raw)
    returns = _scalar(table, "returns", table.rows["returns"], objects) if "returns" in table.rows else None
    return Call(functions, arguments, returns, ", ".join(map(_written, raw)))


def _scalar(table: Table, key: str, raw: Any, objects: Objects) -> Value:
    value = read_value(table, key, raw)
    if isinstance(value, Array | Bytes):
        raise table.error(key, "an array or bytes are no argument: make them an object, and name it")
    if isinstance(value, BitNames) and BEFORE in value.words:
        raise table.error(key, f"{BEFORE!r} has a meaning only for a place")
    _check_reference(table, key, value, objects)
    return value


def _written(raw: Any) -> str:
    if isinstance(raw, dict):
        return str(next(iter(raw.values())))
    return str(raw)


def _user(table: Table, objects: Objects) -> User:
    del objects
    table.check_keys(("user",))
    lines = table.rows["user"]
    lines = [lines] if isinstance(lines, str) else lines
    if not isinstance(lines, list) or not 0 < len(lines) <= _MOST_WORDS:
        raise table.error("user", f"must be a list of 1 to {_MOST_WORDS} instructions")
    return User(tuple(assemble(table, "user", table.line("user", line)) for line in lines))


def _interrupt(table: Table, objects: Objects) -> User:
    del objects
    table.check_keys(("interrupt",))
    name = table.text("interrupt")
    if name not in TAKEN:
        raise table.error("interrupt", f"unknown interrupt {shown(name)}: {nearest(name, TAKEN)}")
    return User((TAKEN[name],))


def _switch(table: Table, objects: Objects) -> Switch:
    table.check_keys(("switch",))
    name = table.text("switch")
    tasks = [key for key, found in objects.items() if found.kind == "task"]
    if name not in tasks:
        raise table.error("switch", f"there is no task {shown(name)}: {nearest(name, tasks)}")
    return Switch(name)


def _set(table: Table, objects: Objects) -> Set:
    table.check_keys(("set",))
    return Set(_assignments(table.table("set"), objects))


def _expect(table: Table, objects: Objects) -> Expect:
    table.check_keys(("expect",))
    return Expect(_wish(table.table("expect"), objects))


_STEPS: Mapping[str, Callable[[Table, Objects], Step]] = {
    "call": _call,
    "user": _user,
    "interrupt": _interrupt,
    "switch": _switch,
    "set": _set,
    "expect": _expect,
}


def _step(table: Table, objects: Objects) -> Step:
    kinds = [key for key in table.rows if key in _STEPS]
    if len(kinds) == 1:
        return _STEPS[kinds[0]](table, objects)
    if len(kinds) > 1:
        raise table.error(kinds[1], f"is a step of its own: it cannot stand beside {kinds[0]}")
    key = next(iter(table.rows), "step")
    raise table.error(key, f"no step of that kind: {nearest(key, _STEPS)}")
