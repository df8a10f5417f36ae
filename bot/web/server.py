"""A server on this machine alone, for the time of a block, beside the bot and in its loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette

HOST = "127.0.0.1"
STOPS_WITHIN = 3  # seconds for an answer that is being given


class PortTaken(Exception):
    """Nothing can listen on the port; the text names the setting."""


@asynccontextmanager
async def serving(app: Starlette, port: int, setting: str) -> AsyncIterator[None]:
    """Serve `app` on the port that `setting` asks for. Raises PortTaken."""
    listening = _listen(port, setting)  # uvicorn itself would end the process on a port that is taken
    server = _Server(
        uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=HOST,  # whatever the environment says: only a proxy of this machine is believed
            timeout_graceful_shutdown=STOPS_WITHIN,
        )
    )
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await running


def _listen(port: int, setting: str) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()  # from now on whoever asks waits, and is answered once the loop turns
    except OSError as error:
        listening.close()
        raise PortTaken(f"{setting}: nothing can listen on {HOST}:{port} ({error.strerror})") from None
    return listening


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and Ctrl-C are the bot's, which stops this server with itself."""
        yield
