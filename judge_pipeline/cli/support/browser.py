"""Opens a page in the browser of this machine, if it has one with windows."""

import webbrowser

from judge_pipeline.cli.support.terminal import Terminal


def open_in_browser(url: str) -> bool:
    """Whether a browser was started; a text browser is not, because it would take over the terminal."""
    try:
        browser = webbrowser.get()
        return type(browser) is not webbrowser.GenericBrowser and browser.open(url)
    except webbrowser.Error:
        return False


def open_or_say(url: str, terminal: Terminal) -> None:
    """Opens the page; without a browser the link must do."""
    if not open_in_browser(url):
        terminal.print(f"No browser can be opened from here; open {url} yourself.")
