"""What the console needs besides its code goes with every installation."""

import tomllib
from pathlib import Path


def test_templates_words_and_static_files_are_package_data() -> None:
    declared = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]
    patterns = declared["ocrm_api.console"]
    folder = Path("ocrm_api/console")
    code = (".py", ".pyc")
    files = {path for path in folder.rglob("*") if path.is_file() and path.suffix not in code}
    assert len(files) > 30
    assert files - {path for pattern in patterns for path in folder.glob(pattern)} == set()


def test_nothing_in_it_is_fetched_from_elsewhere() -> None:
    for path in Path("ocrm_api/console").rglob("*"):
        if path.suffix in (".html", ".css", ".js"):
            text = path.read_text("utf-8")
            assert "//" not in text.replace("http://www.w3.org", "").replace("// ", ""), path
