"""Which protocol and which files a video or audio impression can take of a creative (pure)."""

from collections.abc import Sequence
from typing import Final

from campaigns.creative_attributes import MediaFile
from rtb.openrtb.request import Audio, Video

# AdCOM list of creative subtypes, audio and video: inline documents only.
VAST_2: Final = 2
VAST_3: Final = 3
VAST_4: Final = 7
DAAST_1: Final = 9
VAST_4_1: Final = 11
VAST_4_2: Final = 13
VAST_4_3: Final = 15

# Best first. VAST knows audio since 4.1; players older than that take an audio file all the same.
_VIDEO: Final = (VAST_4_3, VAST_4_2, VAST_4_1, VAST_4, VAST_3, VAST_2)
_AUDIO: Final = (VAST_4_3, VAST_4_2, VAST_4_1, DAAST_1, VAST_4, VAST_3, VAST_2)


def video_protocol(offered: Sequence[int]) -> int:
    """The best of the offered protocols that we speak; 0: none. Offered nothing: unknown."""
    return _best(_VIDEO, offered, VAST_3)


def audio_protocol(offered: Sequence[int]) -> int:
    return _best(_AUDIO, offered, VAST_4_1)


def media_for(slot: Video | Audio, media: Sequence[MediaFile]) -> tuple[MediaFile, ...]:
    """The files that fit the slot's types and bitrates; a file of unknown bitrate fits any."""
    wanted = {mime.lower() for mime in slot.mimes}
    low, high = slot.minbitrate or 0, slot.maxbitrate or 0
    return tuple(
        file
        for file in media
        if (not wanted or file.mime.lower() in wanted)
        and (not file.bitrate or (file.bitrate >= low and (not high or file.bitrate <= high)))
    )


def _best(ours: Sequence[int], offered: Sequence[int], unknown: int) -> int:
    if not offered:
        return unknown
    return next((protocol for protocol in ours if protocol in offered), 0)
