# SPDX-License-Identifier: GPL-2.0-or-later
"""Works out what follows from constants in the syntax trees that `specialize` makes, and joins statements."""

import ast
import operator
from collections.abc import Callable
from typing import Any

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor,
    ast.LShift: operator.lshift, ast.RShift: operator.rshift,
}  # fmt: skip
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
}  # fmt: skip
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.Invert: operator.invert, ast.USub: operator.neg, ast.Not: operator.not_,
}  # fmt: skip
_NEUTRAL = (ast.Add, ast.Sub, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift)  # by zero on the right


def is_register(name: str) -> bool:
    """Tell the name of a whole register, whose value never exceeds the register's width."""
    return name in {"lr", "ctr"} or (name[0] == "r" and name[1:].isdigit())


def binary(op: ast.operator, left: ast.expr, right: ast.expr, register_mask: int) -> ast.expr:
    """Make a binary operation, or what it comes to. `register_mask`: all ones of a register's width."""
    match left, right:
        case ast.Constant(value=a), ast.Constant(value=b) if type(op) in _BINARY:
            return ast.Constant(_BINARY[type(op)](a, b))
        case _, ast.Constant(value=0) if isinstance(op, _NEUTRAL):
            return left
        case ast.Constant(value=0), _ if isinstance(op, ast.Add | ast.BitOr):
            return right
        case ast.Name(id=name), ast.Constant(value=mask) if isinstance(op, ast.BitAnd):
            return left if mask == register_mask and is_register(name) else ast.BinOp(left, op, right)
        case (
            ast.BinOp(left=value, op=ast.BitAnd(), right=ast.Constant(value=int(inner))),
            ast.Constant(value=int(outer)),
        ) if isinstance(op, ast.BitAnd):
            return ast.BinOp(value, op, ast.Constant(inner & outer))
        case _:
            return ast.BinOp(left, op, right)


def unary(op: ast.unaryop, operand: ast.expr) -> ast.expr:
    """Make a unary operation, or what it comes to."""
    if isinstance(operand, ast.Constant) and type(op) in _UNARY:
        return ast.Constant(_UNARY[type(op)](operand.value))
    return ast.UnaryOp(op, operand)


def compare(left: ast.expr, ops: list[ast.cmpop], rights: list[ast.expr]) -> ast.expr:
    """Make a comparison, or what it comes to."""
    match left, ops, rights:
        case ast.Constant(value=a), [op], [ast.Constant(value=b)]:
            return ast.Constant(_COMPARE[type(op)](a, b))
        case _:
            return ast.Compare(left, ops, rights)


def truth(node: ast.expr) -> ast.expr:
    """Simplify an expression of which only the truth matters."""
    match node:
        case ast.Compare(
            left=ast.BinOp(
                left=ast.BinOp(left=value, op=ast.RShift(), right=ast.Constant(value=int(shift))),
                op=ast.BitAnd(),
                right=ast.Constant(value=1),
            ),
            ops=[ast.Eq()],
            comparators=[ast.Constant(value=wanted)],
        ):
            bit = ast.BinOp(value, ast.BitAnd(), ast.Constant(1 << shift))
            return bit if wanted else ast.UnaryOp(ast.Not(), bit)
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[ast.Constant(value=bool(wanted))]):
            return left if wanted else unary(ast.Not(), left)
        case _:
            return node


def merge(statements: list[ast.stmt]) -> list[ast.stmt]:
    """Put the value of a temporary into the next statement, where that is the only one to use it."""
    counts: dict[str, int] = {}
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                counts[node.id] = counts.get(node.id, 0) + 1
    merged: list[ast.stmt] = []
    for statement in statements:
        joined = statement
        while merged and (put := _carrier(merged[-1], joined, counts)):
            joined = put.visit(joined)
            merged.pop()
        merged.append(joined)
    return merged


def _carrier(assignment: ast.stmt, statement: ast.stmt, counts: dict[str, int]) -> "_Put | None":
    """Return what carries a value into `statement`, if that alone reads it, once, in the value it assigns."""
    match assignment, statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value), ast.Assign(value=inner):
            if not name.startswith("t_") or counts[name] != 2 or not _names(inner, name):
                return None
            if _has(inner, ast.IfExp, ast.BoolOp) and _has(value, ast.Call, ast.Subscript):
                return None  # what may fault must not become conditional
            return _Put(name, value)
        case _:
            return None


def _names(tree: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))


def _has(tree: ast.expr, *kinds: type[ast.expr]) -> bool:
    return any(isinstance(node, kinds) for node in ast.walk(tree))


class _Put(ast.NodeTransformer):
    def __init__(self, name: str, value: ast.expr) -> None:
        self._name = name
        self._value = value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._value if node.id == self._name else node
