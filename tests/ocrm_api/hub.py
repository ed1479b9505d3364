"""A hub's control socket, for tests of what the API asks of a running hub."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def obedient_hub(path: Path) -> Iterator[None]:
    """Follows every order."""

    class Follow(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            if self.rfile.readline():
                self.wfile.write(b'{"done":true}\n')

    with socketserver.ThreadingUnixStreamServer(str(path), Follow) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield
        server.shutdown()
        thread.join(10)
