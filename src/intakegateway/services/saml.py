"""SAML 2.0: requests to an identity provider, and its assertions, which must be signed."""

from __future__ import annotations

import warnings
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from msgspec import Struct, field
from msgspec.structs import replace

from intakegateway.kit.clock import Clock
from intakegateway.model.errors import (
    DefinitionError,
    MissingDriverError,
    UnauthenticatedError,
    UnavailableError,
)
from intakegateway.model.sso import Identity, SamlProvider

log = structlog.get_logger()

_KEPT_SECONDS = 3600
_TIMEOUT = 10.0
_POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
_REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
_EMAILS = (
    "email", "mail", "emailAddress", "urn:oid:0.9.2342.19200300.100.1.3",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
)  # fmt: skip
_NAMES = (
    "displayName", "name", "cn", "urn:oid:2.16.840.1.113730.3.1.241", "urn:oid:2.5.4.3",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
)  # fmt: skip


class SamlClient(Struct):
    """One identity provider; ``base`` in each call is the address of our end points for it."""

    provider: SamlProvider
    clock: Clock
    _idp: dict[str, Any] = field(default_factory=dict)
    _until: float = 0.0

    def start(self, state: str, base: str) -> tuple[str, str]:
        """Where to send the browser, and the id of the request that its return must answer."""
        auth = self._auth(base, {})
        url = auth.login(return_to=state)
        return str(url), str(auth.get_last_request_id())

    def finish(self, response: str, request_id: str, base: str) -> Identity:
        """Who has signed in. Raises ``UnauthenticatedError`` for anything that is not rightly signed."""
        auth = self._auth(base, {"SAMLResponse": response})
        try:
            auth.process_response(request_id=request_id)
        except Exception as error:  # noqa: BLE001 anybody may post anything here, and the library raises anything
            log.warning("saml_answer_unreadable", provider=self.provider.name, error=type(error).__name__)
            raise _refused("its answer cannot be read") from None
        if auth.get_errors() or not auth.is_authenticated():
            raise _refused(str(auth.get_last_error_reason() or "nobody is signed in there"))
        attributes = {name: [str(one) for one in values] for name, values in auth.get_attributes().items()}
        name_id = str(auth.get_nameid() or "")
        found = _identity(self.provider, name_id, attributes)
        # A transient name is another one at each sign-in.
        is_lasting = not str(auth.get_nameid_format() or "").endswith(":transient")
        return found if is_lasting else replace(found, subject=found.email)

    def metadata(self, base: str) -> str:
        """What the identity provider must know of us, as XML."""
        settings = _library("settings").OneLogin_Saml2_Settings(_ours(base), sp_validation_only=True)
        written = settings.get_sp_metadata()
        text = written.decode() if isinstance(written, bytes) else str(written)
        problems = settings.validate_metadata(text)
        if problems:
            raise DefinitionError(f"our own SAML metadata are not valid: {', '.join(problems)}.")
        return text

    def _auth(self, base: str, posted: dict[str, str]) -> Any:
        settings = {**_ours(base), "idp": self._described()}
        parts = urlsplit(base)
        request = {
            "https": "on" if parts.scheme == "https" else "off", "http_host": parts.netloc,
            "script_name": f"{parts.path}/acs", "get_data": {}, "post_data": posted,
        }  # fmt: skip
        try:
            return _library("auth").OneLogin_Saml2_Auth(request, settings)
        except _library("errors").OneLogin_Saml2_Error as error:
            raise DefinitionError(
                f"the identity provider '{self.provider.name}' cannot be used: {error}."
            ) from None

    def _described(self) -> dict[str, Any]:
        """The provider's own description, kept for an hour."""
        if self.clock.now() >= self._until:
            self._idp = _read(self.provider, self._text())
            self._until = self.clock.now() + _KEPT_SECONDS
        return self._idp

    def _text(self) -> str:
        given = self.provider.metadata
        if given is not None:
            if given.lstrip().startswith("<"):
                return given
            try:
                return Path(given).expanduser().read_text("utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise DefinitionError(
                    f"the metadata of '{self.provider.name}' cannot be read: {error}."
                ) from None
        import httpx

        try:
            answer = httpx.get(str(self.provider.metadata_url), timeout=_TIMEOUT, follow_redirects=True)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise UnavailableError(
                f"the metadata of the identity provider '{self.provider.name}' cannot be had"
                f" ({type(error).__name__})."
            ) from None
        return answer.text


def _library(module: str) -> Any:
    try:
        with warnings.catch_warnings():
            # The library uses what newer Pythons and lxml call old.
            warnings.simplefilter("ignore", DeprecationWarning)
            return import_module(f"onelogin.saml2.{module}")
    except ImportError:
        raise MissingDriverError("single sign-on with SAML", "sso") from None


def _read(provider: SamlProvider, xml: str) -> dict[str, Any]:
    parser = _library("idp_metadata_parser").OneLogin_Saml2_IdPMetadataParser
    from lxml.etree import LxmlError

    try:
        found = parser.parse(xml, required_sso_binding=_REDIRECT, entity_id=provider.entity_id).get("idp")
    except (LxmlError, ValueError, KeyError) as error:
        raise DefinitionError(f"the metadata of '{provider.name}' are not SAML metadata: {error}.") from None
    if not found or "singleSignOnService" not in found:
        raise DefinitionError(
            f"the metadata of '{provider.name}' describe no identity provider with the redirect binding."
        )
    return dict(found)


def _ours(base: str) -> dict[str, Any]:
    return {
        "strict": True,
        "sp": {
            "entityId": f"{base}/metadata",
            "assertionConsumerService": {"url": f"{base}/acs", "binding": _POST},
            "NameIDFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        },
        "security": {
            "wantAssertionsSigned": True,
            "wantNameId": True,
            "wantAttributeStatement": False,
            "rejectDeprecatedAlgorithm": True,
            "rejectUnsolicitedResponsesWithInResponseTo": True,
            "requestedAuthnContext": False,
            "allowRepeatAttributeName": True,
            # Names of machines in an intranet have no dots.
            "allowSingleLabelDomains": True,
        },
    }  # fmt: skip


def _identity(provider: SamlProvider, name_id: str, attributes: dict[str, list[str]]) -> Identity:
    def first(names: tuple[str, ...]) -> str:
        return next((attributes[name][0] for name in names if attributes.get(name)), "")

    if provider.email_attribute is not None:
        email = first((provider.email_attribute,))
    else:
        email = first(_EMAILS) or name_id
    if "@" not in email:
        raise _refused("it does not tell an e-mail address")
    name = first((provider.name_attribute,) if provider.name_attribute else _NAMES)
    groups = frozenset(attributes.get(provider.groups_attribute, []))
    return Identity(provider.name, name_id, email.strip().lower(), name[:200], groups)


def _refused(why: str) -> UnauthenticatedError:
    return UnauthenticatedError(f"the identity provider's sign-in was not accepted: {why.rstrip('.')}.")
