"""Headless Chromium over its debugging protocol: opens a file, runs scripts, notes errors."""

import asyncio
import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import aiohttp

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
]


class Browser:
    """One page of one browser.

    Attributes:
        problems: console errors, exceptions and log entries of level error.
        requests: URLs that the page asked for.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.requests: list[str] = []

    async def __aenter__(self) -> "Browser":
        self.folder = tempfile.mkdtemp(prefix="chromium-")
        self.process = subprocess.Popen(
            [CHROMIUM, *_FLAGS, f"--user-data-dir={self.folder}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        port_file = Path(self.folder) / "DevToolsActivePort"
        while not port_file.exists() or not port_file.read_text():
            if self.process.poll() is not None:
                raise RuntimeError("chromium ended before it listened")
            await asyncio.sleep(0.05)
        port = port_file.read_text().splitlines()[0]
        self.session = aiohttp.ClientSession()
        async with self.session.get(f"http://127.0.0.1:{port}/json/list") as answer:
            page = next(item for item in await answer.json() if item["type"] == "page")
        self.socket = await self.session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0)
        self.number = 0
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.call(f"{domain}.enable")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def call(self, method, **params):
        self.number += 1
        mine = self.number
        await self.socket.send_json({"id": mine, "method": method, "params": params})
        while True:
            message = json.loads((await self.socket.receive()).data)
            self._note(message)
            if message.get("id") == mine:
                if "error" in message:
                    raise RuntimeError(message["error"])
                return message["result"]

    def _note(self, message):
        method, params = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.problems.append(params["exceptionDetails"]["text"])
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.problems.append(params["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" and params["type"] == "error":
            self.problems.append(str(params["args"]))
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])

    async def run(self, script):
        """The value of a JavaScript expression; promises are waited for."""
        answer = await self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    async def open(self, url, ready):
        """Open an address and wait until an expression is true; seconds it took."""
        start = time.monotonic()
        await self.call("Page.navigate", url=url)
        await self.until(ready)
        return time.monotonic() - start

    async def until(self, ready):
        for _ in range(2000):
            if await self.run(f"Boolean({ready})"):
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"never true: {ready}")
