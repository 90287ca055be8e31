"""The markup of a bid: HTML, VAST, DAAST or a native object, with this platform's own URLs in it."""
