"""The links of a notebook to the same exhibit in R and Stata become tabs with code and output on its page."""

import json
import re

from enclave import panels
from enclave_book.notebooks import contents
from enclave_book.pages import programs
from enclave_book.programs import records

LINKS = re.compile(
    r"^In other programs: \[R\]\(\.\./programs/r/(?P<exhibit>\w+)\.R\), "
    r"\[Stata\]\(\.\./programs/stata/(?P=exhibit)\.do\)\.$"
)
TABS = """`````{{tab-set}}
:sync-group: program

````{{tab-item}} Python
:sync: python

`{exhibit}.make(data)` above. The other tabs have the same in R and Stata; {{doc}}`/book/programs` says what has run.
````

````{{tab-item}} R
:sync: r

```r
{r}
```

{ran}
````

````{{tab-item}} Stata
:sync: stata

```stata
{stata}
```

Not run: we have no Stata. {stata_link} for the panels in Stata's format ({{doc}}`/book/data`).
````
`````"""
# of a long output the page shows the beginning
SHOWN = 16


def page(executed: str, source: str) -> str:
    """An executed notebook as the text of its file, with tabs in the place of the links."""
    book = json.loads(executed)
    for cell in book["cells"]:
        found = LINKS.match("".join(cell["source"])) if cell["cell_type"] == "markdown" else None
        if found:
            cell["source"] = tabs(found["exhibit"], source)
    return json.dumps(book, ensure_ascii=False)


def tabs(exhibit: str, source: str) -> str:
    """The tabs of an exhibit in MyST. R's output stands there only if it comes from the panels of `source`."""
    return TABS.format(
        exhibit=exhibit,
        r=records.r_script(exhibit).read_text(encoding="utf-8").strip(),
        stata=records.stata_script(exhibit).read_text(encoding="utf-8").strip(),
        ran=_ran(exhibit, source),
        stata_link=programs.link(f"stata/{exhibit}.do", source),
    )


def linked(notebook) -> list[str]:
    """The exhibits whose programs a notebook links to, in its order."""
    found = [LINKS.match(cell.text) for cell in contents.cells(notebook) if cell.kind == "markdown"]
    return [one["exhibit"] for one in found if one]


def _ran(exhibit: str, source: str) -> str:
    script = programs.link(f"r/{exhibit}.R", source)
    shared = programs.link(f"r/{records.SHARED}", source)
    record, state = records.read(exhibit), records.state(exhibit, panels.of(source))
    if record is None or state != records.RUN:
        return f"{script} with {shared}: {programs.words(exhibit, state)}. No output is shown."
    lines = record.printed.strip().splitlines()
    more = f"\n... {len(lines) - SHOWN} more lines" if len(lines) > SHOWN else ""
    shown = "\n".join(lines[:SHOWN]) + more
    said = f"{script} with {shared}, run by {record.version}: all {record.numbers} numbers agree with ours."
    return f"{said}\n\n```text\n{shown}\n```"
