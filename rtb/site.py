"""Where this platform can be reached, and how long what a bid hands out stays good (pure)."""

from dataclasses import dataclass

from adplatform.tokens import Keyring


@dataclass(frozen=True, slots=True)
class RtbSite:
    """What bids and notices need from the settings; tests build their own."""

    keyring: Keyring
    base_url: str  # of notices
    secure_base_url: str  # of markup on pages that admit https only
    notice_seconds: int  # for which a notice may still book
    page_seconds: int  # for which a bid's template page may be asked for
    click_seconds: int  # for which its clicks count

    def url_for(self, secure: int | None) -> str:
        """The base of every URL in the markup of an impression (``Imp.secure``)."""
        return self.secure_base_url if secure == 1 else self.base_url

    def secured(self, markup: str, secure: int | None) -> str:
        """The markup with files of our own by https where the impression admits nothing else."""
        if secure != 1 or self.base_url == self.secure_base_url:
            return markup
        return markup.replace(f"{self.base_url}/", f"{self.secure_base_url}/")
