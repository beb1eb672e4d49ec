"""What `make docs` checks; the build itself needs zensical, which no test does."""

from pathlib import Path

from judge_pipeline_tests.docs.pages import ROOT, pages
from judge_pipeline_tests.docs.site import broken_links, copy_pages


def test_a_link_to_a_missing_file_or_heading_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<h2 id="here"></h2><a href="b.html#there"></a><a href="#here"></a><img src="c.png">'
    )
    (tmp_path / "b.html").write_text('<a href="a.html#here"></a><a href="https://example.com/x#y"></a>')
    assert broken_links(tmp_path) == ["a.html: b.html#there: no such heading", "a.html: c.png: no such file"]


def test_pages_are_copied_with_what_they_link_to(tmp_path: Path) -> None:
    copy_pages(tmp_path)
    copied = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    assert {page.relative_to(ROOT) for page in pages()} < copied
    assert {Path("benchmarks/README.md"), Path("docs/images/report.jpg"), Path("docs/site.css")} < copied
