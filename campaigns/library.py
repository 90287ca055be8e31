"""The template library: one file per template version on disk, restored from the row when lost."""

import hashlib
import os
from pathlib import Path

from django.conf import settings

from campaigns.models import Template


def path_of(template: Template) -> Path:
    """``<library>/<customer_id>/<campaign_id>/<template_id>.template`` (seed 000)."""
    folder = Path(settings.TEMPLATE_LIBRARY_DIR)
    return folder / str(template.tenant_id) / str(template.campaign_id) / f"{template.pk}.template"


def hash_of(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()


def write(template: Template) -> Path:
    """Write the template's source; readers see the old file or the new one, never a part."""
    path = path_of(template)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(f".{os.getpid()}.tmp")
    scratch.write_text(template.source, encoding="utf-8", newline="")
    scratch.replace(path)
    return path


def read(template: Template) -> str:
    """The published source; a missing or changed file is put back from the row first."""
    path = path_of(template)
    try:
        source = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        source = None
    if source is None or hash_of(source) != template.source_hash:
        write(template)
        source = template.source
    return source
