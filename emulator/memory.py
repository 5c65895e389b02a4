# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory in pages that come into being when they are touched, laid out for speed.

Where guest and host differ in byte order, the eight bytes of every aligned doubleword are held in reverse
order. An aligned access of any size is then one index into a memoryview, whose index is the guest's with a
constant exclusive-ored in (`flip`), and no byte is ever swapped on the way.
"""

import sys
from array import array
from collections.abc import Callable
from typing import Literal

from emulator.errors import MemoryFault

PAGE_BITS = 12
PAGE = 1 << PAGE_BITS
_FORMATS: dict[int, Literal["B", "H", "I", "Q"]] = {1: "B", 2: "H", 4: "I", 8: "Q"}

WriteHook = Callable[[int, int, int], None]


class Views(dict[int, memoryview]):
    """Page number → the page's memoryview of one access size; pages come in at first use.

    Where a page cannot be indexed directly (unmapped, or watched and written to), the value handed out
    is a `Gate`, which is asked for each access and is never kept.
    """

    __slots__ = ("memory", "size", "store")

    def __init__(self, memory: "Memory", size: int, *, store: bool) -> None:
        super().__init__()
        self.memory = memory
        self.size = size
        self.store = store

    def __missing__(self, page: int) -> "memoryview | Gate":
        memory = self.memory
        if not memory.is_mapped(page) or (self.store and page in memory.watched_pages):
            return Gate(memory, page, self.size, store=self.store)
        view: memoryview = memory.page(page).cast("B").cast(_FORMATS[self.size])
        self[page] = view
        return view


class Gate:
    """Stands in for a page that is unmapped (every access faults) or watched (every store is told)."""

    __slots__ = ("memory", "page", "size", "store")

    def __init__(self, memory: "Memory", page: int, size: int, *, store: bool) -> None:
        self.memory = memory
        self.page = page
        self.size = size
        self.store = store

    def _address(self, index: int) -> int:
        return self.page << PAGE_BITS | (index ^ self.memory.flips[self.size]) * self.size

    def __getitem__(self, index: int) -> int:
        raise MemoryFault(self._address(index), store=self.store)

    def __setitem__(self, index: int, value: int) -> None:
        address = self._address(index)
        if not self.memory.is_mapped(self.page):
            raise MemoryFault(address, store=True)
        self.memory.page(self.page).cast("B").cast(_FORMATS[self.size])[index] = value
        self.memory.tell(address, self.size, value)


class Memory:
    """Flat guest memory. Addresses and sizes are in bytes; `map` rounds outward to pages of 4096 bytes."""

    def __init__(self, endian: str) -> None:
        self.endian = endian
        self.swapped = endian != sys.byteorder
        self.flips = {1: 7, 2: 3, 4: 1, 8: 0} if self.swapped else dict.fromkeys((1, 2, 4, 8), 0)
        self.readable = {size: Views(self, size, store=False) for size in _FORMATS}
        self.writable = {size: Views(self, size, store=True) for size in _FORMATS}
        self.watched_pages: set[int] = set()
        self.on_change: Callable[[], None] = lambda: None
        self._pages: dict[int, memoryview] = {}
        self._ranges: list[range] = []
        self._aliases: list[tuple[range, int]] = []
        self._watches: list[tuple[range, WriteHook]] = []

    def map(self, address: int, size: int) -> None:
        """Make a range usable; it reads as zero until written. What is already mapped keeps its bytes."""
        if size <= 0 or address < 0:
            raise ValueError(f"cannot map {size} bytes at {address:#x}")
        self._ranges.append(range(address >> PAGE_BITS, (address + size + PAGE - 1) >> PAGE_BITS))

    def alias(self, address: int, size: int, of: int) -> None:
        """Show the bytes from `of` on at `address` too, page by page, as two translations of one page would.

        Alias before anything touches the new range. Watches go by the address that a store uses. ValueError
        where an edge is not on a page.
        """
        if (address | of | size) % PAGE:
            raise ValueError(f"cannot alias {size} bytes of {of:#x} at {address:#x}: not whole pages")
        pages = range(address >> PAGE_BITS, (address + size) >> PAGE_BITS)
        self._aliases.append((pages, (of >> PAGE_BITS) - pages.start))

    def is_mapped(self, page: int) -> bool:
        """Tell whether the page with this number (address >> 12) is mapped."""
        page = self._origin(page)
        return any(page in pages for pages in self._ranges)

    def page(self, number: int) -> memoryview:
        """Return the storage of a mapped page as doublewords, made at first use."""
        number = self._origin(number)
        view = self._pages.get(number)
        if view is None:
            view = self._pages[number] = memoryview(bytearray(PAGE)).cast("Q")
        return view

    def read(self, address: int, size: int) -> bytes:
        """Return `size` bytes in guest order. MemoryFault with the first address that is not mapped."""
        parts = []
        for page, start, end in self._pieces(address, size, store=False):
            parts.append(self._bytes(page)[start:end])
        return b"".join(parts)

    def write(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Store bytes in guest order: all, or none and MemoryFault. Code that was seen there is forgotten."""
        data = bytes(data)
        position = 0
        for page, start, end in list(self._pieces(address, len(data), store=True)):
            fresh = bytearray(self._bytes(page))
            fresh[start:end] = data[position : position + end - start]
            position += end - start
            self._set_bytes(page, fresh)
        self.on_change()

    def load(self, address: int, size: int) -> int:
        """Load an unsigned value of any alignment."""
        if size == 8 and not address & 3:
            return self._load_two_words(address)
        views, flip, order = self.readable[1], self.flips[1], range(size)
        value = 0
        for i in order if self.endian == "big" else reversed(order):
            value = value << 8 | views[(address + i) >> PAGE_BITS][((address + i) & (PAGE - 1)) ^ flip]
        return value

    def _load_two_words(self, address: int) -> int:
        views, flip = self.readable[4], self.flips[4]
        first, second = (views[a >> PAGE_BITS][a >> 2 & 1023 ^ flip] for a in (address, address + 4))
        return first << 32 | second if self.endian == "big" else second << 32 | first

    def store(self, address: int, size: int, value: int) -> None:
        """Store an unsigned value of any alignment; no byte is written where one of them cannot be."""
        for edge in (address, address + size - 1):
            if not self.is_mapped(edge >> PAGE_BITS):
                raise MemoryFault(edge, store=True)
        views, flip = self.writable[1], self.flips[1]
        for i, byte in enumerate(value.to_bytes(size, self.endian)):  # type: ignore[arg-type]
            views[(address + i) >> PAGE_BITS][((address + i) & (PAGE - 1)) ^ flip] = byte

    def watch(self, address: int, size: int, hook: WriteHook) -> None:
        """Call hook(address, size, value) after every store that touches the range."""
        self._watches.append((range(address, address + size), hook))
        pages = range(address >> PAGE_BITS, (address + size + PAGE - 1) >> PAGE_BITS)
        self.watched_pages.update(pages)
        for views in self.writable.values():
            views.clear()

    def unwatch(self) -> None:
        """Forget all watches."""
        self._watches.clear()
        self.watched_pages.clear()

    def tell(self, address: int, size: int, value: int) -> None:
        """Report a store to the watches that it touches."""
        for watched, hook in self._watches:
            if address < watched.stop and address + size > watched.start:
                hook(address, size, value)

    def _pieces(self, address: int, size: int, *, store: bool) -> list[tuple[int, int, int]]:
        """Cut a range at page borders: (page, start in page, end in page)."""
        pieces = []
        end = address + size
        while address < end:
            page = address >> PAGE_BITS
            if not self.is_mapped(page):
                raise MemoryFault(address, store=store)
            stop = min(end, (page + 1) << PAGE_BITS)
            pieces.append((page, address & (PAGE - 1), stop - (page << PAGE_BITS)))
            address = stop
        return pieces

    def _origin(self, page: int) -> int:
        """The page whose storage this one shows: itself, unless it is an alias."""
        return next((page + distance for pages, distance in self._aliases if page in pages), page)

    def _bytes(self, page: int) -> bytes:
        page = self._origin(page)
        if page not in self._pages:
            return bytes(PAGE)
        return self._reorder(self._pages[page].tobytes())

    def _set_bytes(self, page: int, data: bytes | bytearray) -> None:
        self.page(page).cast("B")[:] = self._reorder(bytes(data))

    def _reorder(self, data: bytes) -> bytes:
        if not self.swapped:
            return data
        doublewords = array("Q", data)
        doublewords.byteswap()
        return doublewords.tobytes()
