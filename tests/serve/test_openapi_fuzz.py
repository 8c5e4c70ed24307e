"""Every operation that the server describes, asked with what its own description allows, and with what it forbids."""

from __future__ import annotations

from contextlib import suppress

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import content_type_conformance, not_a_server_error, status_code_conformance

from aisle.serve.run import LONGEST_HEAD

from .world import TOKEN

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance]
EXAMPLES = 15


# The messages of hypothesis about strategies that filter much are its own business.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("mode", "least"), [(GenerationMode.POSITIVE, 15), (GenerationMode.NEGATIVE, 8)], ids=["allowed", "forbidden"]
)
def test_whatever_is_asked_is_answered_as_the_description_says(own_server, mode: GenerationMode, least: int) -> None:
    asked = 0
    with own_server() as client:
        for operation in described(client):
            # An operation without parameters cannot be asked wrongly.
            with suppress(Unsatisfiable):
                ask(operation.ok(), mode, client)
                asked += 1
    assert asked >= least


def described(client: httpx.Client) -> list:
    schema = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    return list(schema.get_all_operations())


def ask(operation: schemathesis.APIOperation, mode: GenerationMode, client: httpx.Client) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case: schemathesis.Case) -> None:
        # A longer address is refused by the HTTP layer, which then closes the connection.
        assume(len(str(case.query)) < LONGEST_HEAD // 16)
        case.call_and_validate(
            base_url=str(client.base_url), headers={"authorization": f"Bearer {TOKEN}"}, checks=CHECKS
        )

    one()
