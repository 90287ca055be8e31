"""The rules that an exchange rejects bids by, in groups: identity, price, blocks, media, native."""
