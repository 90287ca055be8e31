"""The markup of a bid: HTML, VAST, DAAST or a native object, with our own URLs in it."""
