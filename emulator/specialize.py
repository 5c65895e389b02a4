# SPDX-License-Identifier: GPL-2.0-or-later
"""Rewrites the semantics of one instruction into plain statements.

The semantics are read from their own source, with the operands and the mode as constants. Helpers that they
call are copied in; what follows from constants is worked out; registers become names: `r3` (gpr), `c0` (field
of CR), `lr`, `ctr`, `ca`, `so`, `ov`. The result is text for `translate`, which joins many of them into one
function. What cannot be rewritten (loops, returns in the middle, state that is not a register) is called as
it is.
"""

import ast
import inspect
import linecache
from dataclasses import dataclass, field
from functools import cache
from types import FunctionType
from typing import Any, TypeGuard

from emulator import folding

SCALARS = frozenset({"lr", "ctr", "ca", "so", "ov"})
CONSTANTS = frozenset({"mask", "amask", "sign", "flip1", "flip2", "flip4"})
ARRAYS = {"fpr": "F", "fd": "FD", "vr": "V"}
VIEWS = frozenset({"r1", "r2", "r4", "r8", "w1", "w2", "w4", "w8"})
PLAIN = frozenset({"memory", "cpu", "fpscr", "msr", "reservation"})  # reached through the state every time


class NotInlinable(Exception):
    """The semantics use something that cannot be rewritten."""


@dataclass
class Text:
    """The statements of one instruction: `lines` of source, and the names that they need.

    `escapes`: the state itself is handed to a function, which may reach any register that the line names.
    """

    lines: list[str]
    registers: set[str]
    written: set[str]
    objects: dict[str, Any]
    escapes: bool


def _definition(function: FunctionType) -> ast.FunctionDef:
    code = function.__code__
    if "<locals>" in function.__qualname__:
        raise NotInlinable(function.__qualname__)
    lines = linecache.getlines(code.co_filename)[code.co_firstlineno - 1 :]
    definition = ast.parse("".join(inspect.getblock(lines))).body[0] if lines else None
    if not isinstance(definition, ast.FunctionDef):
        raise NotInlinable(function.__name__)
    return definition


@cache
def _body(function: FunctionType) -> tuple[tuple[str, ...], list[ast.stmt]]:
    """Return the parameters and the statements without the docstring."""
    definition = _definition(function)
    body = definition.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    arguments = definition.args
    return tuple(a.arg for a in arguments.args + arguments.kwonlyargs), body


@cache
def _uses(function: FunctionType) -> dict[str, int]:
    """Return how often each name is read in a function."""
    counts: dict[str, int] = {}
    for statement in _body(function)[1]:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                counts[node.id] = counts.get(node.id, 0) + 1
    return counts


def qualified(function: FunctionType, name: str) -> str:
    """Make a global name of a function's module unique among the names of a generated function."""
    return f"{function.__module__.rpartition('.')[2]}_{name}"


def _can_be_taken_in(function: object) -> TypeGuard[FunctionType]:
    return (
        isinstance(function, FunctionType)
        and not hasattr(function, "out_of_line")
        and "<locals>" not in function.__qualname__
    )


@dataclass
class Scope:
    """Where names of a function being copied lead: parameters and local variables (`own`) to expressions."""

    function: FunctionType
    names: dict[str, ast.expr]
    own: dict[str, ast.expr] = field(default_factory=dict)


def _crossed(targets: list[ast.expr], values: list[ast.expr]) -> bool:
    """Tell whether a value reads what an assignment of several names has written before it (a, b = b, a)."""
    return any(
        ast.unparse(target) in {ast.unparse(part) for part in ast.walk(value) if isinstance(part, ast.expr)}
        for i, value in enumerate(values)
        for target in targets[:i]
    )


@dataclass
class Specializer:
    """Rewrites one instruction. `constants`: the state's masks and flips, and `pc` where it is known."""

    constants: dict[str, int]
    text: Text = field(default_factory=lambda: Text([], set(), set(), {}, escapes=False))
    _statements: list[ast.stmt] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)
    _conditional: int = 0  # inside how many expressions that may not be evaluated
    _branches: int = 0  # inside how many statements that may not run

    def instruction(self, function: FunctionType, arguments: tuple[int, ...]) -> Text:
        """Rewrite a whole instruction. NotInlinable where that cannot be."""
        values: list[ast.expr] = [ast.Name("s"), *(ast.Constant(a) for a in arguments)]
        self._inline(function, values)
        module = ast.Module(folding.merge(self._statements), [])
        self.text.lines = ast.unparse(ast.fix_missing_locations(module)).splitlines()
        return self.text

    def _inline(self, function: FunctionType, values: list[ast.expr]) -> None:
        names, body = _body(function)
        scope = Scope(function, dict(zip(names, values, strict=True)))
        for statement in body:
            self._statement(statement, scope)

    def _emit(self, statement: ast.stmt) -> None:
        self._statements.append(statement)

    def _fresh(self, name: str) -> ast.Name:
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return ast.Name("t_" + name)

    # Statements

    def _statement(self, node: ast.stmt, scope: Scope) -> None:
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                if _crossed(names, values):
                    raise NotInlinable(ast.unparse(node))
                for name, value in zip(names, values, strict=True):
                    self._assign(name, self._expression(value, scope), scope)
            case ast.Assign(targets=targets, value=value):
                result = self._expression(value, scope)
                for target in targets:
                    self._assign(target, result, scope)
            case ast.AugAssign(target=target, op=op, value=value):
                result = self._fold(op, self._expression(target, scope), self._expression(value, scope))
                self._assign(target, result, scope)
            case ast.If(test=test, body=body, orelse=orelse):
                self._if(folding.truth(self._expression(test, scope)), body, orelse, scope)
            case ast.Expr(value=ast.Call() as call):
                self._call_statement(call, scope)
            case ast.Raise(exc=ast.Call() as call, cause=None):
                self._emit(ast.Raise(self._plain_call(call, scope), None))
            case _:
                raise NotInlinable(ast.unparse(node))

    def _assign(self, target: ast.expr, value: ast.expr, scope: Scope) -> None:
        match target:
            case ast.Name(id=name):
                if isinstance(value, ast.Constant) and not self._branches:
                    scope.names[name] = value
                    scope.own.pop(name, None)
                    return
                place: ast.expr = scope.own.get(name) or self._fresh(name)
                scope.names[name] = scope.own[name] = place
            case ast.Attribute(value=ast.Name(id="s"), attr="npc"):
                place = ast.Name("npc")
                self.text.written.add("npc")
            case _:
                place = self._expression(target, scope)
                if isinstance(place, ast.Name):
                    self.text.written.add(place.id)
        self._emit(ast.Assign([place], value))

    def _if(self, test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt], scope: Scope) -> None:
        if isinstance(test, ast.Constant):
            for statement in body if test.value else orelse:
                self._statement(statement, scope)
            return
        outer = self._statements
        branches = []
        self._branches += 1
        for branch in (body, orelse):
            self._statements = []
            for statement in branch:
                self._statement(statement, scope)
            branches.append(self._statements)
        self._branches -= 1
        self._statements = outer
        self._emit(ast.If(test, branches[0] or [ast.Pass()], branches[1]))

    def _call_statement(self, call: ast.Call, scope: Scope) -> None:
        function = self._resolve(call.func, scope)
        if not _can_be_taken_in(function):
            self._emit(ast.Expr(self._plain_call(call, scope)))
            return
        values = [
            self._simple(self._expression(value, scope), "a") for value in self._in_order(function, call)
        ]
        self._inline(function, values)

    def _in_order(self, function: FunctionType, call: ast.Call) -> list[ast.expr]:
        names, _ = _body(function)
        named = {keyword.arg: keyword.value for keyword in call.keywords}
        values = [*call.args, *(named[name] for name in names[len(call.args) :] if name in named)]
        if len(values) != len(names) or any(isinstance(value, ast.Starred) for value in values):
            raise NotInlinable(ast.unparse(call))
        return values

    # Expressions

    def _expression(self, node: ast.expr, scope: Scope) -> ast.expr:
        match node:
            case ast.Constant():
                return node
            case ast.Name(id=name):
                return self._name(name, scope)
            case ast.Attribute(value=ast.Name(id="s"), attr=attribute):
                return self._state(attribute)
            case ast.Attribute(value=value, attr=attribute):
                return ast.Attribute(self._expression(value, scope), attribute)
            case ast.Subscript(
                value=ast.Attribute(value=ast.Name(id="s"), attr="gpr" | "crf" as array), slice=index
            ):
                return self._register(array, self._expression(index, scope))
            case ast.Subscript(value=value, slice=index):
                return ast.Subscript(self._expression(value, scope), self._expression(index, scope))
            case ast.BinOp(left=left, op=op, right=right):
                return self._fold(op, self._expression(left, scope), self._expression(right, scope))
            case ast.UnaryOp(op=op, operand=operand):
                return folding.unary(op, self._expression(operand, scope))
            case _:
                return self._compound(node, scope)

    def _compound(self, node: ast.expr, scope: Scope) -> ast.expr:
        match node:
            case ast.BoolOp(op=op, values=values):
                return self._boolean(op, values, scope)
            case ast.Compare(left=left, ops=ops, comparators=rights):
                return folding.compare(
                    self._expression(left, scope), ops, [self._expression(right, scope) for right in rights]
                )
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._choice(folding.truth(self._expression(test, scope)), body, orelse, scope)
            case ast.Call():
                return self._call(node, scope)
            case _:
                raise NotInlinable(ast.unparse(node))

    def _name(self, name: str, scope: Scope) -> ast.expr:
        if name in scope.names:
            return scope.names[name]
        value = scope.function.__globals__.get(name)
        if isinstance(value, int | float):
            return ast.Constant(value)
        if value is None:
            if name not in {"abs", "int", "min", "max", "None"}:
                raise NotInlinable(name)
            return ast.Name(name)
        name = qualified(scope.function, name)
        self.text.objects[name] = value
        return ast.Name(name)

    def _state(self, attribute: str) -> ast.expr:
        if attribute in self.constants:
            return ast.Constant(self.constants[attribute])
        if attribute in SCALARS:
            self.text.registers.add(attribute)
            return ast.Name(attribute)
        if attribute in ARRAYS:
            return ast.Name(ARRAYS[attribute])
        if attribute in VIEWS:
            return ast.Name(attribute.upper())
        if attribute in PLAIN:
            return ast.Attribute(ast.Name("s"), attribute)
        raise NotInlinable(f"s.{attribute}")

    def _register(self, array: str, index: ast.expr) -> ast.expr:
        if not isinstance(index, ast.Constant):
            raise NotInlinable(f"s.{array}[…]")
        name = ("r" if array == "gpr" else "c") + str(index.value)
        self.text.registers.add(name)
        return ast.Name(name)

    def _fold(self, op: ast.operator, left: ast.expr, right: ast.expr) -> ast.expr:
        return folding.binary(op, left, right, self.constants["mask"])

    def _boolean(self, op: ast.boolop, values: list[ast.expr], scope: Scope) -> ast.expr:
        """Keep what constants leave open; `decisive` is the truth that ends the evaluation."""
        decisive = isinstance(op, ast.Or)
        kept: list[ast.expr] = []
        for i, value in enumerate(values):
            self._conditional += i > 0
            result = folding.truth(self._expression(value, scope))
            self._conditional -= i > 0
            if isinstance(result, ast.Constant):
                if bool(result.value) == decisive:
                    kept.append(ast.Constant(decisive))
                    break
                continue
            kept.append(result)
        if not kept:
            return ast.Constant(not decisive)
        return kept[0] if len(kept) == 1 else ast.BoolOp(op, kept)

    def _choice(self, test: ast.expr, body: ast.expr, orelse: ast.expr, scope: Scope) -> ast.expr:
        if isinstance(test, ast.Constant):
            return self._expression(body if test.value else orelse, scope)
        self._conditional += 1
        node = ast.IfExp(test, self._expression(body, scope), self._expression(orelse, scope))
        self._conditional -= 1
        return node

    # Calls

    def _resolve(self, node: ast.expr, scope: Scope) -> object:
        if isinstance(node, ast.Name) and node.id not in scope.names:
            return scope.function.__globals__.get(node.id)
        return None

    def _call(self, call: ast.Call, scope: Scope) -> ast.expr:
        function = self._resolve(call.func, scope)
        if isinstance(getattr(function, "__wrapped__", None), FunctionType):
            return self._remembered_call(call, scope)
        if not _can_be_taken_in(function):
            return self._plain_call(call, scope)
        names, body = _body(function)
        values = [self._expression(value, scope) for value in self._in_order(function, call)]
        constants = [value.value for value in values if isinstance(value, ast.Constant)]
        if len(constants) == len(values):
            return ast.Constant(function(*constants))
        *before, last = body
        if (
            not isinstance(last, ast.Return)
            or last.value is None
            or not all(isinstance(b, ast.Assign) for b in before)
        ):
            return self._plain_call(call, scope)
        uses = _uses(function)
        bound = {
            name: value if uses.get(name, 0) <= 1 else self._simple(value, name)
            for name, value in zip(names, values, strict=True)
        }
        inner = Scope(function, bound)
        if before and self._conditional:
            raise NotInlinable("a helper's statements under a condition")
        for statement in before:
            self._statement(statement, inner)
        return self._expression(last.value, inner)

    def _remembered_call(self, call: ast.Call, scope: Scope) -> ast.expr:
        """Call a function that remembers its results now, where its arguments are constants."""
        plain = self._plain_call(call, scope)
        values = [value.value for value in plain.args if isinstance(value, ast.Constant)]
        if len(values) < len(plain.args):
            return plain
        function: Any = self._resolve(call.func, scope)
        return ast.Constant(function(*values))

    def _simple(self, value: ast.expr, name: str) -> ast.expr:
        """Give an expression a name, so that it is worked out once."""
        if isinstance(value, ast.Name | ast.Constant):
            return value
        if self._conditional:
            raise NotInlinable("a helper's argument under a condition")
        place = self._fresh(name)
        self._emit(ast.Assign([place], value))
        return place

    def _plain_call(self, call: ast.Call, scope: Scope) -> ast.Call:
        """Call a function as it is; if it is given the state, it may touch registers."""
        function = self._expression(call.func, scope)
        values = [self._expression(value, scope) for value in call.args]
        if any(isinstance(value, ast.Name) and value.id == "s" for value in values):
            self.text.escapes = True
        keywords = [ast.keyword(k.arg, self._expression(k.value, scope)) for k in call.keywords]
        return ast.Call(function, values, keywords)
