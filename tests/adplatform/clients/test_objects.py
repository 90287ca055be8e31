"""adplatform/clients/objects.py on local files and on an S3 server."""

import io
import random
import socket
import uuid

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer

from adplatform.clients import objects
from adplatform.clients.errors import EngineNotRunning


@pytest.fixture(scope="session")
def s3_endpoint():
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(settings, s3_endpoint, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    bucket = f"bucket-{uuid.uuid4().hex}"
    boto3.client("s3", endpoint_url=s3_endpoint).create_bucket(Bucket=bucket)
    settings.OBJECT_STORE_ENDPOINT = s3_endpoint
    settings.OBJECT_STORE_URL = f"s3://{bucket}/some/prefix"


@pytest.fixture
def files(settings, tmp_path):
    settings.OBJECT_STORE_URL = f"file://{tmp_path}/objects"
    return tmp_path / "objects"


@pytest.fixture(params=["files", "s3"])
def any_store(request):
    request.getfixturevalue(request.param)


def test_an_object_comes_back_as_it_was(any_store):
    objects.put("runs/1/posterior.npz", b"\0binary\xff")
    assert objects.get("runs/1/posterior.npz") == b"\0binary\xff"
    assert objects.exists("runs/1/posterior.npz")


def test_the_last_content_wins(any_store):
    objects.put("a", b"old")
    objects.put("a", b"new")
    assert objects.get("a") == b"new"


def test_a_missing_object_is_none(any_store):
    assert objects.get("nothing") is None
    assert not objects.exists("nothing")
    objects.delete("nothing")


@pytest.mark.parametrize("size", [0, 5, 20 * 1024 * 1024])
def test_a_file_comes_back_in_pieces(any_store, size):
    content = random.Random(1).randbytes(size)
    objects.put_file("exports/1/big", io.BytesIO(content))
    pieces = list(objects.chunks("exports/1/big") or ())
    assert b"".join(pieces) == content
    assert max(map(len, pieces), default=0) <= objects.CHUNK_BYTES


def test_a_missing_object_has_no_pieces(any_store):
    assert objects.chunks("nothing") is None


def test_a_file_that_cannot_be_read_leaves_the_old_content(files, tmp_path):
    objects.put("a", b"old")
    written = (tmp_path / "written").open("ab")
    with written, pytest.raises(objects.ObjectStoreUnavailable):
        objects.put_file("a", written)
    assert objects.get("a") == b"old"


def test_a_server_that_is_away_takes_no_file(s3, settings):
    settings.OBJECT_STORE_ENDPOINT = "http://127.0.0.1:1"
    with pytest.raises(objects.ObjectStoreUnavailable):
        objects.put_file("a", io.BytesIO(b"x"))


def test_a_deleted_object_is_gone(any_store):
    objects.put("a/b", b"x")
    objects.delete("a/b")
    assert objects.get("a/b") is None


def test_keys_are_listed_by_prefix_and_sorted(any_store):
    for key in ("runs/2", "runs/10", "running", "other"):
        objects.put(key, b"x")
    assert objects.list_keys("runs/") == ["runs/10", "runs/2"]
    assert objects.list_keys("run") == ["running", "runs/10", "runs/2"]
    assert len(objects.list_keys()) == 4


def test_a_url_says_where_it_lies(files):
    assert objects.url("a/b") == (files / "a" / "b").as_uri()


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", "./a", "a\\b", "a\0b", "a\nb"]
)
def test_a_key_that_leads_elsewhere_is_refused(any_store, key):
    for refused in (objects.get, objects.delete, objects.exists, objects.url, objects.chunks):
        with pytest.raises(objects.BadKey):
            refused(key)
    with pytest.raises(objects.BadKey):
        objects.put(key, b"x")


@given(st.text())
def test_every_accepted_key_stays_inside(key):
    try:
        parts = objects.checked(key).split("/")
    except objects.BadKey:
        return
    assert not {"", ".", ".."} & set(parts)


def test_a_link_out_of_the_folder_is_refused(files, tmp_path):
    files.mkdir()
    (tmp_path / "secret").write_bytes(b"x")
    (files / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(objects.BadKey, match="through a link"):
        objects.get("link")


def test_a_failed_write_leaves_the_old_content_and_no_rest(files):
    objects.put("a", b"old")
    with pytest.raises(TypeError):
        objects.put("a", None)  # type: ignore[arg-type]
    assert objects.get("a") == b"old"
    assert [path.name for path in files.iterdir()] == ["a"]


def test_a_disk_that_refuses_is_unavailable(files):
    objects.put("a", b"x")
    with pytest.raises(objects.ObjectStoreUnavailable):
        objects.put("a/b", b"a file is no folder")


def test_a_server_that_is_away_is_unavailable(s3, settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.OBJECT_STORE_ENDPOINT = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(objects.ObjectStoreUnavailable):
            objects.get("a")


def test_a_missing_bucket_is_unavailable_not_empty(s3, settings):
    settings.OBJECT_STORE_URL = "s3://no-such-bucket"
    with pytest.raises(objects.ObjectStoreUnavailable, match="NoSuchBucket"):
        objects.get("a")


def test_an_unset_address_says_so(settings):
    settings.OBJECT_STORE_URL = ""
    with pytest.raises(EngineNotRunning, match="OBJECT_STORE_URL"):
        objects.get("a")


def test_a_useless_address_says_what_is_possible(settings):
    settings.OBJECT_STORE_URL = "ftp://example.com/x"
    with pytest.raises(objects.ObjectStoreUnavailable, match="s3://bucket/prefix"):
        objects.get("a")
