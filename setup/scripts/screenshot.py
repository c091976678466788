"""Log in to a running server and save a picture of one page (see setup/screenshot)."""

import argparse
import shutil

from playwright.sync_api import sync_playwright

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
READY = ".o_action_manager .o_view_controller, #wrap, .o_action_manager .o_action"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("file")
    parser.add_argument("--url", required=True)
    parser.add_argument("--login", default="admin")
    parser.add_argument("--phone", action="store_true")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--click", action="append", default=[])
    parser.add_argument("--full", action="store_true")
    return parser.parse_args()


def log_in(page, options):
    """Post the login form itself: its fields may be hidden behind a list of users."""
    page.goto(f"{options.url}/web/login")
    form = page.locator("form.oe_login_form")
    values = {
        "csrf_token": form.locator("input[name=csrf_token]").input_value(),
        "login": options.login,
        "password": options.login,
    }
    page.request.post(f"{options.url}/web/login", form=values)


def main():
    options = arguments()
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        context = browser.new_context(viewport=PHONE if options.phone else DESK)
        if options.dark:
            cookie = {"name": "color_scheme", "value": "dark", "url": options.url}
            context.add_cookies([cookie])
        page = context.new_page()
        log_in(page, options)
        page.goto(f"{options.url}/{options.path.lstrip('/')}")
        # The web client keeps a connection open, so the network is never idle.
        page.wait_for_selector(READY, timeout=90_000)
        for selector in options.click:
            page.click(selector)
            page.wait_for_timeout(1500)
        page.wait_for_timeout(2500)
        page.screenshot(path=options.file, full_page=options.full)
        browser.close()


if __name__ == "__main__":
    main()
