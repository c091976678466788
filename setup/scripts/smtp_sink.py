"""A real SMTP server on loopback that keeps every message as a file.

Usage: smtp_sink.py FOLDER  (prints the port, then serves until it is ended)
"""

import socket
import sys
import time
from pathlib import Path

from aiosmtpd.controller import Controller


class Mailbox:
    """Keep each accepted message under a number of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    async def handle_DATA(self, _server, _session, envelope):
        self.count += 1
        name = f"{time.time_ns()}-{self.count}.eml"
        partial = self.folder / f".{name}"
        partial.write_bytes(envelope.original_content or envelope.content)
        partial.rename(self.folder / name)
        return "250 Message kept"


def free_port():
    """A port that nobody listens on (the controller cannot choose one itself)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    controller = Controller(Mailbox(folder), hostname="127.0.0.1", port=free_port())
    controller.start()
    print(controller.port, flush=True)
    sys.stdin.read()  # until the parent closes the pipe or ends
    controller.stop()


if __name__ == "__main__":
    main()
