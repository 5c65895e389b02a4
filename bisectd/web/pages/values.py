# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands in addresses: numbers and words that a database can hold."""

from typing import Annotated

from fastapi import Path, Query

from bisectd.domain.records import LARGEST

Number = Annotated[int, Path(ge=1, le=LARGEST)]
Before = Annotated[int | None, Query(ge=1, le=LARGEST)]
Other = Annotated[int | None, Query(ge=1, le=LARGEST)]
Which = Annotated[int, Query(ge=0, le=LARGEST)]
Name = Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Word = Annotated[str, Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]  # "": none was chosen
Words = Annotated[str, Query(pattern=r"^[^\x00]*$")]
# A row of the matrix: when it was committed, whether it is a release, its name.
Row = Annotated[
    str | None,
    Query(
        max_length=300,
        pattern=r"^-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?,[01],[^\x00-\x1f\x7f]+$",
    ),
]
