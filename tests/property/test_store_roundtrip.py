# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever a probe, a compiler or a hostile source says is stored as data, and comes back."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bisectd.domain.observation import Observation
from bisectd.domain.verdict import Verdict
from bisectd.store.store import Store
from tests.support.servers import KINDS, SQLITE
from tests.support.store_data import digest, key, unit

ANY_TEXT = st.text(st.characters(codec=None), max_size=20)  # with NUL and lone surrogates
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="module", params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    if request.param == SQLITE:
        url = str(tmp_path_factory.mktemp("store") / "x.db")
    else:
        url = request.getfixturevalue("postgresql_server").create()
    with Store.open(url) as opened:
        with opened.begin() as tx:
            tx.units.add(unit("run"), [])
        yield opened


@settings(deadline=None, max_examples=100)
@given(
    verdict=st.sampled_from(Verdict), reason=ANY_TEXT, evidence=st.dictionaries(ANY_TEXT, JSON, max_size=4)
)
def test_an_observation_comes_back(
    store: Store, verdict: Verdict, reason: str, evidence: dict[str, object]
) -> None:
    name = key(repr((verdict, reason, evidence)))
    with store.begin() as tx:
        tx.observations.add(name, unit("run").key, Observation(verdict, reason, evidence), 0.1)
    with store.read() as tx:
        found = tx.observations.get(name)
    assert found is not None
    assert (found.verdict, found.evidence) == (verdict, evidence)
    if reason.isprintable():
        assert found.reason == reason


@settings(deadline=None, max_examples=100)
@given(paths=st.sets(ANY_TEXT, max_size=20), reason=st.none() | ANY_TEXT)
def test_a_unit_comes_back(store: Store, paths: set[str], reason: str | None) -> None:
    made = unit(repr((sorted(paths), reason)), reason)
    with store.begin() as tx:
        tx.units.add(made, paths)
        assert tx.units.paths(made.key) == paths
        found = tx.units.get(made.key)
    assert found is not None
    assert found.key == digest(repr((sorted(paths), reason)))
    assert (found.reason is None) == (reason is None)
