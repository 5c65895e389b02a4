# SPDX-License-Identifier: GPL-2.0-or-later
"""Which object defines a name (System V gABI, chapter 4, symbol binding)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from bisectd.kernel.image import ABSOLUTE, COMMON, UNDEFINED, Binding, Image, Symbol, Unlinkable


class Definition(NamedTuple):
    """A symbol and the number of the image that holds it."""

    image: int
    symbol: Symbol


TOC = ".TOC."  # the symbol for the TOC pointer's value (ELFv2 ABI, section 3.3)

Names: TypeAlias = Mapping[str, Definition]


def resolve(images: Sequence[Image]) -> Names:
    """Global names → the definition that counts: strong before weak before common.

    Raises Unlinkable where two images define one name.
    """
    names: dict[str, Definition] = {}
    for number, image in enumerate(images):
        for symbol in image.symbols:
            if symbol.name and symbol.section != UNDEFINED and symbol.binding != Binding.LOCAL:
                _define(names, Definition(number, symbol))
    return names


def _define(names: dict[str, Definition], new: Definition) -> None:
    known = names.setdefault(new.symbol.name, new)
    if known is new:
        return
    if _strength(known.symbol) == _strength(new.symbol) == _STRONG:
        raise Unlinkable(f"{new.symbol.name} is defined twice")
    if _rank(new.symbol) > _rank(known.symbol):
        names[new.symbol.name] = new


_STRONG = 2


def _strength(symbol: Symbol) -> int:
    if symbol.section == COMMON:
        return 0
    return 1 if symbol.binding == Binding.WEAK else _STRONG


def _rank(symbol: Symbol) -> tuple[int, int]:
    """Of two common symbols the larger counts."""
    return _strength(symbol), symbol.size if symbol.section == COMMON else 0


def find(images: Sequence[Image], names: Names, name: str) -> Definition | None:
    """Find what a probe means by a name: the global one, else the first static one."""
    if name in names:
        return names[name]
    for number, image in enumerate(images):
        for symbol in image.symbols:
            if symbol.name == name and (symbol.section >= 0 or symbol.section == ABSOLUTE):
                return Definition(number, symbol)
    return None


def plain(name: str) -> str:
    """Return the C name of a function: assembly calls the code of `f` by the name `.f` (64-bit ELFv1 ABI)."""
    return name[1:] if name.startswith(".") and name != TOC else name


def target(images: Sequence[Image], names: Names, image: int, number: int) -> Definition | None:
    """Find what symbol `number` of image `image` stands for; None where nobody defines it."""
    symbol = images[image].symbols[number]
    if symbol.binding != Binding.LOCAL:
        found = names.get(symbol.name) or names.get(plain(symbol.name))
        if found:
            return found
    return None if symbol.section == UNDEFINED else Definition(image, symbol)


def defines(images: Sequence[Image], name: str) -> bool:
    """Whether any image defines `name`, global or static."""
    return find(images, resolve(images), name) is not None


def missing(images: Sequence[Image], roots: Sequence[str]) -> str | None:
    """Return why the roots cannot be called: the first that no image defines; None where all are there."""
    absent = next((root for root in roots if not defines(images, root)), None)
    if absent is None:
        return None
    parts = sorted(
        {symbol.name for image in images for symbol in image.symbols if symbol.name.startswith(f"{absent}.")}
    )
    left = f" (the compiler left only {', '.join(parts)})" if parts else ""
    return f"no source file of the unit defines {absent}{left}"
