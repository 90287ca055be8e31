"""The words for device types, operating systems and browsers, and the other names they go by.

Rules and requests are read with the same vocabularies, so that they always meet in one spelling.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

OTHER = "other"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    labels: Mapping[str, str]
    aliases: Mapping[str, str]

    def canonical(self, text: str) -> str | None:
        """The word for `text`, whatever its case, spaces or common other name; None if unknown."""
        word = re.sub(r"[\s-]+", "_", text.strip().lower())
        return word if word in self.labels else self.aliases.get(word)

    def meant(self, text: str) -> str | None:
        names = [*self.labels, *self.aliases]
        close = get_close_matches(text.strip().lower()[:40], names, n=1)
        return self.canonical(close[0]) if close else None


DEVICE_TYPES = Vocabulary(
    labels={
        "desktop": "desktop",
        "mobile": "mobile",
        "tablet": "tablet",
        "tv": "TV",
        OTHER: "other",
    },
    aliases={
        "computer": "desktop",
        "laptop": "desktop",
        "pc": "desktop",
        "phone": "mobile",
        "smartphone": "mobile",
        "connected_tv": "tv",
        "ctv": "tv",
        "smart_tv": "tv",
    },
)

OPERATING_SYSTEMS = Vocabulary(
    labels={
        "android": "Android",
        "chromeos": "ChromeOS",
        "harmonyos": "HarmonyOS",
        "ios": "iOS",
        "kaios": "KaiOS",
        "linux": "Linux",
        "macos": "macOS",
        "roku": "Roku OS",
        "tizen": "Tizen",
        "tvos": "tvOS",
        "webos": "webOS",
        "windows": "Windows",
        "windows_phone": "Windows Phone",
        OTHER: "other",
    },
    aliases={
        "arch_linux": "linux",
        "atv_os_x": "tvos",
        "centos": "linux",
        "chrome_os": "chromeos",
        "cros": "chromeos",
        "debian": "linux",
        "fedora": "linux",
        "fire_os": "android",
        "gentoo": "linux",
        "harmony_os": "harmonyos",
        "ipados": "ios",
        "iphone_os": "ios",
        "linux_mint": "linux",
        "mac": "macos",
        "mac_os": "macos",
        "mac_os_x": "macos",
        "openharmony": "harmonyos",
        "os_x": "macos",
        "osx": "macos",
        "red_hat": "linux",
        "roku_os": "roku",
        "suse": "linux",
        "ubuntu": "linux",
        "web0s": "webos",
        "windows_mobile": "windows_phone",
    },
)

BROWSERS = Vocabulary(
    labels={
        "brave": "Brave",
        "chrome": "Chrome",
        "duckduckgo": "DuckDuckGo",
        "edge": "Edge",
        "facebook": "Facebook app",
        "firefox": "Firefox",
        "huawei_browser": "Huawei Browser",
        "instagram": "Instagram app",
        "internet_explorer": "Internet Explorer",
        "miui_browser": "Mi Browser",
        "opera": "Opera",
        "pinterest": "Pinterest app",
        "safari": "Safari",
        "samsung_internet": "Samsung Internet",
        "silk": "Amazon Silk",
        "snapchat": "Snapchat app",
        "tiktok": "TikTok app",
        "uc_browser": "UC Browser",
        "vivaldi": "Vivaldi",
        "yandex_browser": "Yandex Browser",
        OTHER: "other",
    },
    aliases={
        "amazon_silk": "silk",
        "chrome_mobile": "chrome",
        "chrome_mobile_ios": "chrome",
        "chrome_mobile_webview": "chrome",
        "chromium": "chrome",
        "duckduckgo_mobile": "duckduckgo",
        "edge_mobile": "edge",
        "firefox_ios": "firefox",
        "firefox_mobile": "firefox",
        "google_chrome": "chrome",
        "headlesschrome": "chrome",
        "ie": "internet_explorer",
        "ie_mobile": "internet_explorer",
        "microsoft_edge": "edge",
        "miuibrowser": "miui_browser",
        "mobile_safari": "safari",
        "mobile_safari_ui/wkwebview": "safari",
        "mozilla_firefox": "firefox",
        "opera_gx": "opera",
        "opera_mini": "opera",
        "opera_mobile": "opera",
        "opera_touch": "opera",
        "samsung": "samsung_internet",
        "samsung_browser": "samsung_internet",
        "ucbrowser": "uc_browser",
        "yandex": "yandex_browser",
    },
)
