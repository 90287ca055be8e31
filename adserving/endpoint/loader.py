"""`/ad_server/loader.js`: the script that publishers paste; it makes the sandboxed iframes."""

from pathlib import Path

from adplatform.doors import Request, Response, method_not_allowed

SCRIPT = (Path(__file__).parents[1] / "loader.js").read_bytes()
HEADERS = (
    ("Content-Type", "text/javascript; charset=utf-8"),
    ("Cache-Control", "public, max-age=3600"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("X-Content-Type-Options", "nosniff"),
)


def door(request: Request) -> Response:
    if request.method not in {"GET", "HEAD"}:
        raise method_not_allowed("GET")
    return Response(200, SCRIPT, HEADERS)
