"""Where one comes back to after a change of language or colours."""

import pytest

from ocrm_api.console.preferences import within


@pytest.mark.parametrize("path", ["/console/", "/console/search?q=%E5%BC%A0", "/console/customers/1"])
def test_pages_of_the_console_are_gone_back_to(path: str) -> None:
    assert within(path) == path


@pytest.mark.parametrize(
    "path",
    ["", "//evil.example/console/", "https://evil.example/console/", "/\\evil", "/api/v1/staff",
     "javascript:x", "/console/\r\nSet-Cookie: a=b", "/consolex/", "\\\\evil/console/"],
)  # fmt: skip
def test_everything_else_leads_home(path: str) -> None:
    assert within(path) == "/console/"
