"""The code in the documentation, as it stands there, so that tests can run it."""

import re

from tests.support.tree import ROOT

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def snippets(page: str, language: str = "python") -> list[str]:
    """Give the blocks of a language on a page, in their order; `page` is relative to the tree."""
    found = [text for name, text in BLOCK.findall((ROOT / page).read_text()) if name == language]
    assert found, f"no {language} in {page}"
    return found
