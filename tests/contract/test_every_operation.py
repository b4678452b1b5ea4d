"""Every operation that the documentation calls supported works over the wire, on both databases.

A check proves its route: without that route it fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.contract.wire_operations import OPERATIONS, PASSWORD, Wire
from tests.support.postgres import running_postgres
from tests.support.server_process import ServerProcess, running_server

pytestmark = pytest.mark.xdist_group("every operation")

DOCS = Path(__file__).parents[2] / "docs" / "backends.md"
PLANNER = "Rita Planner"
TENANT = "/v2/tenants/{t}/"
PREFIXES = {"T/": TENANT, "S/": f"{TENANT}stores/{{s}}/", "O": f"{TENANT}stores/{{s}}/serviceorders/{{o}}"}


@pytest.fixture(scope="module")
def postgres_address() -> Iterator[str]:
    with running_postgres() as postgres:
        yield postgres.address(postgres.create())


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    database = request.getfixturevalue("postgres_address") if request.param == "postgresql" else ""
    with running_server(tmp_path_factory.mktemp(request.param), "--sample", "12", database=database) as running:
        running.run("user", "add", PLANNER, "--role", "technician", "--password-stdin", said=PASSWORD)
        yield running


@contextmanager
def wire_to(server: ServerProcess, transport: httpx.BaseTransport) -> Iterator[Wire]:
    with httpx.Client(base_url=server.address, transport=transport, timeout=30.0) as client:
        yield Wire(client, server.admin_token, PLANNER)


class Without(httpx.BaseTransport):
    """A network to a server that lacks one route."""

    def __init__(self, request: str) -> None:
        self._network = httpx.HTTPTransport()
        self._method, _, path = request.partition(" ")
        for short, long in PREFIXES.items():
            path = re.sub(f"^{short}", long, path)
        self._path = re.compile(re.sub(r"\{\w+\}", "[^/]+", path))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == self._method and self._path.fullmatch(request.url.path):
            return httpx.Response(404, json={"code": "not_found"})
        return self._network.handle_request(request)

    def close(self) -> None:
        self._network.close()


@pytest.mark.parametrize("request_line", OPERATIONS)
def test_an_operation_works_over_the_wire_and_its_check_fails_without_its_route(
    server: ServerProcess, request_line: str
) -> None:
    check = OPERATIONS[request_line]
    with wire_to(server, httpx.HTTPTransport()) as wire:
        check(wire)
    with (
        wire_to(server, Without(request_line)) as wire,
        pytest.raises((AssertionError, KeyError, ValueError)),
    ):
        check(wire)


def documented() -> dict[str, str]:
    """Return request → the check it names, of every row of an operation that the documentation calls supported."""
    rows = [line.strip().strip("|").split(" | ") for line in DOCS.read_text(encoding="utf-8").splitlines()]
    named = ([cell.strip() for cell in row] for row in rows if len(row) > 3)
    return {row[1].strip("`"): row[-1].strip("`") for row in named if re.fullmatch(r"`[A-Z]+ [^`]+`", row[1])}


def test_every_supported_operation_of_the_documentation_names_the_check_that_proves_it() -> None:
    assert documented() == {request: check.__name__ for request, check in OPERATIONS.items()}
    assert len(documented()) >= 32


def test_all_32_operations_of_flow_retail_are_numbered_in_the_documentation() -> None:
    text = DOCS.read_text(encoding="utf-8")
    numbers = re.findall(r"^\| (\d+) .*? \| `[A-Z]+ ", text, flags=re.MULTILINE)
    assert [int(one) for one in numbers] == list(range(1, 33))
