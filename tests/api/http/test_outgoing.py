"""What leaves where no status can tell it: the code does."""

import pytest

from honeyguide.api.http.outgoing import failure_payload
from honeyguide.api.operations import RequestError
from honeyguide.api.problems import HttpProblem, Problem, ProblemCode


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (RequestError([Problem("Too dear.", ProblemCode.COST_LIMIT)], extensions={"cost": {}}), "COST_LIMIT"),
        (HttpProblem(503, ProblemCode.UNAVAILABLE, "The look could not be noted."), "UNAVAILABLE"),
        (ConnectionRefusedError("10.0.0.7 refused olivia"), "UNAVAILABLE"),
        (ValueError("olivia@example.test"), "INTERNAL"),
    ],
)
def test_h6_failures_on_websockets_and_streams_are_told_by_their_codes_and_nothing_internal(failure: Exception, code: str) -> None:
    payload = failure_payload(failure, "request-1")

    assert [error["extensions"] for error in payload["errors"]] == [{"code": code, "requestId": "request-1"}]
    assert "olivia" not in str(payload)
    assert payload.keys() == ({"errors", "extensions"} if code == "COST_LIMIT" else {"errors"})
