"""Carry TCP over a link with a delay: a loopback relay that holds every chunk half a round trip in each direction."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager


@contextmanager
def slow_link(port: int, round_trip_s: float) -> Iterator[int]:
    """Relay to a local port and give the relay's own."""
    opened: Future[tuple[int, Callable[[], object]]] = Future()

    async def serve() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        server = await asyncio.start_server(lambda *ends: _relay(ends, port, round_trip_s / 2), "127.0.0.1", 0)
        opened.set_result((server.sockets[0].getsockname()[1], lambda: loop.call_soon_threadsafe(stop.set)))
        await stop.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    own_port, end = opened.result()
    try:
        yield own_port
    finally:
        end()
        thread.join()


async def _relay(ends: tuple[asyncio.StreamReader, asyncio.StreamWriter], port: int, delay_s: float) -> None:
    reader, writer = ends
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await asyncio.gather(_carry(reader, far_writer, delay_s), _carry(far_reader, writer, delay_s))
    except (ConnectionError, asyncio.CancelledError):
        return
    finally:
        for one in (writer, far_writer):
            one.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: float) -> None:
    """Write each chunk `delay_s` after it came, without holding up those behind it."""
    loop = asyncio.get_running_loop()
    while chunk := await reader.read(65536):
        loop.call_later(delay_s, _write, writer, chunk)
    await asyncio.sleep(delay_s)
    if writer.can_write_eof() and not writer.is_closing():
        writer.write_eof()


def _write(writer: asyncio.StreamWriter, chunk: bytes) -> None:
    if not writer.is_closing():
        writer.write(chunk)
