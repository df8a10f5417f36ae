"""Run the stand-in: python -m tests.stand_in --port 0 --token 1:test"""

import argparse
import asyncio
import json
import signal
import sys

from aiohttp import web

from tests.stand_in.control import add_control
from tests.stand_in.server import StandIn, make_app


async def serve(options: argparse.Namespace) -> None:
    app = make_app(StandIn(options.token, webhook_retry=options.webhook_retry))
    add_control(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", options.port)
    await site.start()
    port = runner.addresses[0][1]
    sys.stdout.write(json.dumps({"port": port, "url": f"http://127.0.0.1:{port}"}) + "\n")
    sys.stdout.flush()

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    if options.until_stdin_closes:
        loop.add_reader(sys.stdin, stopped.set)
    await stopped.wait()
    await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.stand_in", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--token", required=True, help="the bot's token, <number>:<letters>")
    parser.add_argument("--webhook-retry", type=float, default=0.2, help="seconds between tries")
    parser.add_argument("--until-stdin-closes", action="store_true", help="so that it never outlives its tests")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
