"""compose.yaml, checked without Docker: its commands run as processes, with the files that it mounts."""

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
REPOSITORY = (HERE / "../..").resolve()
PROGRAM = os.environ.get("MASKINPORTEN_MOCK", "maskinporten-mock")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class ComposeTest(unittest.TestCase):
    def setUp(self) -> None:
        self.compose = yaml.safe_load((HERE / "compose.yaml").read_text())
        self.services: dict[str, Any] = self.compose["services"]
        self.port = free_port()
        self.volumes = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def here(self, service: str, text: str) -> str:
        """What a service says, as it is on this machine: files for mounts, a free port for the service's name."""
        for volume in self.services[service]["volumes"]:
            source, target, *_ = volume.split(":")
            there = self.volumes if source in self.compose["volumes"] else (HERE / source).resolve(strict=True)
            text = re.sub(f"(?<![^=]){re.escape(target)}(?![^/])", str(there), text)
        text = re.sub("(?<==):8080", f"127.0.0.1:{self.port}", text)
        return text.replace("//mock:8080", f"//127.0.0.1:{self.port}")

    def start(self) -> tuple[subprocess.Popen[str], dict[str, Any]]:
        command = [PROGRAM, *(self.here("mock", word) for word in self.services["mock"]["command"])]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait, 10)
        self.addCleanup(process.terminate)
        line = process.stdout.readline()
        self.assertTrue(line, "the mock did not start")
        return process, json.loads(line)

    def run_app(self) -> subprocess.CompletedProcess[str]:
        app = self.services["app"]
        environment = {name: self.here("app", value) for name, value in app["environment"].items()}
        node, *words = app["command"]
        self.assertEqual(node, "node")
        command = [node, *(self.here("app", word) for word in words)]
        return subprocess.run(command, env={"PATH": os.environ["PATH"], **environment}, capture_output=True, text=True, timeout=30)

    def test_the_application_gets_its_token_from_the_mock(self) -> None:
        _, ready = self.start()
        self.assertIn("control", ready)
        self.assertEqual(ready["environments"]["test"]["issuer"], self.here("app", self.services["app"]["environment"]["MASKINPORTEN_ISSUER"]))
        app = self.run_app()
        self.assertEqual((app.returncode, app.stderr), (0, ""))
        self.assertRegex(app.stdout, "lets 0192:889640782 use difi:weather.read")

    def test_the_mock_leaves_a_snapshot_from_which_it_starts_again(self) -> None:
        process, _ = self.start()
        process.terminate()
        self.assertEqual(process.wait(10), 0)
        (snapshot,) = self.volumes.iterdir()
        self.services["mock"]["command"].append(f"-seed={snapshot}")
        self.start()
        self.assertEqual(self.run_app().returncode, 0)

    def test_the_application_waits_until_the_mock_is_healthy(self) -> None:
        self.assertEqual(self.services["app"]["depends_on"], {"mock": {"condition": "service_healthy"}})
        kind, program, *words = self.services["mock"]["healthcheck"]["test"]
        self.assertEqual((kind, Path(program).name), ("CMD", "maskinporten-mock"))
        health = [PROGRAM, *words, f"http://127.0.0.1:{self.port}"]
        self.assertNotEqual(subprocess.run(health, capture_output=True, timeout=30).returncode, 0, "healthy before it runs")
        self.start()
        answer = subprocess.run(health, capture_output=True, text=True, timeout=30)
        self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_the_image_is_built_from_the_repository(self) -> None:
        build = (HERE / self.services["mock"]["build"]).resolve()
        self.assertEqual(build, REPOSITORY)
        dockerfile = (build / "Dockerfile").read_text()
        self.assertIn(self.services["mock"]["healthcheck"]["test"][1], dockerfile)

    @unittest.skipUnless(shutil.which("docker") and subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0, "no docker compose")
    def test_docker_reads_it(self) -> None:
        subprocess.run(["docker", "compose", "-f", HERE / "compose.yaml", "config", "-q"], check=True, timeout=60)


if __name__ == "__main__":
    unittest.main()
