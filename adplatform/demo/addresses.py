"""Where the demo's own pages and pictures are, on whatever port the server listens (pure)."""

from dataclasses import dataclass
from urllib.parse import urlsplit

FOLDER = "/static/demo/"
LANDING = "landing.html?campaign={campaign_id}&segment={segment_id}&ad={ad_id}&click={click_id}"


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses under one base URL."""

    base_url: str

    @property
    def landing(self) -> str:
        """The landing page as a creative holds it, with macros."""
        return self.file(LANDING)

    @property
    def landing_page(self) -> str:
        """The landing page that every click must reach."""
        return self.file(LANDING).partition("?")[0]

    def file(self, name: str) -> str:
        return f"{self.base_url}{FOLDER}{name}"

    def secure_file(self, name: str) -> str:
        """The same file over https, as pages of exchanges want it."""
        scheme, _, rest = self.file(name).partition(":")
        return f"{scheme.removesuffix('s')}s:{rest}"

    def page(self, template_url: str) -> str:
        """The live page around an ad: it hands its query on to the ad server."""
        return f"{self.file('visualizer.html')}?{urlsplit(template_url).query}"

    def moved(self, url: str) -> str:
        """The same file on this server, if it is one of the demo's; any other URL as it is."""
        before, folder, name = url.partition(FOLDER)
        if not (folder and before.startswith("http")):
            return url
        return self.secure_file(name) if before.startswith("https:") else self.file(name)
