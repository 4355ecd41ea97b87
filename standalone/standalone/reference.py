"""The front page of a machine without a console yet: what there is, and the reference of every API.

Made here from the descriptions themselves, with no script and nothing fetched from elsewhere.
"""

from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from huiying.service.app import build_api
from huiying.service.definition import Service

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 16px/1.6 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
       max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.8rem; margin-bottom: 0; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
td { padding: .4rem .6rem .4rem 0; vertical-align: top; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
td:first-child { width: 4.5rem; font-weight: 600; }
td:nth-child(2) { width: 46%; }
code { background: var(--soft); padding: .1rem .3rem; }
a { color: inherit; }
p { margin: .4rem 0; }
@media (max-width: 40rem) {
  td, td:first-child, td:nth-child(2) { display: block; border: 0; padding: 0; width: auto; }
  tr { display: block; border-top: 1px solid var(--line); padding: .5rem 0; }
}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
_METHODS = ("get", "post", "put", "patch", "delete")


def reference_app(services: Sequence[Service[Any, Any, Any]], *, probes: Sequence[BaseRoute]) -> Starlette:
    """The page, and the probes of the whole machine."""
    page = cache(lambda: _page(services))

    async def reference(_request: Request) -> Response:
        return HTMLResponse(page(), headers={"content-security-policy": _POLICY})

    return Starlette(routes=[Route("/api/reference", reference, methods=["GET"]), *probes])


def _page(services: Sequence[Service[Any, Any, Any]]) -> str:
    sections = "".join(_section(service) for service in services)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Huiying 回应</title>'
        f"<style>{_STYLE}</style><h1>Huiying 回应</h1>"
        "<p>Every service of this machine, and what it can be asked. "
        '<span lang="zh">本机的全部服务及其接口。</span></p>'
        "<p>Send an API key as <code>Authorization: Bearer …</code>, or sign in with "
        "<code>POST /api/identity/v1/sessions</code>. "
        '<span lang="zh">以 <code>Authorization: Bearer …</code> 发送 API 密钥，或先登录。</span></p>'
        f"{sections}</html>"
    )


def _section(service: Service[Any, Any, Any]) -> str:
    description = build_api(service).openapi()
    rows = "".join(
        _row(method, path, operation)
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
        if method in _METHODS
    )
    link = f"/api/{service.name}/v1/openapi.json"
    return (
        f'<h2 id="{service.name}">{escape(service.name)}</h2><p>{escape(service.description)} '
        f'<a href="{link}">OpenAPI</a></p><table>{rows}</table>'
    )


def _row(method: str, path: str, operation: dict[str, Any]) -> str:
    about = operation.get("description") or operation.get("summary") or ""
    return f"<tr><td>{method.upper()}</td><td><code>{escape(path)}</code></td><td>{escape(about)}</td></tr>"
