"""A small mail server: it speaks enough SMTP for Django's own client, keeps what it gets, and refuses what it is told to refuse."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message


class MailServer(socketserver.ThreadingTCPServer):
    """Listens on a free port of this machine; `refused` are addresses that it takes nothing for, `later` those that it may take later."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.refused: set[str] = set()
        self.later: set[str] = set()
        self.taken: list[tuple[str, Message]] = []
        self.connections = 0

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    @property
    def recipients(self) -> list[str]:
        """Who got a mail, in the order of arrival."""
        return [to for to, _ in self.taken]


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.server.connections += 1
        self._say("220 ready")
        to = ""
        while line := self.rfile.readline().decode().strip():
            verb = line.split(" ")[0].upper()
            if verb == "RCPT":
                to = line.split("<")[1].split(">")[0]
                if to in self.server.later:
                    self._say("450 not now")
                else:
                    self._say("550 nobody of that name" if to in self.server.refused else "250 yes")
            elif verb == "DATA":
                self._say("354 go on")
                self.server.taken.append((to, message_from_bytes(self._body())))
                self._say("250 taken")
            else:
                self._say("221 bye" if verb == "QUIT" else "250 yes")
                if verb == "QUIT":
                    return

    def _body(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A mail server for as long as the block lasts."""
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()
