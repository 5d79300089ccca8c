"""A headless browser that reaches no network, or the reason why there is none."""

import contextlib
import shutil

import pytest

# An address that no name leads to: whatever the page would fetch fails, and is told in the log.
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND"


@contextlib.contextmanager
def chromium():
    """Chromium under Selenium; skips where either is missing."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("no Chromium with its driver here: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1240,2400", OFFLINE):
        options.add_argument(argument)
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        yield browser
    finally:
        browser.quit()
