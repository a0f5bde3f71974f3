"""Real providers of single sign-on: OpenID Connect from npm's oidc-provider, SAML from pysaml2.

``tests/provide.sh`` installs what they need: the packages of ``tests/oidc`` and the program ``xmlsec1``.
"""

from __future__ import annotations

import base64
import html
import re
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

from servers import free_port

OIDC = Path(__file__).parent / "oidc"
SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
URI = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
DIGEST256 = "http://www.w3.org/2001/04/xmlenc#sha256"


def missing() -> dict[str, str]:
    """The providers that cannot be had on this machine, and why."""
    found = {}
    if shutil.which("node") is None:
        found["oidc"] = "there is no 'node'; install Node.js 20 or newer, then run tests/provide.sh"
    elif not (OIDC / "node_modules" / "oidc-provider").is_dir():
        found["oidc"] = "npm's oidc-provider is not installed; run tests/provide.sh"
    if shutil.which("xmlsec1") is None:
        found["saml"] = "there is no 'xmlsec1'; run tests/provide.sh"
    return found


@contextmanager
def oidc_provider(redirect_uri: str) -> Iterator[str]:
    """The issuer of a provider that runs until the end of the block."""
    port = free_port()
    command = ["node", str(OIDC / "server.mjs"), str(port), redirect_uri]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line)
                if line.strip() == "ready":
                    break
            else:
                raise RuntimeError(f"the OpenID Connect provider did not start: {''.join(said)}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def sign_in_at(url: str, login: str, *, consent: bool = True) -> str:
    """Do what a person does on the provider's pages. Returns the address that it sends the browser to."""
    with httpx.Client() as browser:
        answer = browser.get(url)
        for _ in range(20):
            if answer.is_redirect:
                goal = urljoin(str(answer.url), answer.headers["location"])
                if "://testserver" in goal.partition("?")[0]:
                    return goal
                answer = browser.get(goal)
                continue
            assert answer.status_code == 200, answer.text
            if not consent:
                abort = re.search(r'href="([^"]*/abort)"', answer.text)
                assert abort is not None
                answer = browser.get(urljoin(str(answer.url), html.unescape(abort[1])))
                continue
            form = re.search(r'<form[^>]*action="([^"]*)"', answer.text)
            assert form is not None, answer.text
            fields = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w*)"', answer.text))
            answer = browser.post(
                urljoin(str(answer.url), html.unescape(form[1])),
                data={**fields, "login": login, "password": "any"},
            )
    raise AssertionError("the provider does not come to an end")


class SamlProvider:
    """An identity provider; ``metadata`` is what it says of itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key, self.certificate = _certificate(folder)
        from saml2.metadata import create_metadata_string

        written = create_metadata_string(None, config=self._config(None))
        self.metadata = written.decode() if isinstance(written, bytes) else written

    def answer(
        self, url: str, sp_metadata: str, email: str, *, groups: tuple[str, ...] = (), signed: bool = True,
        sha1: bool = False, **changes: Any,
    ) -> dict[str, str]:  # fmt: skip
        """The form that the provider's page posts for the request in ``url`` once ``email`` is signed in."""
        from saml2 import BINDING_HTTP_REDIRECT
        from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID
        from saml2.server import Server

        path = self.folder / "sp.xml"
        path.write_text(sp_metadata)
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        server = Server(config=self._config(path))
        request = server.parse_authn_request(query["SAMLRequest"], BINDING_HTTP_REDIRECT)
        about = {**server.response_args(request.message), **changes}
        algorithms = {} if sha1 else {"sign_alg": SHA256, "digest_alg": DIGEST256}
        response = server.create_authn_response(
            {"mail": [email], "displayName": ["Ann of SAML"], "groups": list(groups)},
            in_response_to=about["in_response_to"], destination=about["destination"],
            sp_entity_id=about["sp_entity_id"], name_id=NameID(format=NAMEID_FORMAT_PERSISTENT, text=f"id of {email}"),
            sign_assertion=signed, sign_response=False,
            authn={"class_ref": "urn:oasis:names:tc:SAML:2.0:ac:classes:Password", "authn_auth": "idp"},
            **algorithms,
        )  # fmt: skip
        return {
            "SAMLResponse": base64.b64encode(str(response).encode()).decode(),
            "RelayState": query["RelayState"],
        }

    def _config(self, sp_metadata: Path | None) -> Any:
        from saml2 import BINDING_HTTP_REDIRECT
        from saml2.config import IdPConfig

        sso = [("http://idp.example.org/sso", BINDING_HTTP_REDIRECT)]
        return IdPConfig().load(
            {
                "entityid": "http://idp.example.org/metadata",
                "xmlsec_binary": shutil.which("xmlsec1"),
                "key_file": str(self.key),
                "cert_file": str(self.certificate),
                "service": {
                    "idp": {
                        "endpoints": {"single_sign_on_service": sso},
                        "policy": {"default": {"lifetime": {"minutes": 5}, "name_form": URI}},
                    }
                },
                "metadata": {"local": [str(sp_metadata)]} if sp_metadata else {},
            }
        )


def load_pysaml2() -> None:
    """Import it once without its own warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")


def _certificate(folder: Path) -> tuple[Path, Path]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.example.org")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    key_file, certificate_file = folder / "idp.key", folder / "idp.crt"
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return key_file, certificate_file
