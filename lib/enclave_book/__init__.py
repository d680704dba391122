"""Builds the book: steps, notebooks, pages and commands."""

import sys
from typing import Any

# jsonschema loads a grammar of addresses with foreign letters if it finds one, which takes more than a second. It does
# without, and no notebook has such an address.
modules: dict[str, Any] = sys.modules
modules.setdefault("rfc3987_syntax", None)
