"""The built page: ``ui/`` of the repository, packaged as ``intakegateway/_ui`` (see ``hatch_build.py``).

Files with a hash in their name are kept by browsers for ever; the page itself never is, for it carries the
signature (nonce) of its content security policy and the path below which the gateway is served.
"""

from __future__ import annotations

import html
import mimetypes
import re
import secrets
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import Receive, Scope, Send

FOLDER = Path(__file__).resolve().parents[1] / "_ui"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src-elem 'self' 'nonce-{nonce}'; style-src-attr 'none'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HASHED = re.compile(r"assets/.+-[\w-]{8}\.\w+")
_OURS = ("api/", "assets/", "health", "metrics")
"""Paths that are never a place of the page: an unknown one of them is an error, not the page."""
_PACKED = {"br": ".br", "gzip": ".gz"}
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
MISSING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>IntakeGateway</title>
<h1>The page is not in this installation</h1>
<p>The REST API and the command line work without it. From a clone, <code>make ui</code> builds it;
the published wheel brings it.</p></html>"""


class WebPage:
    """Serves the files that were there when it was made, and the page for every place within it."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        # A request can only name one of these, so no path leads out of the folder.
        self.names = frozenset(
            path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
        )
        self._tags: dict[str, str] = {}

    @cached_property
    def template(self) -> str | None:
        """The page as it was built; None where it was not."""
        return (self.folder / "index.html").read_text("utf-8") if "index.html" in self.names else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that no route of the API took."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4404, "reason": "there is nothing here"})
            return
        await self.answer(scope)(scope, receive, send)

    def answer(self, scope: Scope) -> Response:
        """The answer to a request. Raises ``HTTPException`` for what is not here."""
        name = place(scope)
        headers = Headers(scope=scope)
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(404 if name.startswith(_OURS) else 405)
        if name in self.names and name != "index.html" and not name.startswith(".") and not _is_packed(name):
            return self._file(name, headers)
        is_file = "." in name.rpartition("/")[2] and name != "index.html"
        if name.startswith(_OURS) or is_file or not _wants_page(name, headers.get("accept", "*/*")):
            raise HTTPException(404)
        return self._page(str(scope.get("root_path", "")))

    def _page(self, base: str) -> Response:
        if self.template is None:
            return HTMLResponse(MISSING, 503, headers={"Cache-Control": "no-store"})
        nonce = secrets.token_urlsafe(18)
        href = html.escape(base.rstrip("/") + "/", quote=True)
        page = self.template.replace("__CSP_NONCE__", nonce).replace(
            '<base href="/"', f'<base href="{href}"', 1
        )
        policy = POLICY.format(nonce=nonce)
        return HTMLResponse(page, headers={"Cache-Control": "no-store", "Content-Security-Policy": policy})

    def _file(self, name: str, asked: Headers) -> Response:
        accepted = asked.get("accept-encoding", "")
        packing = next(
            (
                one
                for one, suffix in _PACKED.items()
                if name + suffix in self.names and _accepts(accepted, one)
            ),
            "",
        )
        tag = self._tags.get(name)
        if tag is None:
            tag = blake2b((self.folder / name).read_bytes(), digest_size=12).hexdigest()
            self._tags[name] = tag
        headers = {
            "ETag": f'"{tag}-{packing}"' if packing else f'"{tag}"',
            "Vary": "Accept-Encoding",
            "Cache-Control": "public, max-age=31536000, immutable" if _HASHED.fullmatch(name) else "no-cache",
        }
        if headers["ETag"] in (one.strip() for one in asked.get("if-none-match", "").split(",")):
            return Response(status_code=304, headers=headers)
        if packing:
            headers["Content-Encoding"] = packing
        path = self.folder / (name + _PACKED.get(packing, ""))
        kind = _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        return FileResponse(path, headers=headers, media_type=kind)


def place(scope: Scope) -> str:
    """What is asked for, below the path at which browsers see us, which a proxy may have taken away."""
    base, path = str(scope.get("root_path", "")), str(scope["path"])
    return (path.removeprefix(base) if path == base or path.startswith(f"{base}/") else path).lstrip("/")


def _wants_page(name: str, accepted: str) -> bool:
    """Whether the page is an answer: elsewhere than at its address, a program's typing error gets an error."""
    return "text/html" in accepted or (name in ("", "index.html") and "*/*" in accepted)


def _is_packed(name: str) -> bool:
    return name.endswith(tuple(_PACKED.values()))


def _accepts(accepted: str, packing: str) -> bool:
    for one in accepted.split(","):
        name, _, weight = one.strip().partition(";")
        if name.strip() == packing:
            return re.fullmatch(r"\s*q=0(\.0*)?\s*", weight) is None
    return False
