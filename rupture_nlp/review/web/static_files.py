"""The packaged styles and scripts, read once at the start: no path reaches the disk."""

import hashlib
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
}
"""What is served, and as what: the system's own table of types may hold anything."""

COLOURS = "colours.css"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of `static/`. Its tag changes with its bytes."""

    content: bytes
    media_type: str
    etag: str


def read_assets() -> dict[str, Asset]:
    """All files of the packaged `static/` folder of a known type, by path inside it; and the
    colours, which are those of the reports."""
    found: dict[str, Asset] = {}
    _collect(resources.files("rupture_nlp.review").joinpath("static"), "", found)
    found[COLOURS] = _read(resources.files("rupture_nlp.reports").joinpath("templates", COLOURS))
    return found


def _collect(folder: Traversable, prefix: str, found: dict[str, Asset]) -> None:
    for entry in folder.iterdir():
        path = f"{prefix}{entry.name}"
        if entry.is_dir():
            _collect(entry, f"{path}/", found)
            continue
        if _type_of(entry) is not None:
            found[path] = _read(entry)


def _read(entry: Traversable) -> Asset:
    content = entry.read_bytes()
    media_type = _type_of(entry) or "application/octet-stream"
    return Asset(content, media_type, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def _type_of(entry: Traversable) -> str | None:
    return TYPES.get(f".{entry.name.rpartition('.')[2]}")


def static_route() -> Route:
    """`/static/...`: asked for again at every page, sent again only when changed."""
    assets = read_assets()

    async def serve_asset(request: Request) -> Response:
        asset = assets.get(request.path_params["path"])
        if asset is None:
            raise HTTPException(404)
        headers = {"ETag": asset.etag, "Cache-Control": "no-cache"}
        known = request.headers.get("if-none-match", "")
        if asset.etag in {tag.strip().removeprefix("W/") for tag in known.split(",")}:
            return Response(status_code=304, headers=headers)
        return Response(asset.content, media_type=asset.media_type, headers=headers)

    return Route("/static/{path:path}", serve_asset, methods=["GET"], name="static")
