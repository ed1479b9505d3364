"""Sockets, intake, delivery, conf, telemetry, command line: the only package that does I/O on the wire."""
