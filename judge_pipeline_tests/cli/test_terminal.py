"""What a command shows while it works."""

from io import StringIO

import pytest

from judge_pipeline.cli.support.terminal import Terminal


class Screen(StringIO):
    def isatty(self) -> bool:
        return True


def test_long_work_is_named_on_a_screen_and_leaves_no_trace_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    screen, file = Screen(), StringIO()
    for output in (screen, file):
        terminal = Terminal(output)
        with terminal.busy("Writing the report"):
            terminal.print("a line meanwhile")
    assert "Writing the report" in screen.getvalue()
    assert file.getvalue() == "a line meanwhile\n"
