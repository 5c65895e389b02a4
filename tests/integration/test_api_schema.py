# SPDX-License-Identifier: GPL-2.0-or-later
"""The API against its own description: whatever is sent, the answer is described, and no failure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bisectd import settings as configuration
from bisectd.store.store import Store
from bisectd.web.app import create_app
from tests.support.served import Served, serving

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    allow_header_conformance,
]
EXAMPLES = settings(
    max_examples=8, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
LONGEST = 60  # seconds that a stream of events may take
OPERATIONS = [
    f"{method.upper()} {path}"
    for path, methods in create_app(cast("Store", None), configuration.settings()).openapi()["paths"].items()
    for method in methods
]


@dataclass
class Asker:
    """Somebody with or without a token, and the description of the API that they have."""

    described: Any
    headers: dict[str, str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as served:
        served.finished(served.bisect(served.ids[0], served.ids[-1]))
        yield served


@pytest.fixture(scope="module", params=["administrator", "anybody"])
def asker(served: Served, request: pytest.FixtureRequest) -> Asker:
    """Who asks, and what they are told; whether a token is there is not for the requests to vary."""
    document = httpx.get(f"{served.url}/api/v1/openapi.json").json()
    headers = {}
    if request.param == "administrator":
        headers = {"Authorization": f"Bearer {served.token('admin')}"}
        for methods in document["paths"].values():
            for operation in methods.values():
                operation.pop("security", None)
    loaded = schemathesis.openapi.from_dict(document)
    loaded.config.update(base_url=served.url)
    return Asker(loaded, headers)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_answer_is_described_and_none_is_a_failure(
    asker: Asker, operation: str, mode: GenerationMode
) -> None:
    method, path = operation.split()

    @EXAMPLES
    @given(case=asker.described[path][method].as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(headers=asker.headers, checks=CHECKS, timeout=LONGEST)

    try:
        ask()
    except Unsatisfiable:  # there is nothing to send that could be wrong
        assert mode is GenerationMode.NEGATIVE


def test_the_description_names_every_operation(asker: Asker) -> None:
    names = [
        operation["operationId"]
        for methods in asker.described.raw_schema["paths"].values()
        for operation in methods.values()
    ]
    assert len(names) == len(set(names)) == len(OPERATIONS)
    assert {"submit_job", "follow_job", "submit_suggestion"} <= set(names)
