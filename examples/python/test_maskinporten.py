import json
import os
import unittest
from pathlib import Path
from unittest.mock import patch

import jwt

from maskinporten import Maskinporten, MaskinportenError
from maskinporten_mock import Mock

EXAMPLES = Path(__file__).parent.parent
JWK = json.loads((EXAMPLES / "weather-app.jwk.json").read_text())


class MaskinportenTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.mock = cls.enterClassContext(Mock("-seed", str(EXAMPLES / "world.json")))

    def setUp(self) -> None:
        self.mock.control("POST", "reset")  # back to world.json: no test sees another's traces
        self.app = Maskinporten(self.mock.environment()["issuer"], "weather-app", JWK)

    def test_a_token_says_who_asked_and_for_what(self) -> None:
        token = self.app.token("difi:weather.read")
        key = jwt.PyJWKClient(self.mock.environment()["jwks_uri"]).get_signing_key_from_jwt(token).key
        claims = jwt.decode(token, key, ["RS256"], issuer=self.mock.environment()["issuer"])
        self.assertEqual((claims["client_id"], claims["scope"]), ("weather-app", "difi:weather.read"))
        self.assertEqual(claims["consumer"], {"authority": "iso6523-actorid-upis", "ID": "0192:889640782"})

    def test_there_is_no_token_before_the_provider_gives_access(self) -> None:
        with self.assertRaises(MaskinportenError) as refused:
            self.app.token("difi:weather.write")
        self.assertEqual((refused.exception.status, refused.exception.code), (403, "MP-250"))
        provider = Maskinporten(**self.mock.credentials("provider"))
        url = f"{self.mock.environment()['api']}/scopes/access/889640782?scope=difi:weather.write"
        access = provider.call("PUT", url, "idporten:scopes.write")
        self.assertEqual(access["state"], "APPROVED")
        self.assertTrue(self.app.token("difi:weather.write"))

    def test_a_key_is_good_for_a_year(self) -> None:
        self.mock.control("POST", "clock", {"advance": "8761h"})
        with self.assertRaisesRegex(MaskinportenError, "Expired key") as refused:
            self.app.token("difi:weather.read")
        self.assertEqual(refused.exception.code, "MP-121")

    def test_a_disturbance_is_told_from_a_refusal(self) -> None:
        page = {"status": 503, "body": "<h1>Service Unavailable</h1>", "content_type": "text/html"}
        for disturbance in (page, {"reset": "after"}):
            id = self.mock.control("POST", "faults", {"operation": "POST /token", "times": 1, **disturbance})["id"]
            with self.assertRaises(MaskinportenError) as failed:
                self.app.token("difi:weather.read")
            self.assertEqual((failed.exception.status, failed.exception.temporary), (disturbance.get("status"), True))
            self.assertEqual([f["hits"] for f in self.mock.control("GET", "faults") if f["id"] == id], [1])
        self.assertTrue(self.app.token("difi:weather.read"), "the next try succeeds")

    def test_one_grant_serves_many_calls(self) -> None:
        for _ in range(3):
            self.app.token("difi:weather.read")
        (request,) = (r for r in self.mock.requests() if r["operation"] == "POST /token")
        self.assertEqual((request["client_id"], request["status"]), ("weather-app", 200))
        self.assertEqual(request["grant"]["header"]["kid"], JWK["kid"])
        self.assertEqual(request["grant"]["claims"]["exp"] - request["grant"]["claims"]["iat"], 60)

    def test_a_mock_that_is_not_there_is_told_of_with_what_to_do(self) -> None:
        with patch.dict(os.environ, MASKINPORTEN_MOCK="/no/such/program"):
            with self.assertRaisesRegex(RuntimeError, "/no/such/program can't be started .*: go build "):
                Mock()


if __name__ == "__main__":
    unittest.main()
