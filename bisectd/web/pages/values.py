# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands in addresses: numbers that a database can hold."""

from typing import Annotated

from fastapi import Path, Query

_MOST = (1 << 63) - 1

Number = Annotated[int, Path(ge=1, le=_MOST)]
Before = Annotated[int | None, Query(ge=1, le=_MOST)]
Other = Annotated[int | None, Query(ge=1, le=_MOST)]
Which = Annotated[int, Query(ge=0, le=_MOST)]
Time = Annotated[float | None, Query(allow_inf_nan=False)]
