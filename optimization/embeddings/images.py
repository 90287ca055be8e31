"""The image encoder, where EMBEDDING_IMAGE_MODEL names one."""

from optimization.embeddings.encoder import Encoder


def image_encoder() -> Encoder | None:
    """None: images are embedded by their description."""
    return None
