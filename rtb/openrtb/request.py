"""The bid request as exchanges send it: OpenRTB 2.6 with the fields of 2.5 (being written)."""

import msgspec


class Imp(msgspec.Struct, gc=False):
    id: str
