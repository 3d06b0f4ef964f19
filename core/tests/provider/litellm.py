"""LiteLLM's proxy on a free port, which a line of standard output says; without a database, and nothing but its models is called.

The first line of standard input is its configuration; it ends with standard input.
"""

import asyncio
import os
import pathlib
import socket
import sys
import tempfile
import threading

folder = tempfile.TemporaryDirectory()
configuration = pathlib.Path(folder.name) / "config.yaml"
configuration.write_text(sys.stdin.readline(), encoding="utf-8")
os.environ |= {
    "CONFIG_FILE_PATH": str(configuration),
    "LITELLM_TELEMETRY": "False",
    # Prices as they are in the package, and not from the network.
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "DISABLE_ADMIN_UI": "True",
}

import uvicorn  # noqa: E402
from litellm.proxy.proxy_server import app  # noqa: E402

listening = socket.create_server(("127.0.0.1", 0))
server = uvicorn.Server(uvicorn.Config(app, log_level="error"))


def until_closed():
    sys.stdin.read()
    server.should_exit = True


async def serve():
    port = listening.getsockname()[1]
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.05)
    print(f"http://127.0.0.1:{port}", flush=True)
    await serving


threading.Thread(target=until_closed, daemon=True).start()
asyncio.run(serve())
