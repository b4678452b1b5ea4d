"""Replay recorded answers from a static server in a process of its own: the same bytes for us and for the bare loop.

Run as `python -m tests.bench.recorded FILE`: serves the JSON file {path: body} and prints its port.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

_STORE_PAGE = 250


def record(address: str, token: str, file: Path) -> list[str]:
    """Keep every answer of a first sync with a server, and return the paths of its change pages in order."""
    kept: dict[str, str] = {}
    pages: list[str] = []
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=120) as client:

        def get(path: str) -> dict[str, Any]:
            kept[path] = client.get(path).raise_for_status().text
            found: dict[str, Any] = json.loads(kept[path])
            return found

        get("/v2/capabilities")
        me = get("/v2/me")
        tenant = f"/v2/tenants/{me['tenantUid']}"
        lists = ("serviceorders/types", "serviceorders/statuses", "serviceorders/hourlyrates")
        for path in (*lists, "users", "warehouses", "products"):
            get(f"{tenant}/{path}?pageNumber=1&pageSize={_STORE_PAGE}")
        for store in me["stores"]:
            since, more = "", True
            while more:
                query = f"limit={_STORE_PAGE}" + (f"&since={since}" if since else "")
                pages.append(f"{tenant}/stores/{store['storeUid']}/serviceorders/changes?{query}")
                page = get(pages[-1])
                since, more = page["cursor"], page["more"]
    file.write_text(json.dumps(kept))
    return pages


@contextmanager
def served(file: Path) -> Iterator[str]:
    """Serve a recording and give its address."""
    with subprocess.Popen([sys.executable, "-m", __name__, str(file)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def _key(path: str) -> str:
    """Return what tells requests apart: the path and its parameters in any order."""
    parts = urlsplit(path)
    return json.dumps([parts.path, sorted(parse_qs(parts.query).items())])


def main() -> None:
    """Serve until terminated."""
    answers = {_key(path): body.encode() for path, body in json.loads(Path(sys.argv[1]).read_text()).items()}

    class Replay(BaseHTTPRequestHandler):
        """Answer what was recorded, 404 else."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = answers.get(_key(self.path))
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *arguments: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Replay)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
