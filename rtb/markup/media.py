"""Which protocol and which files a video or audio impression can take of a creative (pure)."""

from collections.abc import Sequence
from typing import Final

from campaigns.creative_attributes import MediaFile
from rtb.openrtb.lists import Protocol
from rtb.openrtb.request import Audio, Video

# Best first. VAST knows audio since 4.1; players older than that take an audio file all the same.
_VIDEO: Final = (
    Protocol.VAST_4_3,
    Protocol.VAST_4_2,
    Protocol.VAST_4_1,
    Protocol.VAST_4,
    Protocol.VAST_3,
    Protocol.VAST_2,
)
_AUDIO: Final = (
    Protocol.VAST_4_3,
    Protocol.VAST_4_2,
    Protocol.VAST_4_1,
    Protocol.DAAST_1,
    Protocol.VAST_4,
    Protocol.VAST_3,
    Protocol.VAST_2,
)


def video_protocol(offered: Sequence[int]) -> int:
    """The best of the offered protocols that we speak; 0: none. Offered nothing: unknown."""
    return _best(_VIDEO, offered, Protocol.VAST_3)


def audio_protocol(offered: Sequence[int]) -> int:
    return _best(_AUDIO, offered, Protocol.VAST_4_1)


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
