"""Whatever is sent, the answer is one that the OpenAPI document tells of, and never a fault of ours.

``make fuzz`` sends far more.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from requests import RequestException
from schemathesis import Case, GenerationMode, checks
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.schemas import APIOperation

from intakegateway.bootstrap import Gateway
from intakegateway.model.actor import Actor
from seeded import API, fill, served

EXAMPLES = int(os.environ.get("INTAKEGATEWAY_FUZZ", "2"))
"""Requests for each operation and kind of request (as described, and not)."""
SEED = int(os.environ.get("INTAKEGATEWAY_FUZZ_SEED", "0"))
ENDLESS = {f"{API}/events", f"{API}/runs/{{run}}/stream"}
"""Streams: they end when a run or a client does; tests/api/test_live.py is about them."""
checks.load_all_checks()
CHECKS = checks.CHECKS.get_by_names(
    ["not_a_server_error", "status_code_conformance", "content_type_conformance",
     "response_headers_conformance", "response_schema_conformance"]
)  # fmt: skip
ORDER = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
"""What looks comes first, what takes away comes last."""
SLOWEST = 20.0
"""Seconds; nothing that a client may ask for takes longer."""


@pytest.fixture
def address(gateway: Gateway) -> Iterator[str]:
    with served(gateway) as address:
        yield address


@pytest.fixture
def sender(gateway: Gateway, admin: Actor, address: str) -> Iterator[httpx.Client]:
    _, token = gateway.tokens.issue(admin, "tests")
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=address, headers=headers, timeout=120) as client:
        yield client


@pytest.mark.timeout(240 + 60 * EXAMPLES)
def test_every_answer_is_one_that_is_documented(sender: httpx.Client, tmp_path: Path, address: str) -> None:
    known = fill(sender, tmp_path)
    schema = schemathesis.openapi.from_dict(sender.get(f"{API}/openapi.json").json())
    operations = [found.ok() for found in schema.get_all_operations()]
    operations = sorted(
        (one for one in operations if one.path not in ENDLESS), key=lambda o: ORDER.index(o.method.upper())
    )
    assert len(operations) > 100
    faults: Counter[str] = Counter()
    statuses: Counter[int] = Counter()
    for operation in operations:
        for mode in modes_of(operation):
            ask(operation, mode, sender, known, faults, statuses)
    assert not faults, "\n\n".join(f"{count} x {fault}" for fault, count in faults.most_common())
    assert statuses.keys() >= {200, 201, 404, 422}


def modes_of(operation: APIOperation[Any, Any, Any, Any]) -> list[GenerationMode]:
    """Only where something has a form can it be wrong."""
    can_be_wrong = operation.body or any(one.name != "project" for one in operation.query)
    return list(GenerationMode) if can_be_wrong else [GenerationMode.POSITIVE]


def ask(
    operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, sender: httpx.Client,
    known: dict[str, list[str]], faults: Counter[str], statuses: Counter[int],
) -> None:  # fmt: skip
    """Send what the strategy makes, and note what is wrong with the answers."""
    fixed: dict[str, Any] = {}
    if mode is GenerationMode.NEGATIVE:
        # Every text can stand in an address; looking for one that cannot takes long and finds none.
        fixed["path_parameters"] = {
            one.name: known.get(one.name, ["x"])[0] for one in operation.path_parameters
        }

    @seed(SEED)
    @hypothesis_settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=not SEED,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode, **fixed), pick=st.integers(0, 5))
    def send(case: Case, pick: int) -> None:
        for name in case.path_parameters or {}:
            if pick and name in known:
                case.path_parameters[name] = known[name][pick % len(known[name])]
        began = time.monotonic()
        try:
            answer = case.call(base_url=str(sender.base_url), headers=dict(sender.headers), timeout=120)
            statuses[answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as group:
            for one in group.exceptions:
                note(operation, one, faults, case)
        took = time.monotonic() - began
        if took > SLOWEST:
            faults[f"{operation.label}: took {took:.1f} s\n{case.as_curl_command()[:600]}"] += 1

    try:
        send()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, operation.label
    except RequestException as error:
        faults[f"{operation.label}: {type(error).__name__} {str(error)[:300]}"] += 1


def note(
    operation: APIOperation[Any, Any, Any, Any], one: BaseException, faults: Counter[str], case: Case
) -> None:
    title = f"{operation.label}: {one.title}" if isinstance(one, Failure) else f"{operation.label}: {one!r}"
    message = str(one.message if isinstance(one, Failure) else one)[:400]
    faults[f"{title}\n{message}"] += 1
