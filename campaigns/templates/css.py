"""Static CSS: what style blocks and style attributes may hold, and how a style splits up."""

import re

MAX_DATA_URL = 50_000

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|(.))", re.IGNORECASE | re.DOTALL)
_FORBIDDEN = (
    ("@import", "@import loads other style sheets: copy their rules here instead."),
    ("@charset", "Remove @charset: templates are always UTF-8."),
    ("expression(", "expression() runs scripts: remove it."),
    ("behavior:", "behavior runs scripts: remove it."),
    ("-moz-binding", "-moz-binding runs scripts: remove it."),
    ("javascript:", "javascript: addresses cannot be used."),
    ("</", "Remove </ from the CSS: it would end the style block."),
    ("<!", "Remove <! from the CSS."),
)
_URL = re.compile(r"""(?:url|src)\(\s*(?:"([^"]*)"|'([^']*)'|([^)]*))""")
_DATA_URL = re.compile(r"data:(?:image|font)/[a-z0-9.+-]+[;,]")
_DECLARATION = re.compile(r"\s*(--[A-Za-z0-9_-]+|-?[A-Za-z][A-Za-z0-9-]*)\s*:(.*)", re.DOTALL)
_PIECE = re.compile(r""""[^"]*"|'[^']*'|[();]|[^"'();]+|["']""")


class StyleRejected(ValueError):
    """A style attribute does not split into declarations."""


def problems(css: str) -> list[str]:
    """What has to be changed in this CSS; comments and escapes hide nothing."""
    plain = _ESCAPE.sub(_unescape, _COMMENT.sub("", css)).lower()
    squeezed = re.sub(r"\s*([:(])", r"\1", plain)
    found = [message for word, message in _FORBIDDEN if word in squeezed]
    return found + [message for match in _URL.finditer(squeezed) if (message := _check_url(match))]


def declarations(style: str) -> list[tuple[str, str]]:
    """The (property, value) pairs of a style attribute; raises StyleRejected."""
    if "\\" in style or "/*" in style:
        raise StyleRejected("Remove backslashes and comments from styles with placeholders.")
    found = [_DECLARATION.fullmatch(each) for each in _split(style) if each.strip()]
    if None in found:
        raise StyleRejected('A style is written as "property: value; property: value".')
    return [(m[1] if m[1][:2] == "--" else m[1].lower(), m[2].strip()) for m in found if m]


def _split(style: str) -> list[str]:
    chunks, depth = [""], 0
    for piece in _PIECE.findall(style):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if piece in ('"', "'") or depth < 0:
            raise StyleRejected("A quote or a bracket in this style is not closed.")
        if piece == ";" and depth == 0:
            chunks.append("")
        else:
            chunks[-1] += piece
    if depth:
        raise StyleRejected("A quote or a bracket in this style is not closed.")
    return chunks


def _unescape(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[2]
    code = int(match[1], 16)
    return chr(code) if code < 0x110000 else "\ufffd"  # noqa: PLR2004 - Unicode's end


def _check_url(match: re.Match[str]) -> str | None:
    address = next((group for group in match.groups() if group is not None), "").strip()
    if address.startswith(("https://", "#")):
        return None
    if _DATA_URL.match(address):
        return None if len(address) <= MAX_DATA_URL else "An embedded data: file is over 50 KB."
    return f"url({address[:40]}): give the whole address, starting with https://"
