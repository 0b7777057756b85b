"""What keeps the page to itself: which hosts may ask for it, and what it may load and run."""

import ipaddress
import os
import secrets
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.errors import RagError

AUTH_VARIABLE = "RAG_CHAT_AUTH"

# Gradio draws its templates with `new Function` and styles elements in place; it does not need
# inline scripts but its own, which get the nonce. So markup that got past the escaping runs
# nothing, and nothing is loaded from, or sent to, another host.
_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "worker-src 'self' blob:; object-src 'none'; frame-src 'none'; frame-ancestors 'none'; "
    "base-uri 'self'; form-action 'self'"
)


class Guard:
    """ASGI middleware: gives each answer its headers, and the page's own scripts their nonce."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        page = "text/html" in Headers(scope=scope).get("accept", "")
        if page:  # it is read below, so it must not come compressed
            kept = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
            scope = {**scope, "headers": kept}
        begun: Message = {}
        body = b""

        async def guarded(message: Message) -> None:
            nonlocal begun, body
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = _POLICY.format(nonce=nonce)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
                if page and headers.get("content-type", "").startswith("text/html"):
                    begun = message
                    return
            elif begun:
                body += message.get("body", b"")
                if message.get("more_body"):
                    return
                message = {**message, "body": _with_nonce(body, nonce)}
                MutableHeaders(scope=begun)["Content-Length"] = str(len(message["body"]))
                await send(begun)
            await send(message)

        await self._app(scope, receive, guarded)


def _with_nonce(page: bytes, nonce: str) -> bytes:
    return page.replace(b"<script", f'<script nonce="{nonce}"'.encode())


def is_local(host: str) -> bool:
    """Whether only this computer can reach a host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def hosts(host: str) -> list[str]:
    """Returns the names by which the page may be asked for: no site may pose as this computer."""
    named = is_local(host) and ":" not in host  # Starlette cannot tell addresses of IPv6
    return ["127.0.0.1", "localhost", host] if named else ["*"]


def credentials(file: Path | None, host: str, *, none: bool) -> tuple[str, str] | None:
    """Returns user and password, from a file or the environment.

    Args:
        file: Holds "user:password".
        host: Where the page is to be served; any but this computer needs a password.
        none: Whether the user has said that it needs none.

    Raises:
        RagError: They are missing, or cannot be read.
    """
    try:
        said = file.read_text("utf-8") if file else os.environ.get(AUTH_VARIABLE, "")
    except (OSError, UnicodeDecodeError) as error:
        raise RagError(f"{file} cannot be read ({error}). Write user:password into it.") from error
    user, _, password = said.strip().partition(":")
    if user and password:
        return user, password
    if said.strip() or file:
        raise RagError(f"{file or AUTH_VARIABLE} does not hold user:password. Write both into it.")
    if not is_local(host) and not none:
        raise RagError(
            f"On {host} others can reach your documents. Name a file with user:password by --auth, "
            f"or set {AUTH_VARIABLE}; or say --no-auth."
        )
    return None
