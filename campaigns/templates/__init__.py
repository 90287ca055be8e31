"""The ad template language: compile_template checks an author's HTML and makes it renderable."""

from campaigns.templates.compile import compile_template
from campaigns.templates.model import (
    Binding,
    BindingKind,
    CompiledTemplate,
    Encoding,
    Hole,
    Parts,
    Problem,
    TemplateRejected,
)
from campaigns.templates.rules import CLICK_URL
from campaigns.templates.source import MAX_SOURCE_BYTES

__all__ = [
    "CLICK_URL",
    "MAX_SOURCE_BYTES",
    "Binding",
    "BindingKind",
    "CompiledTemplate",
    "Encoding",
    "Hole",
    "Parts",
    "Problem",
    "TemplateRejected",
    "compile_template",
]
