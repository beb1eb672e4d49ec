"""Each package folder's `__init__` docstring lists what the folder contains, and says what is elsewhere."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "judge_pipeline"
MIGRATIONS = PACKAGE / "store" / "migrations" / "versions"
"""Its modules are numbered revisions; Alembic finds them itself."""

LISTED = re.compile(r"^(\w+/?) {2,}\S", re.MULTILINE)
ELSEWHERE = re.compile(r"^Not here: ", re.MULTILINE)

FOLDERS = sorted({init.parent for init in PACKAGE.rglob("__init__.py")} - {MIGRATIONS})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(PACKAGE.parent).as_posix())
def test_a_folder_has_a_map_of_its_modules(folder: Path) -> None:
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert sorted(LISTED.findall(docstring)) == sorted(_contents(folder))
    assert ELSEWHERE.search(docstring), "a line 'Not here: …' is missing"


def _contents(folder: Path) -> list[str]:
    modules = [path.stem for path in folder.glob("*.py") if path.name not in {"__init__.py", "__main__.py"}]
    return modules + [f"{path.name}/" for path in folder.iterdir() if (path / "__init__.py").is_file()]
