# SPDX-License-Identifier: GPL-2.0-or-later
"""Rewrites the semantics of one instruction, with its operands and the mode as constants, into plain statements.

The semantics are read from their own source. Helpers that they call are copied in; what follows from constants
is worked out; registers become names: `r3` (gpr), `c0` (field of CR), `lr`, `ctr`, `ca`, `so`, `ov`. The result
is text for `translate`, which joins many of them into one function. What cannot be rewritten (loops, returns in
the middle, state that is not a register) is called as it is.
"""

import ast
import inspect
import operator
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from types import FunctionType
from typing import Any

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

    `escapes`: the state itself is handed to a function, which may reach any register that the table line names.
    """

    lines: list[str]
    registers: set[str]
    written: set[str]
    objects: dict[str, Any]
    escapes: bool


@cache
def _functions(module: str) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def _definition(function: Callable[..., Any]) -> ast.FunctionDef:
    definition = _functions(function.__module__).get(function.__name__)
    if definition is None:
        raise NotInlinable(function.__name__)
    return definition


@cache
def _body(function: Callable[..., Any]) -> tuple[tuple[str, ...], list[ast.stmt]]:
    """Return the parameters and the statements without the docstring."""
    definition = _definition(function)
    body = definition.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    arguments = definition.args
    return tuple(a.arg for a in arguments.args + arguments.kwonlyargs), body


@cache
def _uses(function: Callable[..., Any]) -> dict[str, int]:
    """Return how often each name is read in a function."""
    counts: dict[str, int] = {}
    for statement in _body(function)[1]:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                counts[node.id] = counts.get(node.id, 0) + 1
    return counts


_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_, ast.BitXor: operator.xor, ast.LShift: operator.lshift, ast.RShift: operator.rshift,
}  # fmt: skip
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
}  # fmt: skip
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.Invert: operator.invert, ast.USub: operator.neg, ast.Not: operator.not_,
}  # fmt: skip
_NEUTRAL = (ast.Add, ast.Sub, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift)  # by zero on the right


def _constant(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def is_register(name: str) -> bool:
    """Tell the name of a whole register, whose value never exceeds the register's width."""
    return name in {"lr", "ctr"} or (name[0] == "r" and name[1:].isdigit())


def qualified(function: Callable[..., Any], name: str) -> str:
    """Make a global name of a function's module unique among the names of a generated function."""
    return f"{function.__module__.rpartition('.')[2]}_{name}"


@dataclass
class Scope:
    """Where names of a function being copied lead: parameters and local variables (`own`) to expressions."""

    function: Callable[..., Any]
    names: dict[str, ast.expr]
    own: dict[str, ast.expr] = field(default_factory=dict)


@dataclass
class Specializer:
    """Rewrites one instruction. `constants`: the state's masks and flips, and `pc` where it is known."""

    constants: dict[str, int]
    text: Text = field(default_factory=lambda: Text([], set(), set(), {}, escapes=False))
    _statements: list[ast.stmt] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)
    _conditional: int = 0  # inside how many expressions that may not be evaluated
    _branches: int = 0  # inside how many statements that may not run

    def instruction(self, function: Callable[..., Any], arguments: tuple[int, ...]) -> Text:
        """Rewrite a whole instruction. NotInlinable where that cannot be."""
        values: list[ast.expr] = [ast.Name("s"), *(ast.Constant(a) for a in arguments)]
        self._inline(function, values)
        module = ast.Module(merge(self._statements), [])
        self.text.lines = ast.unparse(ast.fix_missing_locations(module)).splitlines()
        return self.text

    def _inline(self, function: Callable[..., Any], values: list[ast.expr]) -> None:
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
                self._if(self._test(self._expression(test, scope)), body, orelse, scope)
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
        if not isinstance(function, FunctionType) or hasattr(function, "out_of_line"):
            self._emit(ast.Expr(self._plain_call(call, scope)))
            return
        values = [
            self._simple(self._expression(value, scope), "a") for value in self._in_order(function, call)
        ]
        self._inline(function, values)

    def _in_order(self, function: Callable[..., Any], call: ast.Call) -> list[ast.expr]:
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
                return self._unary(op, self._expression(operand, scope))
            case _:
                return self._compound(node, scope)

    def _compound(self, node: ast.expr, scope: Scope) -> ast.expr:
        match node:
            case ast.BoolOp(op=op, values=values):
                return self._boolean(op, values, scope)
            case ast.Compare(left=left, ops=ops, comparators=rights):
                return self._compare(
                    self._expression(left, scope), ops, [self._expression(right, scope) for right in rights]
                )
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._choice(self._test(self._expression(test, scope)), body, orelse, scope)
            case ast.Call():
                return self._call(node, scope)
            case _:
                raise NotInlinable(ast.unparse(node))

    def _name(self, name: str, scope: Scope) -> ast.expr:
        if name in scope.names:
            return scope.names[name]
        value = scope.function.__globals__.get(name)  # type: ignore[attr-defined]
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
        if isinstance(left, ast.Constant) and isinstance(right, ast.Constant) and type(op) in _BINARY:
            return ast.Constant(_BINARY[type(op)](left.value, right.value))
        if isinstance(right, ast.Constant) and right.value == 0 and isinstance(op, _NEUTRAL):
            return left
        if isinstance(left, ast.Constant) and left.value == 0 and isinstance(op, ast.Add | ast.BitOr):
            return right
        if isinstance(op, ast.BitAnd) and isinstance(right, ast.Constant):
            if right.value == self.constants["mask"] and isinstance(left, ast.Name) and is_register(left.id):
                return left
            if (
                isinstance(left, ast.BinOp)
                and isinstance(left.op, ast.BitAnd)
                and isinstance(left.right, ast.Constant)
            ):
                return ast.BinOp(left.left, op, ast.Constant(left.right.value & right.value))
        return ast.BinOp(left, op, right)

    def _unary(self, op: ast.unaryop, operand: ast.expr) -> ast.expr:
        if isinstance(operand, ast.Constant) and type(op) in _UNARY:
            return ast.Constant(_UNARY[type(op)](operand.value))
        return ast.UnaryOp(op, operand)

    def _boolean(self, op: ast.boolop, values: list[ast.expr], scope: Scope) -> ast.expr:
        """Keep what constants leave open; `decisive` is the truth that ends the evaluation."""
        decisive = isinstance(op, ast.Or)
        kept: list[ast.expr] = []
        for i, value in enumerate(values):
            self._conditional += i > 0
            result = self._test(self._expression(value, scope))
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

    def _test(self, node: ast.expr) -> ast.expr:
        """Simplify an expression of which only the truth matters."""
        match node:
            case ast.Compare(
                left=ast.BinOp(
                    left=ast.BinOp(left=value, op=ast.RShift(), right=ast.Constant(value=shift)),
                    op=ast.BitAnd(),
                    right=ast.Constant(value=1),
                ),
                ops=[ast.Eq()],
                comparators=[ast.Constant(value=wanted)],
            ):
                bit = ast.BinOp(value, ast.BitAnd(), ast.Constant(1 << shift))
                return bit if wanted else ast.UnaryOp(ast.Not(), bit)
            case ast.Compare(left=left, ops=[ast.Eq()], comparators=[ast.Constant(value=bool(wanted))]):
                return left if wanted else self._unary(ast.Not(), left)
            case _:
                return node

    def _compare(self, left: ast.expr, ops: list[ast.cmpop], rights: list[ast.expr]) -> ast.expr:
        operands = [left, *rights]
        if len(ops) == 1 and all(isinstance(operand, ast.Constant) for operand in operands):
            a, b = (operand.value for operand in operands)  # type: ignore[attr-defined]
            return ast.Constant(_COMPARE[type(ops[0])](a, b))
        return ast.Compare(left, ops, rights)

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
            return scope.function.__globals__.get(node.id)  # type: ignore[attr-defined]
        return None

    def _call(self, call: ast.Call, scope: Scope) -> ast.expr:
        function = self._resolve(call.func, scope)
        if not isinstance(function, FunctionType) or hasattr(function, "out_of_line"):
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


# Afterwards: names that are used once


def merge(statements: list[ast.stmt]) -> list[ast.stmt]:
    """Put the value of a temporary into the next statement, where that is the only one to use it."""
    counts: dict[str, int] = {}
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                counts[node.id] = counts.get(node.id, 0) + 1
    merged: list[ast.stmt] = []
    for statement in statements:
        while merged and _takes(merged[-1], statement, counts):
            assignment = merged.pop()
            assert isinstance(assignment, ast.Assign)
            statement = _Put(assignment).visit(statement)  # noqa: PLW2901
        merged.append(statement)
    return merged


def _takes(assignment: ast.stmt, statement: ast.stmt, counts: dict[str, int]) -> bool:
    """Tell whether `statement` alone reads what `assignment` names, once, at its own level."""
    match assignment:
        case ast.Assign(targets=[ast.Name(id=name)]) if name.startswith("t_") and counts[name] == 2:
            inner = statement.value if isinstance(statement, ast.Assign) else None
            if inner is None or (
                _has(inner, ast.IfExp, ast.BoolOp) and _has(assignment.value, ast.Call, ast.Subscript)
            ):
                return False  # what may fault must not become conditional
            return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(inner))
        case _:
            return False


def _has(tree: ast.expr, *kinds: type[ast.expr]) -> bool:
    return any(isinstance(node, kinds) for node in ast.walk(tree))


class _Put(ast.NodeTransformer):
    def __init__(self, assignment: ast.Assign) -> None:
        target = assignment.targets[0]
        assert isinstance(target, ast.Name)
        self._name = target.id
        self._value = assignment.value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._value if node.id == self._name else node
