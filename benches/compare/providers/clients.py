#!/usr/bin/env python3
"""How long a call of a chat model takes through PyPI `openai`, `litellm`, or `litellm`'s proxy (by `openai`), as a line of JSON.

Usage: clients.py openai|litellm|proxy streamed|whole URL REQUEST.json REQUESTS CONCURRENT

Each setting has a process of its own: LiteLLM goes on with what it has to log behind an answer, and would do so in the next one's time.
"""

import asyncio
import json
import os
import pathlib
import subprocess
import sys
import time

os.environ |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False", "NO_PROXY": "*"}
ROOT = pathlib.Path(__file__).resolve().parents[3]
KEY = "sk-proxy-1"


def start_proxy(url, model):
    """The proxy of our tests, with one model and nothing else switched on; it ends with its standard input."""
    configuration = {
        "model_list": [
            {"model_name": model, "litellm_params": {"model": f"openai/{model}", "api_base": f"{url}/v1", "api_key": "sk-1"}}
        ],
        "litellm_settings": {"telemetry": False},
        "general_settings": {"master_key": KEY},
    }
    proxy = subprocess.Popen(
        [sys.executable, "-I", "-B", str(ROOT / "core/tests/provider/litellm.py")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )
    proxy.stdin.write(json.dumps(configuration) + "\n")
    proxy.stdin.flush()
    for line in proxy.stdout:
        if line.startswith("http://"):
            return proxy, line.strip()
    raise SystemExit("error: the proxy did not start")


def calls_of(client, url, request):
    """A call as users of the client write it."""
    if client == "litellm":
        import litellm

        asked = request | {"model": f"openai/{request['model']}", "api_base": f"{url}/v1", "api_key": "sk-1"}
        return lambda: litellm.acompletion(**asked)
    from openai import AsyncOpenAI

    made = AsyncOpenAI(base_url=f"{url}/v1", api_key=KEY if client == "proxy" else "sk-1")
    return lambda: made.chat.completions.create(**request)


async def once(call, expected):
    """All of an answer, in seconds."""
    began = time.perf_counter()
    answer = await call()
    if hasattr(answer, "__aiter__"):
        text = ""
        async for event in answer:
            if event.choices and event.choices[0].delta.content:
                text += event.choices[0].delta.content
    else:
        text = answer.choices[0].message.content
    took = time.perf_counter() - began
    assert text == expected, "another answer"
    return took


async def load(call, expected, concurrent, requests):
    left, times = requests, []

    async def caller():
        nonlocal left
        while left > 0:
            left -= 1
            times.append(await once(call, expected))

    await asyncio.gather(*(caller() for _ in range(concurrent)))
    return sorted(times)


async def measure(client, form, url, request, expected, requests, concurrent):
    if form == "whole":
        request = {key: value for key, value in request.items() if key != "stream_options"} | {"stream": False}
    call = calls_of(client, url, request)
    # As for ours: connections are made and caches filled by then.
    await load(call, expected, concurrent, 2 * concurrent + 20)
    times = await load(call, expected, concurrent, requests)
    at = lambda share: round(times[int((len(times) - 1) * share)] * 1e3, 3)
    line = {"path": client, "form": form, "concurrent": concurrent, "requests": len(times)}
    print(json.dumps(line | {"all_p50_ms": at(0.5), "all_p99_ms": at(0.99)}), flush=True)


def main(client, form, url, path, requests, concurrent):
    request = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    expected = pathlib.Path(path).with_name("answer.txt").read_text(encoding="utf-8")
    proxy = None
    if client == "proxy":
        proxy, url = start_proxy(url, request["model"])
    try:
        asyncio.run(measure(client, form, url, request, expected, int(requests), int(concurrent)))
    finally:
        if proxy:
            proxy.stdin.close()
            proxy.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
