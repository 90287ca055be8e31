"""Embeddings of component values: made once per text and model, kept in the object store.

``sync`` makes what is missing, ``rows.load`` reads it for an engine, ``literal`` embeds whole
combinations on request.
"""
