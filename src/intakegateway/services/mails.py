"""Sending one mail: to a server that may refuse a part of it, hang, or offer no encryption."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from msgspec import Struct

from intakegateway.kit.addresses import is_public
from intakegateway.kit.cutting import Cutter

_PERMANENT = 500
"""From this code on a server will not change its mind."""


class MailError(Exception):
    """Why a mail was not sent, or not to all. ``may_retry``: another try may do better."""

    def __init__(self, message: str, *, may_retry: bool = True) -> None:
        super().__init__(message)
        self.may_retry = may_retry


class Limits(Struct, frozen=True):
    """Seconds: for each step, and for all of them together."""

    step: float
    whole: float


def send_mail(message: EmailMessage, smtp_url: str, limits: Limits) -> str:
    """The host that took the mail, for all its addresses. Raises ``MailError``."""
    server = urlsplit(smtp_url)
    host = server.hostname or "localhost"
    port = server.port or (465 if server.scheme == "smtps" else 587)
    named = f"the mail server {host}:{port}"
    cutter = Cutter(limits.whole)
    try:
        with cutter, _connected(server, host, port, cutter, limits.step) as smtp:
            _sign_in(smtp, server, named)
            refused = smtp.send_message(message)
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        if cutter.has_cut:
            raise MailError(f"{named} did not take it within {limits.whole:g} seconds") from None
        raise _in_words(error, named) from None
    if refused:
        # The others have it: a further try would send it to them once more.
        raise MailError(f"{named} took it, but not for {_refusals(refused)}", may_retry=False)
    return host


def _connected(server: SplitResult, host: str, port: int, cutter: Cutter, seconds: float) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.scheme == "smtps":
        return _WatchedTls(cutter, host, port, seconds, context)
    smtp = _Watched(cutter, host, port, seconds)
    try:
        smtp.ehlo()
        if smtp.has_extn("starttls"):
            smtp.starttls(context=context)
            smtp.ehlo()
    except BaseException:
        smtp.close()
        raise
    return smtp


def _sign_in(smtp: smtplib.SMTP, server: SplitResult, named: str) -> None:
    if not server.username:
        return
    encrypted = isinstance(smtp.sock, ssl.SSLSocket)
    if not encrypted and smtp.sock is not None and is_public(ip_address(smtp.sock.getpeername()[0])):
        raise MailError(
            f"{named} offers no encryption (STARTTLS), and the password is not sent without; INTAKEGATEWAY_SMTP_URL"
            " may begin with smtps:// where the server takes that",
            may_retry=False,
        )
    smtp.login(unquote(server.username), unquote(server.password or ""))


class _Watched(smtplib.SMTP):
    """Known to a cutter, which ends it when it takes too long."""

    def __init__(self, cutter: Cutter, host: str, port: int, seconds: float) -> None:
        self._cutter = cutter
        super().__init__(host, port, timeout=seconds)

    def getreply(self) -> tuple[int, bytes]:
        """The server's next answer."""
        self._cutter.watch(self.sock)
        return super().getreply()


class _WatchedTls(smtplib.SMTP_SSL):
    """The same, encrypted from the first byte on."""

    def __init__(self, cutter: Cutter, host: str, port: int, seconds: float, context: ssl.SSLContext) -> None:
        self._cutter = cutter
        super().__init__(host, port, timeout=seconds, context=context)

    def getreply(self) -> tuple[int, bytes]:
        """The server's next answer."""
        self._cutter.watch(self.sock)
        return super().getreply()


def _in_words(error: Exception, named: str) -> MailError:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        said = f"{named} takes nothing for {_refusals(error.recipients)}"
        return MailError(said, may_retry=any(code < _PERMANENT for code in codes))
    if isinstance(error, smtplib.SMTPSenderRefused):
        what = f"the sender {error.sender} (INTAKEGATEWAY_MAIL_FROM)"
        return MailError(f"{named} refuses {what}: {_answer(error)}", may_retry=_may_change(error))
    if isinstance(error, smtplib.SMTPAuthenticationError):
        said = f"{named} does not take the user or the password of INTAKEGATEWAY_SMTP_URL: {_answer(error)}"
        return MailError(said, may_retry=_may_change(error))
    if isinstance(error, smtplib.SMTPResponseException):
        return MailError(f"{named} refuses it: {_answer(error)}", may_retry=_may_change(error))
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return MailError(f"{named} cannot do this: {error}", may_retry=False)
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return MailError(f"{named} ended the connection: {error}")
    if isinstance(error, ssl.SSLCertVerificationError):
        return MailError(f"the certificate of {named} is not to be trusted: {error.verify_message}")
    if isinstance(error, ssl.SSLError):
        return MailError(
            f"{named} does not speak TLS there ({error.reason}); smtp:// begins without, smtps:// with it"
        )
    if isinstance(error, TimeoutError):
        return MailError(f"{named} did not answer in time; a port that begins with TLS needs smtps://")
    if isinstance(error, OSError):
        return MailError(f"{named} cannot be reached: {error.strerror or error}")
    return MailError(f"the mail cannot be written as {named} wants it: {error}", may_retry=False)


def _refusals(refused: Mapping[str, tuple[int, bytes]]) -> str:
    return ", ".join(
        f"{address} ({code} {text.decode('utf-8', 'replace')})" for address, (code, text) in refused.items()
    )


def _answer(error: Any) -> str:
    text = error.smtp_error
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return f"{error.smtp_code} {shown}"


def _may_change(error: smtplib.SMTPResponseException) -> bool:
    return error.smtp_code < _PERMANENT
