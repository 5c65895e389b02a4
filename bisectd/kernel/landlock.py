# SPDX-License-Identifier: GPL-2.0-or-later
"""Landlock: a process gives up the machine's files for good, itself and all its children.

Linux 5.13 and later (Documentation/userspace-api/landlock.rst, include/uapi/linux/landlock.h). The C library
has no wrappers; the three system calls have the same numbers on every architecture.
"""

import ctypes
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_READ = _EXECUTE | _READ_FILE | _READ_DIR
# ABI version → number of file rights that it knows; the kernel refuses a bit that is new to it.
_FILE_RIGHTS_OF_ABI = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NET_SINCE, _SCOPE_SINCE = 4, 6
_NET_ALL, _SCOPE_ALL = 0b11, 0b11  # bind and connect TCP; abstract sockets and signals

_libc = ctypes.CDLL(None, use_errno=True)


class _RulesetAttr(ctypes.Structure):
    _fields_ = [
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    ]


class _PathBeneathAttr(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [
        ("allowed_access", ctypes.c_uint64),
        ("parent_fd", ctypes.c_int32),
    ]


@cache
def abi() -> int:
    """The version that the running kernel offers; 0 where there is none (not built in, or switched off)."""
    flag = ctypes.c_uint32(_VERSION_FLAG)
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), flag)))


def ruleset(readable: Iterable[Path], writable: Iterable[Path]) -> int:
    """A file descriptor for `restrict_self`: read and execute below `readable`, anything below `writable`.

    Paths that do not exist are left out. No TCP, no abstract sockets, no signals to others. OSError where
    the kernel refuses.
    """
    version = abi()
    everything = (1 << _FILE_RIGHTS_OF_ABI[min(version, max(_FILE_RIGHTS_OF_ABI))]) - 1
    attr = _RulesetAttr(
        everything,
        _NET_ALL if version >= _NET_SINCE else 0,
        _SCOPE_ALL if version >= _SCOPE_SINCE else 0,
    )
    descriptor = _checked(
        _libc.syscall(
            _CREATE_RULESET, ctypes.byref(attr), ctypes.c_size_t(_attr_size(version)), ctypes.c_uint32(0)
        )
    )
    try:
        for path in readable:
            _allow(descriptor, path, _READ & everything)
        for path in writable:
            _allow(descriptor, path, everything)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _attr_size(version: int) -> int:
    """The structure grew; an older kernel wants the size that it knows."""
    return 24 if version >= _SCOPE_SINCE else 16 if version >= _NET_SINCE else 8


def _allow(descriptor: int, path: Path, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not path.is_dir():
            rights &= _FILE_RIGHTS
        attr = _PathBeneathAttr(rights, opened)
        _checked(
            _libc.syscall(
                _ADD_RULE,
                ctypes.c_int(descriptor),
                ctypes.c_int(_PATH_BENEATH),
                ctypes.byref(attr),
                ctypes.c_uint32(0),
            )
        )
    finally:
        os.close(opened)


def restrict_self(descriptor: int) -> None:
    """Confine the calling thread and all that it starts. To be called between fork and exec."""
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _checked(_libc.syscall(_RESTRICT_SELF, ctypes.c_int(descriptor), ctypes.c_uint32(0)))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
