"""Starts maskinporten-mock for a test suite, steers it, and stops it."""

import json
import os
import subprocess
import tempfile
import urllib.error
import urllib.request
from types import TracebackType
from typing import Any, Self


class Mock:
    """A running program: $MASKINPORTEN_MOCK, or maskinporten-mock on the PATH. A context manager."""

    def __init__(self, *args: str) -> None:
        program = os.environ.get("MASKINPORTEN_MOCK", "maskinporten-mock")
        self._log = tempfile.TemporaryFile("w+")
        # Its standard input ends with this process, even if that is killed and never comes to stop().
        command = [program, "-listen", "127.0.0.1:0", "-stop-with-stdin", *args]
        try:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True)
        except OSError as error:
            self._log.close()
            how = "go build -o bin/ ./cmd/maskinporten-mock, then set MASKINPORTEN_MOCK to bin/maskinporten-mock"
            raise RuntimeError(f"{program} can't be started ({error.strerror}): {how}") from error
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            raise RuntimeError(f"{program} did not start:\n{self._close()}")
        self.ready: dict[str, Any] = json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def environment(self, name: str = "test") -> dict[str, str]:
        """The addresses of an environment: issuer, token_endpoint, jwks_uri, api."""
        return self.ready["environments"][name]

    def credentials(self, role: str, environment: str = "test") -> dict[str, Any]:
        """An admin client of the default world: provider, consumer, supplier, …"""
        found = next(c for c in self.ready["credentials"] if (c["role"], c["environment"]) == (role, environment))
        return {"issuer": self.environment(environment)["issuer"], "client_id": found["client_id"], "jwk": found["jwk"]}

    def control(self, method: str, call: str, body: object = None) -> Any:
        """A call of the control API, such as control("POST", "clock", {"advance": "8761h"})."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.ready["control"] + call, data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                raise RuntimeError(f"{method} {call}: {json.load(error)['error']}") from None

    def requests(self) -> list[dict[str, Any]]:
        """The requests since the last reset, without those that steered the mock."""
        return [r for r in self.control("GET", "requests") if not r["path"].startswith("/_mock/")]

    def stop(self) -> None:
        """Ends the program."""
        self._process.terminate()
        code, log = self._process.wait(timeout=10), self._close()
        if code != 0:
            raise RuntimeError(f"the mock ended with {code}:\n{log}")

    def _close(self) -> str:
        self._process.stdin.close()
        self._process.stdout.close()
        with self._log:
            self._log.seek(0)
            return self._log.read()[-10_000:]
