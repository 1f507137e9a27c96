"""A ZIP that is handed on while it is written, with the SHA-256 of each of its files."""

import hashlib
from collections.abc import Iterable, Iterator
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

BEGINNING_OF_ZIP = (1980, 1, 1, 0, 0, 0)  # every file's time: equal files make equal archives
PIECE = 64 * 1024


class _Sink:
    """What the ZIP is written into: keeps it until it is taken."""

    def __init__(self) -> None:
        self.kept = bytearray()

    def write(self, data: bytes) -> int:
        self.kept += data
        return len(data)

    def flush(self) -> None:
        """Nothing to do."""

    def take(self, least: int = 1) -> Iterator[bytes]:
        if len(self.kept) >= least:
            yield bytes(self.kept)
            self.kept.clear()


class Archive:
    """Files are added one after the other; `digests` has the SHA-256 of each, by name."""

    def __init__(self) -> None:
        self.digests: dict[str, str] = {}
        self._sink = _Sink()
        self._zip = ZipFile(self._sink, "w")  # type: ignore[call-overload]  # it needs no more than to write

    def add(self, name: str, pieces: Iterable[str | bytes]) -> Iterator[bytes]:
        """Write a file, and yield what of the ZIP is ready."""
        digest, entry = hashlib.sha256(), ZipInfo(name, BEGINNING_OF_ZIP)
        entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o100644 << 16
        with self._zip.open(entry, "w", force_zip64=True) as file:
            for piece in pieces:
                data = piece.encode() if isinstance(piece, str) else piece
                digest.update(data)
                file.write(data)
                yield from self._sink.take(PIECE)
        self.digests[name] = digest.hexdigest()
        yield from self._sink.take(PIECE)

    def close(self) -> Iterator[bytes]:
        """End the ZIP, and yield the rest of it."""
        self._zip.close()
        yield from self._sink.take()
