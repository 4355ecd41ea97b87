"""The platforms' APIs in one application, each under its name, and the control API under `/_sim`."""

from collections.abc import Callable, Mapping

from starlette.applications import Starlette
from starlette.routing import Mount, Router
from starlette.types import Scope

from simulator.control import Controlled, control_routes
from simulator.faults import Faults, FaultyApp
from simulator.platforms.platform import Platform


def make_app(
    platforms: Mapping[str, Platform],
    *,
    faults: Mapping[str, Faults],
    hang_up: Callable[[Scope], None],
    control: Controlled,
) -> Starlette:
    """One ASGI application. The control API asks nobody who they are, so it belongs on a private address."""
    mounts = [
        Mount(
            f"/{name}",
            app=FaultyApp(Router(list(platform.routes())), platform=platform, faults=faults[name], hang_up=hang_up),
        )
        for name, platform in platforms.items()
    ]
    return Starlette(routes=[Mount("/_sim", routes=control_routes(control)), *mounts])
