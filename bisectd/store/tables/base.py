# SPDX-License-Identifier: GPL-2.0-or-later
"""What all tables share. Times are seconds since the epoch, UTC."""

from enum import Enum
from typing import Annotated, Any, ClassVar

from sqlalchemy import JSON, BigInteger, Double, Integer, MetaData, String
from sqlalchemy import Enum as EnumType
from sqlalchemy.orm import DeclarativeBase, mapped_column

from bisectd.store.packing import AnyText

Hash = Annotated[str, mapped_column(String(64))]  # SHA-256, in hex
CommitId = Annotated[str, mapped_column(String(64))]  # full object id: SHA-1 or SHA-256, in hex
Name = Annotated[str, mapped_column(String(200))]  # of a probe, a target, a toolchain and its version
Line = Annotated[str, mapped_column(AnyText)]  # compilers and hostile sources have a say in it
Seconds = Annotated[float, mapped_column(Double)]
Number = Annotated[
    int, mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
]  # 1, 2, …


def _values(kind: type[Enum]) -> list[str]:
    return [member.value for member in kind]


def enum_of(kind: type[Enum], name: str, length: int = 10) -> EnumType:
    """Stored as the value's text, with a CHECK: adding a value is a plain migration on every database."""
    return EnumType(
        kind, native_enum=False, length=length, create_constraint=True, name=name, values_callable=_values
    )


class Base(DeclarativeBase):
    """Every constraint has a name, so that a migration can drop it on any database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        dict[str, Any]: JSON(),
        dict[str, int]: JSON(),
        list[str]: JSON(),
        list[dict[str, Any]]: JSON(),
    }
