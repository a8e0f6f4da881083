"""zaffre's handler as an ASGI application under plain uvicorn: `python -m tests.e2e.asgi_server CONFIG`."""

import sys
from pathlib import Path

import uvicorn

from zaffre.app import Application
from zaffre.app.application import refuse
from zaffre.app.loading import read
from zaffre.net.client import Client
from zaffre.net.http import Limits
from zaffre.net.server.asgi import asgi
from zaffre.net.server.listen import Listener, bind


def main(path: Path) -> None:
    """Serve the configuration on a free port of 127.0.0.1 until SIGTERM."""
    config = read(path).config
    application = Application(config, path.parent, Client())
    app = asgi(application.handle, refuse=refuse, limits=Limits(body=config.server.max_body))
    bound = bind(Listener(port=0))
    print(bound.address.url, flush=True)
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning", timeout_graceful_shutdown=1))
    server.run(sockets=bound.sockets)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
