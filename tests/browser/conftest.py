# SPDX-License-Identifier: GPL-2.0-or-later
"""One browser and one service for all tests of the dashboard."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browser import browsing, chromium
from tests.support.story import Story, telling


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with browsing() as found:
        yield found


@pytest.fixture(scope="package")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    chromium()  # nothing is compiled where nobody looks
    with telling(tmp_path_factory.mktemp("story")) as told:
        told.served.finished(told.served.bisect(told.ids[0], told.ids[5]))
        yield told
