"""Browsers' pages of other origins: the listed ones may call, the others get nothing that lets them read."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr, ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from honeyguide.serving.cross_origin import CrossOrigin
from honeyguide.settings import Settings

APP = "https://app.example"
ASKED = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,x-include-cost,x-request-id",
}
OUR_HEADERS = "access-control-"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


async def refuse(request: Request) -> Response:
    """As our endpoints answer a method that is none of theirs."""
    return Response("no", 405, {"Allow": "GET, POST", "Vary": "Accept"})


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    async with _client(Settings(cors_origins=f"{APP}, capacitor://localhost")) as client:  # type: ignore[call-arg]
        yield client


def _client(settings: Settings) -> httpx.AsyncClient:
    app = Starlette(routes=[Route("/{path:path}", refuse, methods=METHODS)], middleware=[Middleware(CrossOrigin, settings.cross_origins)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")


def told(response: httpx.Response) -> list[str]:
    return [name for name in response.headers if name.startswith(OUR_HEADERS)]


@pytest.mark.parametrize("path", ["/member/graphql", "/partner/graphql", "/operator/graphql/stream", "/oauth/token", "/member/sign-in"])
async def test_a_listed_origin_may_send_our_headers_and_read_theirs(browser: httpx.AsyncClient, path: str) -> None:
    preflight = await browser.options(path, headers={"Origin": APP, **ASKED})
    other_headers = await browser.options(path, headers={"Origin": APP, **ASKED, "Access-Control-Request-Headers": "x-strange"})

    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, APP)
    assert {"GET", "POST"} <= set(preflight.headers["access-control-allow-methods"].split(", "))
    assert "access-control-allow-credentials" not in preflight.headers
    assert "Origin" in preflight.headers["vary"]
    assert other_headers.status_code == 400


async def test_answers_to_a_listed_origin_are_readable_with_our_headers(browser: httpx.AsyncClient) -> None:
    answer = await browser.patch("/member/graphql", headers={"Origin": "capacitor://localhost"})

    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (405, "capacitor://localhost")
    assert {"ETag", "X-Request-Id", "Retry-After"} <= set(answer.headers["access-control-expose-headers"].split(", "))
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize("origin", ["https://evil.example", "https://app.example.evil.example", "http://app.example", "null", APP.upper()])
async def test_any_other_origin_gets_no_headers_and_preflights_are_refused_as_ever(browser: httpx.AsyncClient, origin: str) -> None:
    for response in (
        await browser.options("/member/graphql", headers={"Origin": origin, **ASKED}),
        await browser.patch("/member/graphql", headers={"Origin": origin}),
    ):
        assert (response.status_code, response.headers["allow"], told(response)) == (405, "GET, POST", [])
        assert "Origin" in response.headers["vary"]
        assert "Accept" in response.headers["vary"]


async def test_pages_are_for_no_other_origin_and_without_a_list_nothing_is(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/join", headers={"Origin": APP})
    async with _client(Settings()) as closed:
        response = await closed.options("/member/graphql", headers={"Origin": APP, **ASKED})

    assert told(page) == told(response) == []
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("origins", ["*", "https://app.example/", "app.example", "https://App.example", "null", "https://*.example"])
def test_only_exact_origins_can_be_listed(origins: str) -> None:
    with pytest.raises(ValidationError, match="is no origin"):
        Settings(cors_origins=origins)  # type: ignore[call-arg]


def test_in_production_they_are_https() -> None:
    given = {"environment": "production", "secret_key": SecretStr("s" * 40), "public_url": "https://loyalty.example"}

    with pytest.raises(ValidationError, match="must be https"):
        Settings(cors_origins="http://app.example", **given)  # type: ignore[arg-type]
    assert Settings(cors_origins="http://localhost,https://app.example", **given).cross_origins  # type: ignore[arg-type]
