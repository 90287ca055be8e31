"""A CLIP of a few thousand random weights: the real code path, without a download."""

import json
from pathlib import Path


def build(folder: Path) -> Path:
    """A model folder that sentence-transformers loads."""
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - torch: seconds
    from sentence_transformers.sentence_transformer.modules import CLIPModel as Module  # noqa: PLC0415
    from transformers import (  # noqa: PLC0415
        CLIPConfig,
        CLIPImageProcessor,
        CLIPModel,
        CLIPProcessor,
        CLIPTokenizer,
    )

    raw = folder / "raw"
    raw.mkdir(parents=True)
    small = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 2}
    letters = [chr(c) for c in range(33, 127)]
    words = [*letters, *(f"{c}</w>" for c in letters), "<|startoftext|>", "<|endoftext|>"]
    (raw / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}))
    (raw / "merges.txt").write_text("#version: 0.2\n")
    text = {"vocab_size": len(words), "max_position_embeddings": 32, "eos_token_id": len(words) - 1}
    config = CLIPConfig(
        text_config={**small, **heads, **text, "bos_token_id": len(words) - 2},
        vision_config={**small, **heads, "image_size": 32, "patch_size": 16},
        projection_dim=8,
    )
    CLIPModel(config).save_pretrained(raw)
    pictures = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    tokenizer = CLIPTokenizer(str(raw / "vocab.json"), str(raw / "merges.txt"), model_max_length=32)
    CLIPProcessor(pictures, tokenizer).save_pretrained(raw)
    SentenceTransformer(modules=[Module(str(raw))], device="cpu").save(str(folder / "model"))
    return folder / "model"
