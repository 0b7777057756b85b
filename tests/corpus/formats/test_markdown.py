from collections.abc import Callable
from typing import Any

import pytest

from corpus import Document
from corpus.articles import Page, articles

README = """<!-- SPDX-License-Identifier: MIT -->
<p align="center"><a href="https://sand.example"><img src="logo.svg" alt="Logo"></a></p>

# Harbour

[![CI](https://ci.example/badge.svg)](https://ci.example) [![Docs](https://d.example/d.svg)](d)

The **harbour** of [Sand](https://sand.example/where?x=1) was
built by `Ada Lund` &amp; Sons in 1905.

## Boats

| Boat | Cars |
|------|-----:|
| Odin | 12   |
| Thor | 15   |

- The first leaves at nine.
- The last leaves
  at ten.

```python
# no heading
price = 3
```
"""


@pytest.fixture
def read(load: Callable[..., Any]) -> Callable[[str], Page]:
    def read(text: str) -> Page:
        (page,), skipped = load("a.md", text.encode())
        assert not skipped
        assert isinstance(page, Page)
        return page

    return read


def test_what_is_read_is_what_is_shown(read: Callable[[str], Page]) -> None:
    harbour, boats = articles(read(README))
    assert harbour.text == "The harbour of Sand was built by Ada Lund & Sons in 1905."
    assert harbour.title == "Harbour"
    assert boats.title == "Harbour › Boats"
    assert boats.text.split("\n\n") == [
        "Boat: Odin; Cars: 12.\nBoat: Thor; Cars: 15.",
        "- The first leaves at nine.",
        "- The last leaves at ten.",
        "# no heading\nprice = 3",
    ]


def test_yaml_above_it_says_what_it_is(read: Callable[[str], Page]) -> None:
    about = "title: The gate\ndate: 2031-05-03\nauthor: [Ada, Ben]"
    page = read(f"---\n{about}\nOwner: Marta Kos\ntags: [x, y]\nnotes:\n---\nThe gate is blue.")
    (gate,) = articles(page)
    assert (gate.title, gate.date, gate.author) == ("The gate", "2031-05-03", "Ada, Ben")
    assert gate.text.split("\n\n") == ["owner: Marta Kos.\ntags: x, y.", "The gate is blue."]


@pytest.mark.parametrize("date", ["2031-05-03", "2031-05-03T10:00:00Z", "3 May 2031"])
def test_a_date_may_have_a_time(read: Callable[[str], Page], date: str) -> None:
    assert read(f"---\ndate: {date}\n---\nThe gate is blue.").date == "2031-05-03"


@pytest.mark.parametrize(
    "above",
    [
        "---\nJust a line.\n---",
        "---\na: [1\n---",
        "---\ndate: 2031-99-99\n---",
        "---\na: b",
        "---\n---",
        "---\na: !!python/object/apply:os.system [ls]\n---",
    ],
)
def test_what_is_no_yaml_is_text(read: Callable[[str], Page], above: str) -> None:
    page = read(f"{above}\n\nThe gate is blue.")
    assert "The gate is blue." in page.text
    for word in above.replace("---", "").split():
        assert word in page.text


@pytest.mark.parametrize(
    "opened",
    [
        "Use <script> tags",
        "Use <style> and <!-- this",
        "<title>Notes",
        "<div hidden>",
        "<details>\n<summary>More</summary>",
        "<object>\n<svg>",
        "a < b <textarea>",
        "</div></p>",
        "<",
        "<!---->",
    ],
)
def test_no_open_tag_hides_what_stands_behind_it(read: Callable[[str], Page], opened: str) -> None:
    documents: list[Document] = articles(read(f"# Gate\n\n{opened}\n\nThe gate is blue.\n"))
    assert any("The gate is blue." in document.text for document in documents)


def test_lines_of_an_address_are_kept_apart(read: Callable[[str], Page]) -> None:
    assert "Sand Street 3 12 Sand" in read("Sand Street 3<br>12 Sand").text
    assert "Sand Street 3 12 Sand" in read("Sand Street 3  \r\n12 Sand").text
