"""The object store: s3://bucket/prefix through boto3, or file:///folder on this machine."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Protocol, TypeVar, cast
from urllib.parse import unquote, urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from adplatform import metrics
from adplatform.clients.errors import EngineNotRunning

if TYPE_CHECKING:
    from boto3.s3.transfer import TransferConfig
    from mypy_boto3_s3 import S3Client

CONNECT_SECONDS: Final = 2
READ_SECONDS: Final = 10
UNFINISHED: Final = ".unfinished-"
MISSING: Final = frozenset({"NoSuchKey", "404"})
CHUNK_BYTES: Final = 1024 * 1024
PART_BYTES: Final = 8 * 1024 * 1024  # of a multipart upload; S3 takes 10,000 of them

Result = TypeVar("Result")


class ObjectStoreUnavailable(Exception):
    """The object store did not answer or refused; nothing was changed that can be seen."""


class BadKey(ValueError):
    """A key that could lead outside the store."""


class Pieces(Iterator[bytes]):
    """An object's content in pieces of at most CHUNK_BYTES; close it when not all are read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source

    def __next__(self) -> bytes:
        piece = _counted(lambda: self._source.read(CHUNK_BYTES))
        if not piece:
            self.close()
            raise StopIteration
        return piece

    def close(self) -> None:
        self._source.close()


class Store(Protocol):
    """What both kinds of store do; keys are checked before they get here."""

    def put(self, key: str, content: bytes) -> None: ...
    def put_file(self, key: str, source: IO[bytes]) -> None: ...
    def chunks(self, key: str) -> Pieces | None: ...
    def get(self, key: str) -> bytes | None: ...
    def delete(self, key: str) -> None: ...
    def keys(self, prefix: str) -> list[str]: ...
    def exists(self, key: str) -> bool: ...
    def url(self, key: str) -> str: ...


def put(key: str, content: bytes) -> None:
    """Store an object whole: a reader sees the old content or the new, never a part.

    Every function here raises BadKey, ObjectStoreUnavailable, or EngineNotRunning when no store is
    configured.
    """
    store().put(checked(key), content)


def put_file(key: str, source: IO[bytes]) -> None:
    """Store what is left to read of a file, of any size, whole or not at all.

    S3 gets large ones in parts. The file may be closed afterwards.
    """
    store().put_file(checked(key), source)


def chunks(key: str) -> Pieces | None:
    """The content piece by piece, in bounded memory; None when there is no such object.

    Raises while it is read: ObjectStoreUnavailable.
    """
    return store().chunks(checked(key))


def get(key: str) -> bytes | None:
    """The content; None when there is no such object."""
    return store().get(checked(key))


def delete(key: str) -> None:
    """Remove an object; nothing happens when there is none."""
    store().delete(checked(key))


def list_keys(prefix: str = "") -> list[str]:
    """All keys that start with ``prefix``, sorted."""
    if prefix:
        checked(prefix.removesuffix("/"))
    return store().keys(prefix)


def exists(key: str) -> bool:
    return store().exists(checked(key))


def url(key: str) -> str:
    """Where the object lies, for logs and records (``s3://…``, ``file://…``); no public link."""
    return store().url(checked(key))


def store() -> Store:
    """The store that OBJECT_STORE_URL names."""
    return _store(settings.OBJECT_STORE_URL, settings.OBJECT_STORE_ENDPOINT)


def checked(key: str) -> str:
    """The key itself, if it stays inside the store.

    Raises:
        BadKey: it is empty, absolute, or has a part that is empty, ``.``, ``..`` or unprintable.
    """
    parts = key.split("/")
    if "\\" in key or not key.isprintable() or any(part in {"", ".", ".."} for part in parts):
        raise BadKey(f"object key {key!r}: use names joined by single slashes")
    if parts[-1].startswith(UNFINISHED):
        raise BadKey(f"object key {key!r}: names that start with {UNFINISHED!r} are reserved")
    return key


class LocalFiles:
    """Objects as files below one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, content: bytes) -> None:
        _counted(lambda: _replace(self._path(key), lambda fresh: fresh.write(content)))

    def put_file(self, key: str, source: IO[bytes]) -> None:
        def copy(fresh: IO[bytes]) -> None:
            shutil.copyfileobj(source, fresh, CHUNK_BYTES)

        _counted(lambda: _replace(self._path(key), copy))

    def chunks(self, key: str) -> Pieces | None:
        found = _counted(lambda: _opened(self._path(key)))
        return None if found is None else Pieces(found)

    def get(self, key: str) -> bytes | None:
        return _counted(lambda: _read(self._path(key)))

    def delete(self, key: str) -> None:
        _counted(lambda: self._path(key).unlink(missing_ok=True))

    def keys(self, prefix: str) -> list[str]:
        return _counted(lambda: sorted(key for key in self._all() if key.startswith(prefix)))

    def exists(self, key: str) -> bool:
        return _counted(lambda: self._path(key).is_file())

    def url(self, key: str) -> str:
        return self._path(key).as_uri()

    def _all(self) -> list[str]:
        return [
            path.relative_to(self.root).as_posix()
            for path in self.root.rglob("*")
            if path.is_file() and not path.name.startswith(UNFINISHED)
        ]

    def _path(self, key: str) -> Path:
        path = self.root / key
        if not path.resolve().is_relative_to(self.root.resolve()):
            raise BadKey(f"object key {key!r} leads outside the store through a link")
        return path


class S3Bucket:
    """Objects below a prefix of one bucket."""

    def __init__(self, client: "S3Client", bucket: str, prefix: str) -> None:
        self.client = client
        self.bucket = bucket
        self.prefix = f"{prefix}/" if prefix else ""

    def put(self, key: str, content: bytes) -> None:
        place = self.prefix + key
        _counted(lambda: self.client.put_object(Bucket=self.bucket, Key=place, Body=content))

    def put_file(self, key: str, source: IO[bytes]) -> None:
        place = self.prefix + key
        _counted(lambda: self.client.upload_fileobj(source, self.bucket, place, Config=_transfer()))

    def chunks(self, key: str) -> Pieces | None:
        found = _counted(lambda: self._body(self.prefix + key))
        return None if found is None else Pieces(found)

    def get(self, key: str) -> bytes | None:
        return _counted(lambda: self._get(self.prefix + key))

    def delete(self, key: str) -> None:
        _counted(lambda: self.client.delete_object(Bucket=self.bucket, Key=self.prefix + key))

    def keys(self, prefix: str) -> list[str]:
        return _counted(lambda: sorted(self._keys(self.prefix + prefix)))

    def exists(self, key: str) -> bool:
        return _counted(lambda: self._exists(self.prefix + key))

    def url(self, key: str) -> str:
        return f"s3://{self.bucket}/{self.prefix}{key}"

    def _get(self, place: str) -> bytes | None:
        body = self._body(place)
        return None if body is None else body.read()

    def _body(self, place: str) -> IO[bytes] | None:
        try:
            return cast("IO[bytes]", self.client.get_object(Bucket=self.bucket, Key=place)["Body"])
        except ClientError as exc:
            if _code(exc) in MISSING:
                return None
            raise

    def _exists(self, place: str) -> bool:
        try:
            self.client.head_object(Bucket=self.bucket, Key=place)
        except ClientError as exc:
            if _code(exc) in MISSING:
                return False
            raise
        return True

    def _keys(self, start: str) -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=start
        )
        found = [each["Key"] for page in pages for each in page.get("Contents", [])]
        return [key.removeprefix(self.prefix) for key in found]


@lru_cache(maxsize=8)
def _store(address: str, endpoint: str) -> Store:
    parts = urlsplit(address)
    if parts.scheme == "file" and parts.path.strip("/"):
        return LocalFiles(Path(unquote(parts.path)))
    if parts.scheme == "s3" and parts.netloc:
        return S3Bucket(_s3_client(endpoint), parts.netloc, parts.path.strip("/"))
    if not address:
        raise EngineNotRunning("the object store", "OBJECT_STORE_URL")
    raise ObjectStoreUnavailable(
        f"OBJECT_STORE_URL={address!r}: use s3://bucket/prefix or file:///folder"
    )


def _s3_client(endpoint: str) -> "S3Client":
    import boto3  # noqa: PLC0415 - 0.3 s that a laptop without S3 need not wait for
    from botocore.config import Config  # noqa: PLC0415

    limits = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": 2},
    )
    return boto3.client("s3", endpoint_url=endpoint or None, config=limits)


def _transfer() -> "TransferConfig":
    from boto3.s3.transfer import TransferConfig  # noqa: PLC0415 - as in _s3_client

    return TransferConfig(
        multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, max_concurrency=2
    )


def _counted(fn: Callable[[], Result]) -> Result:
    try:
        result = fn()
    except (BotoCoreError, ClientError, OSError) as exc:
        refused = isinstance(exc, ClientError)
        outcome = "error" if refused else "unavailable"
        metrics.ENGINE_CALLS.labels("objects", outcome).inc()
        raise ObjectStoreUnavailable(f"the object store failed: {exc}") from exc
    metrics.ENGINE_CALLS.labels("objects", "ok").inc()
    return result


def _code(exc: ClientError) -> str:
    return str(exc.response.get("Error", {}).get("Code", ""))


def _opened(path: Path) -> IO[bytes] | None:
    try:
        return path.open("rb")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None


def _replace(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write beside the file, sync, then rename over it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED)
    try:
        with os.fdopen(fd, "wb") as fresh:
            write(fresh)
            fresh.flush()
            os.fsync(fresh.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
