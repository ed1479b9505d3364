"""A wire between a client and a PostgreSQL server that is cut at the worst moment."""

import contextlib
import socket
import threading

from sqlalchemy import make_url


class Proxy:
    """Listens on TCP and passes all on. Armed, it cuts a COMMIT: before the server sees it, or after it
    has answered and before the client hears."""

    def __init__(self, url: str) -> None:
        self._to = make_url(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._armed, self._skip = "", 0
        self.cuts = 0
        self._open: set[socket.socket] = set()
        self._down = False
        self.url = self._to.set(host="127.0.0.1", port=self._listener.getsockname()[1], query={})
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, when: str, skip: int = 0) -> None:
        """The next commit, or that after so many: "before" the server does it, or "after"."""
        self._armed, self._skip = when, skip

    def down(self) -> None:
        """All connections end, new ones too, until `up`."""
        self._down = True
        _end(*tuple(self._open))

    def up(self) -> None:
        self._down = False

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._down:
                    client.close()
                    continue
                threading.Thread(target=self._pass_on, args=(client, self._dial()), daemon=True).start()

    def _dial(self) -> socket.socket:
        folder = self._to.query.get("host")
        if folder:
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{folder}/.s.PGSQL.{self._to.query.get('port') or self._to.port or 5432}")
            return server
        return socket.create_connection((self._to.host or "127.0.0.1", self._to.port or 5432))

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        self._open |= {client, server}
        threading.Thread(target=self._back, args=(server, client), daemon=True).start()
        with contextlib.suppress(OSError):
            while data := client.recv(65_536):
                if self._armed and b"COMMIT" in data:
                    if not self._skip:
                        self._cut(data, client, server)
                        return
                    self._skip -= 1
                server.sendall(data)
        _end(client, server)
        self._open -= {client, server}

    def _cut(self, data: bytes, client: socket.socket, server: socket.socket) -> None:
        when, self._armed = self._armed, ""
        self.cuts += 1
        _end(client)
        if when == "after":
            server.sendall(data)
            with contextlib.suppress(OSError):
                server.recv(1)  # `_back` may have had it: either way the server has seen the commit
        _end(server)

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65_536):
                client.sendall(data)


def _end(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
