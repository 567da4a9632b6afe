"""The real browser: Debian's Chromium through Playwright. Missing, it fails in CI and is a printed skip elsewhere."""

import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def program() -> str:
    """Where Chromium is, or the end of this test with the reason."""
    found = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if found is None:
        reason = "no Chromium on this machine; install the package chromium to run the browser tests"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@contextmanager
def browser() -> Iterator[Browser]:
    arguments = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else QUIET
    path = program()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield running
        finally:
            running.close()


def person(running: Browser, base: str, address: str, **options: object) -> Page:
    """A page of a fresh browser profile, signed in as this person of the demo; its errors end up on the page."""
    settings: dict[str, object] = {"locale": "ja-JP", "viewport": {"width": 1440, "height": 900}, **options}
    page = running.new_context(**settings).new_page()  # type: ignore[arg-type]
    page.on("pageerror", lambda error: page.evaluate("e => { (window.__errors ??= []).push(e) }", str(error)))
    page.set_default_timeout(15000)
    page.goto(base + "/sign-in")
    page.fill("#email", address)
    page.fill("#password", "demo")
    page.click("form .btn-primary")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page


def picture(page: Page, path: Path, *, full_page: bool = False) -> None:
    """A picture for people to look at; no test depends on it, and a busy machine's Chromium may fail to draw one."""
    try:
        page.screenshot(path=path, full_page=full_page)
    except Error as error:
        warnings.warn(f"no picture {path.name}: {error.message.splitlines()[0]}", stacklevel=2)
