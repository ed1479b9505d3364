"""The socket that HTTP is answered on: opened before anything else is, so that a port that is taken is told
in a sentence while there is nothing yet to take down.
"""

import socket

from gateway.config.hub import Http

_WAITING = 2_048


def listening(http: Http) -> socket.socket:
    """Raises OSError, which names the address as conf has it."""
    family = socket.AF_INET6 if ":" in http.host else socket.AF_INET
    line = socket.socket(family, socket.SOCK_STREAM)
    try:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        line.bind((http.host, http.port))
        line.listen(_WAITING)
    except OSError as error:
        line.close()
        why = f"HTTP cannot be served at http.address {http.address}: {error.strerror}"
        raise OSError(error.errno, why) from error
    return line
