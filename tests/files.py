"""A folder of files as people have them: good, odd and broken ones of every format.

Where LibreOffice and Chromium are installed, they make theirs.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from email.message import EmailMessage
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import openpyxl
from pptx import Presentation
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageBreak, PageTemplate, Paragraph

STYLES = getSampleStyleSheet()
CHROMIUM = shutil.which("chromium")
SOFFICE = shutil.which("soffice")


@dataclass(frozen=True)
class Good:
    """A file that has to answer a question: with these words, from this place."""

    name: str
    raw: bytes
    question: str
    answer: str
    place: str = ""
    source: str = ""


@dataclass(frozen=True)
class Bad:
    """A file that has to be named, with a reason in which these words stand."""

    name: str
    make: Callable[[Path], object]
    reason: str


@dataclass(frozen=True)
class Project:
    """What a file tells of: no two tell of the same."""

    thing: str
    town: str
    cost: str
    lead: str

    @property
    def title(self) -> str:
        return f"The {self.thing} of {self.town}"

    @property
    def opening(self) -> str:
        return (
            f"The {self.thing} of {self.town} has been planned for a long time. People of the town "
            "met in the old hall to speak about it, and most of them were in favour. Work begins "
            "when the snow has melted, and the roads around it will be closed for some weeks."
        )

    @property
    def costs(self) -> str:
        return (
            f"The {self.thing} of {self.town} costs {self.cost} euros. Half of it is paid by the "
            "county, and the rest comes from a loan that the town will pay back in ten years."
        )

    @property
    def people(self) -> str:
        return (
            f"{self.lead} leads the work on the {self.thing} of {self.town}. The plans are shown "
            "in the library every Tuesday, where questions are answered and coffee is served."
        )

    @property
    def text(self) -> str:
        return "\n\n".join((self.opening, self.costs, self.people))

    @property
    def how_much(self) -> str:
        return f"How much does the {self.thing} of {self.town} cost?"

    @property
    def who(self) -> str:
        return f"Who leads the work on the {self.thing} of {self.town}?"


THINGS = (
    "bridge library harbour theatre museum stadium tunnel market swimming-pool lighthouse station "
    "school hospital greenhouse windmill observatory ferry playground cemetery brewery"
)
TOWNS = (
    "Lindmark Osterby Falkenau Brezno Marville Torrent Kilbride Vasterholm Nordheim Castelo "
    "Ravensk Duneck Altmoor Pinewood Saltash Grunwald Bellmare Ostrava Highfield Monteclaro"
)
LEADS = (
    "Ida Berg;Olof Lund;Ann Sorel;Jan Novak;Eva Holm;Tom Pryce;Mia Falk;Leo Brandt;Nina Voss;"
    "Karl Ekman;Rosa Vidal;Petra Hahn;Igor Malin;Lena Frost;Hugo Stern;Vera Lindt;Max Orlov;"
    "Sara Quist;Paul Renner;Tina Moser"
)


def project(number: int) -> Project:
    """One of many projects, each with its own town, cost and people."""
    things, towns, leads = THINGS.split(), TOWNS.split(), LEADS.split(";")
    turn = number // 20
    return Project(
        things[(number + 7 * turn) % 20].replace("-", " "),
        towns[number % 20] + ("" if not turn else " " + ("East", "West", "North")[turn - 1]),
        f"{(number * 37) % 90 + 10}.{number % 9 + 1} million",
        leads[(number + 3 * turn) % 20],
    )


def saved(document: Any) -> bytes:
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def html(p: Project) -> str:
    return f"""<!doctype html><html><head><meta charset="utf-8"><title>{p.title} | Town news</title>
<script src="https://example.org/track.js"></script>
<style>@media print {{ nav, .cookie {{ display: none }} }}</style></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/shop">Shop now</a></li></ul></nav>
<div class="cookie">We value your privacy. Accept all cookies?</div>
<main><article><h1>{p.title}</h1><p>{p.opening}</p><h2>Costs</h2><p>{p.costs}</p>
<script>document.write("It costs 1 euro.")</script><h2>People</h2><p>{p.people}</p></article></main>
<footer>All rights reserved. Imprint. Privacy.</footer></body></html>"""


def word(p: Project) -> Any:
    document = docx.Document()
    document.add_heading(p.title, 0)
    document.add_paragraph(p.opening)
    document.add_heading("Costs", 1)
    document.add_paragraph(p.costs)
    document.add_heading("People", 1)
    document.add_paragraph(p.people)
    return document


def pdf(p: Project, columns: int = 1, **options: Any) -> bytes:
    """Three pages: the opening, the costs, the people."""

    def furniture(canvas: Canvas, document: Any) -> None:
        canvas.drawString(60, 815, "County plans, second edition")
        canvas.drawString(280, 20, f"– {document.page} –")

    width = 470 / columns
    frames = [Frame(60 + i * width, 60, width - 20, 730) for i in range(columns)]
    file = BytesIO()
    document = BaseDocTemplate(file, pagesize=A4, **options)
    document.addPageTemplates([PageTemplate("page", frames, onPage=furniture)])
    parts: list[Any] = [Paragraph(p.title, STYLES["Title"]), _body(p.opening)]
    for heading, text in (("Costs", p.costs), ("People", p.people)):
        parts += [PageBreak(), Paragraph(heading, STYLES["Heading2"]), _body(text)]
    document.build(parts)
    return file.getvalue()


def _body(text: str) -> Any:
    return Paragraph(text, STYLES["BodyText"])


def slides(p: Project) -> bytes:
    deck = Presentation()
    for title, text in ((p.title, p.opening), ("Costs", p.costs), ("People", p.people)):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = text
    return saved(deck)


def workbook(*projects: Project) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Projects"
    sheet.append(["Project", "Cost in euros", "Head of the work"])
    for p in projects:
        sheet.append([p.title, p.cost, p.lead])
    return saved(book)


def table(separator: str, *projects: Project) -> str:
    rows = [("Project", "Cost in euros", "Head of the work")]
    rows += [(p.title, p.cost, p.lead) for p in projects]
    return "\r\n".join(separator.join(row) for row in rows)


def mail(p: Project, kind: str = "plain") -> EmailMessage:
    message = EmailMessage()
    message["From"] = f"{p.lead} <office@example.org>"
    message["To"] = "council@example.org"
    message["Date"] = "Sat, 04 May 2024 10:00:00 +0200"
    message["Subject"] = p.title
    paragraphs = "".join(f"<p>{text}</p>" for text in (p.opening, p.costs, p.people))
    message.set_content(p.text if kind == "plain" else paragraphs, subtype=kind)
    return message


def zipped(files: dict[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def book(p: Project) -> bytes:
    chapters = ((p.title, p.opening), ("Costs", p.costs), ("People", p.people))
    files = {
        f"c{i}.xhtml": f"<html><body><h1>{title}</h1><p>{text}</p></body></html>"
        for i, (title, text) in enumerate(chapters)
    }
    items = "".join(f'<item id="c{i}" href="c{i}.xhtml"/>' for i in range(3))
    spine = "".join(f'<itemref idref="c{i}"/>' for i in range(3))
    files["book.opf"] = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{p.title}</dc:title></metadata>'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    files["META-INF/container.xml"] = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="book.opf"/></rootfiles></container>'
    )
    return zipped({name: content.encode() for name, content in files.items()})


def converted(raw: bytes, suffix: str, to: str, folder: Path) -> bytes:
    """Has LibreOffice write a file in another format."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / f"source{suffix}"
    source.write_bytes(raw)
    target = to.partition(":")[0]
    subprocess.run(
        [
            str(SOFFICE),
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            to,
            "--outdir",
            str(folder / "out"),
            str(source),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return (folder / "out" / f"source.{target}").read_bytes()


def browsed(p: Project, folder: Path) -> tuple[bytes, bytes, bytes]:
    """Has Chromium print a page, save it as one file, and save what it shows."""
    from playwright.sync_api import sync_playwright

    page_file = folder / "page.html"
    page_file.parent.mkdir(parents=True, exist_ok=True)
    still = re.sub("<script>.*?</script>", "", html(p))
    breaks = still.replace("<h2>", '<h2 style="break-before: page">')
    page_file.write_text(breaks, "utf-8")
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        page = browser.new_page()
        page.goto(page_file.as_uri())
        printed = page.pdf(display_header_footer=True, margin={"top": "50px", "bottom": "50px"})
        session = page.context.new_cdp_session(page)
        snapshot = session.send("Page.captureSnapshot", {"format": "mhtml"})["data"]
        shown = page.content().encode()
        browser.close()
    return printed, snapshot.encode(), shown


Make = Callable[[Project], bytes]


def text(p: Project) -> bytes:
    return p.text.encode()


def markdown(p: Project) -> bytes:
    return (
        f"# {p.title}\n\n{p.opening}\n\n## Costs\n\n{p.costs}\n\n## People\n\n{p.people}\n".encode()
    )


def page(p: Project) -> bytes:
    return html(p).encode()


def letter(p: Project) -> bytes:
    return saved(word(p))


def _with_macros(p: Project) -> bytes:
    file = BytesIO(saved(word(p)))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("word/vbaProject.bin", b"\xd0\xcf\x11\xe0 Sub AutoOpen() Shell")
    return file.getvalue()


def _attached(raw: bytes) -> bytes:
    message = mail(project(76))
    message.add_attachment(raw, "application", "octet-stream", filename="plan.docx")
    return message.as_bytes()


# Name, contents and place of the costs.
COSTS: tuple[tuple[str, Make, str], ...] = (
    ("plain.txt", text, ""),
    ("windows.txt", lambda p: p.text.replace("\n", "\r\n").encode("utf-16"), ""),
    ("README", text, ""),
    ("server.log", text, ""),
    ("minutes.rst", text, ""),
    ("notes.md", markdown, "§ Costs"),
    ("page.html", page, "§ Costs"),
    ("latin.htm", lambda p: html(p).replace("utf-8", "latin-1").encode("latin-1"), "§ Costs"),
    ("report.pdf", pdf, "p. 2, § Costs"),
    ("columns.pdf", lambda p: pdf(p, 2), "p. 2, § Costs"),
    ("letter.docx", letter, "§ Costs"),
    ("macros.docm", _with_macros, "§ Costs"),
    ("talk.pptx", slides, "slide 2, § Costs"),
    ("costs.xlsx", lambda p: workbook(project(70), p), "sheet Projects, row 3"),
    ("book.epub", book, "§ Costs"),
    ("costs.csv", lambda p: table(",", project(71), p).encode(), "row 3"),
    ("kosten.csv", lambda p: table(";", project(72), p).encode("utf-8-sig"), "row 3"),
    ("costs.tsv", lambda p: table("\t", project(73), p).encode(), "row 3"),
    ("export.json", lambda p: json.dumps({"items": [record(p)]}).encode(), "record 1"),
    ("list.json", lambda p: json.dumps([record(project(74)), record(p)]).encode(), "record 2"),
    ("lines.jsonl", lambda p: json.dumps(record(p)).encode() + b"\n", "record 1"),
    ("mail.eml", lambda p: mail(p).as_bytes(), ""),
    ("rich mail.eml", lambda p: mail(p, "html").as_bytes(), ""),
    ("📄 plan 2031.txt", text, ""),
    ("<script>alert(1)<∕script>.txt", text, ""),
    ('it\'s "quoted" & 100 % odd.md', markdown, "§ Costs"),
    ("really a pdf.txt", pdf, "p. 2, § Costs"),
    ("really a docx.pdf", letter, "§ Costs"),
    ("really a page.txt", page, "§ Costs"),
    ("really a text.docx", text, ""),
    ("one long line.txt", lambda p: ("word " * 40_000 + " ".join(p.text.split())).encode(), ""),
    ("wide.md", lambda p: markdown(p).decode().encode("utf-16"), "§ Costs"),
)
PEOPLE: tuple[tuple[str, Make, str], ...] = (
    ("2031/notes.md", markdown, "§ People"),
    ("people.pdf", pdf, "p. 3, § People"),
    ("staff.docx", letter, "§ People"),
    ("crew.pptx", slides, "slide 3, § People"),
    ("people.xlsx", workbook, "sheet Projects, row 2"),
)
INSIDE: tuple[tuple[str, Callable[[bytes], bytes], str], ...] = (
    ("all.zip", lambda raw: zipped({"a/b.docx": raw}), "a/b.docx"),
    ("nested.zip", lambda raw: zipped({"in.zip": zipped({"c.docx": raw})}), "in.zip › c.docx"),
    ("attached.eml", _attached, "plan.docx"),
)
LIBRE: tuple[tuple[str, Make, str, str], ...] = (
    (".docx", letter, "pdf", "p. 1, § Costs"),
    (".docx", letter, "epub", ""),  # LibreOffice writes its headings as paragraphs
    (".docx", letter, "docx:MS Word 2007 XML", "§ Costs"),
    (".docx", letter, "html", "§ Costs"),
    (".pptx", slides, "pdf", "p. 2"),
    (".pptx", slides, "pptx", "slide 2, § Costs"),
    (".xlsx", workbook, "xlsx", "sheet Projects, row 2"),
    (".xlsx", workbook, "csv", "row 2"),
)


def good_files(folder: Path) -> list[Good]:
    """Files that answer; LibreOffice's and Chromium's where these are installed.

    Args:
        folder: Where they may work.
    """
    projects = map(project, range(70))
    files = [
        Good(name, make(p), p.how_much, p.cost, place)
        for (name, make, place), p in zip(COSTS, projects, strict=False)
    ]
    files += [
        Good(name, make(p), p.who, p.lead, place)
        for (name, make, place), p in zip(PEOPLE, projects, strict=False)
    ]
    files += [
        Good(name, wrap(letter(p)), p.how_much, p.cost, "§ Costs", f"{name} › {inner}")
        for (name, wrap, inner), p in zip(INSIDE, projects, strict=False)
    ]
    for (suffix, make, to, place), p in zip(LIBRE if SOFFICE else (), projects, strict=False):
        name = f"libre{suffix[1:]}.{to.partition(':')[0]}"
        raw = converted(make(p), suffix, to, folder / name)
        files.append(Good(name, raw, p.how_much, p.cost, place))
    if CHROMIUM:
        printed, kept, shown = (next(projects) for _ in range(3))
        files += [
            Good(
                "printed.pdf",
                browsed(printed, folder)[0],
                printed.how_much,
                printed.cost,
                "p. 2, § Costs",
            ),
            Good("saved.mhtml", browsed(kept, folder)[1], kept.how_much, kept.cost, "§ Costs"),
            Good("saved page.html", browsed(shown, folder)[2], shown.who, shown.lead, "§ People"),
        ]
    return files


def foreign_files() -> list[Good]:
    """Files in other scripts: the reader knows English, yet the search has to find them."""
    return [
        Good(
            "تقرير.txt",
            "يقع الجسر الجديد في مدينة مرفأ. تبلغ تكلفة الجسر سبعة ملايين يورو.".encode(),
            "كم تبلغ تكلفة الجسر؟",
            "سبعة ملايين",
        ),
        Good(
            "דוח.docx",
            _hebrew(),
            "כמה עולה הספרייה החדשה בעיר?",
            "שלושה מיליון",
        ),
        Good(
            "报告.html",
            "<html><body><p>林城新图书馆的造价是五百万欧元。它将在春天开放。</p></body></html>".encode(),
            "林城新图书馆的造价是多少？",
            "五百万欧元",
        ),
        Good(
            "отчёт.txt",
            "Новый мост в Озёрске стоит девять миллионов евро. Его строит Анна Котова.".encode(
                "cp1251"
            ),
            "Сколько стоит новый мост в Озёрске?",
            "девять миллионов евро",
        ),
        Good(
            "報告.csv",
            "施設,費用\n東町の港,八百万ユーロ\n西町の駅,二百万ユーロ\n".encode("shift_jis"),
            "東町の港の費用はいくらですか",
            "八百万ユーロ",
            "row 2",
        ),
    ]


def bad_files() -> list[Bad]:
    """Files that cannot be read, each for a reason of its own."""
    p = project(75)
    whole, letter = pdf(p), saved(word(p))
    locked = pdf(p, encrypt=StandardEncryption("word", ownerPassword="other"))
    picture = BytesIO()
    drawn = Canvas(picture)
    drawn.rect(10, 10, 99, 99, fill=1)
    drawn.save()
    deep = b"The end."
    for depth in range(6):
        deep = zipped({f"{depth}.zip" if depth else "0.txt": deep})
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000)
    contents: dict[str, tuple[bytes, str]] = {
        "empty.txt": (b"", "0 bytes"),
        "blank.md": (b" \n \n", "holds no text"),
        "locked.pdf": (locked, "it is encrypted"),
        "cut.pdf": (whole[: len(whole) // 3], "it is damaged"),
        "scanned.pdf": (picture.getvalue(), "OCR"),
        "cut.docx": (letter[: len(letter) // 2], "it is damaged"),
        "changed.docx": (_changed(letter), "it is damaged"),
        "hollow.xlsx": (zipped({"xl/workbook.xml": b"<x"}), "it is damaged"),
        "hollow.pptx": (zipped({"ppt/presentation.xml": b""}), "it is damaged"),
        "old.doc": (ole, "older than 2007"),
        "photo.docx": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(99), "Portable Network Graphics"),
        "photo.jpg": (b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(99), "its type cannot be read"),
        "program.exe": (b"MZ\x90\0\3\0\0\0\4" + bytes(99), "its type"),
        "noise.txt": (bytes(range(256)) * 9, "not text"),
        "noise.bin": (os.urandom(999), "its type"),
        "broken.json": (b'{"text": "cut', "it is not JSON"),
        "numbers.json": (b"[1, 2, 3]", "nothing in it has a field named text"),
        "letter.eml": (b"Dear Ann, how are you?", "no e-mail"),
        "bomb.zip": (zipped({"a.txt": bytes(90_000_000)}), "200 times its size"),
        "bomb.docx": (zipped({"word/document.xml": bytes(90_000_000)}), "200 times its size"),
        "deep.zip": (deep, "more than 3 archives"),
        "out.zip": (zipped({"../../etc/passwd": b"root", "/a": b"b"}), "leads out of the archive"),
        "laughs.epub": (_laughs(), "it is damaged"),
        "frames.html": (b"<html><script>alert(1)</script></html>", "holds no text"),
    }
    files = [Bad(name, partial(_write, raw), why) for name, (raw, why) in contents.items()]
    return [
        *files,
        Bad("one line.log", _huge, "it has 200 MB"),
        Bad("link.txt", lambda at: at.symlink_to("/etc/passwd"), "a link that leads out"),
        Bad("pipe.txt", os.mkfifo, "it is no file"),
        Bad("socket.txt", _socket, "it is no file"),
        Bad("gone.txt", lambda at: at.symlink_to("nowhere.txt"), "it is no file"),
        *([] if os.geteuid() == 0 else [Bad("secret.txt", _unreadable, "it cannot be opened")]),
    ]


def record(p: Project) -> dict[str, str]:
    return {"title": p.title, "body": p.text, "date": "2031-05-04", "url": "https://example.org/"}


def _hebrew() -> bytes:
    document = docx.Document()
    document.add_paragraph("הספרייה החדשה בעיר עולה שלושה מיליון אירו. היא תיפתח באביב.")
    return saved(document)


def _changed(raw: bytes) -> bytes:
    """A Word file whose text was overwritten in the middle."""
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(raw)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[:300] if name == "word/document.xml" else content)
    return file.getvalue()


def _laughs() -> bytes:
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)
    )
    container = f"<!DOCTYPE c [{entities}]><container>&j;</container>"
    return zipped({"META-INF/container.xml": container.encode()})


def _write(raw: bytes, at: Path) -> None:
    at.write_bytes(raw)


def _huge(at: Path) -> None:
    with at.open("wb") as file:
        for _ in range(200):
            file.write(b"word " * 200_000)


def _socket(at: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as opened:
        opened.bind(str(at))


def _unreadable(at: Path) -> None:
    at.write_text("Secret.")
    at.chmod(0)
