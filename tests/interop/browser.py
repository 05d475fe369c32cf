# SPDX-License-Identifier: Apache-2.0
"""TensorBoard on a log directory, and its pages in a headless Chromium."""

import contextlib
import io
import os
import shutil
import tempfile
import time

import numpy as np
import PIL.Image
from playwright import sync_api

import readers
import server

CHROMIUM_FLAGS = [
    "--no-sandbox",  # for root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Nothing but this machine can be reached.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]

# The buttons that open what a page shows folded up: groups of tags.
FOLDED = (
    "tf-category-paginated-view button.heading:not([open-button])",
    "button.group-toolbar:has(mat-icon[svgicon^=expand_more])",
)

SPINNERS = "mat-spinner, mat-progress-spinner, paper-spinner-lite[active]"


@contextlib.contextmanager
def tensorboard(logdir):
    """Serves `logdir` by the reader that TensorBoard takes by default here, the
    Rust data server; gives the address."""
    with readers.rust_server(logdir) as port:
        with server.over_rust(logdir, port) as starting:
            yield starting.ready().address


class Browser:
    """One window. `errors` and `outside` collect what no page may do: complain
    on its console, and ask another machine."""

    def __init__(self, address, context):
        self.address = address
        self.errors = []
        self.outside = []
        self.page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._request)

    def _console(self, message):
        if message.type == "error":
            self.errors.append(message.text)

    def _request(self, request):
        if not request.url.startswith((self.address, "data:", "blob:", "about:")):
            self.outside.append(request.url)

    def open(self, name):
        """Loads a page, all its groups unfolded, and waits until it is drawn."""
        self.page.goto("about:blank")  # else only the #fragment would change
        self.page.goto(f"{self.address}/#{name}", wait_until="load")
        self._settle()
        for selector in FOLDED:
            for button in self.page.query_selector_all(selector):
                button.click()
        self._settle()

    def _settle(self):
        self.page.wait_for_load_state("networkidle")
        spinners = self.page.locator(SPINNERS)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if not any(s.is_visible() for s in spinners.all()):
                break
            self.page.wait_for_timeout(100)
        self.page.wait_for_timeout(1500)  # charts draw themselves in a worker

    def text(self):
        """All that the page shows as text, shadow roots included."""
        return self.page.evaluate(
            """() => {
              const texts = [];
              const walk = node => {
                if (node.nodeType === Node.TEXT_NODE) texts.push(node.textContent);
                if (/^(STYLE|SCRIPT|TEMPLATE)$/.test(node.nodeName)) return;
                for (const child of (node.shadowRoot || node).childNodes) walk(child);
                if (node.shadowRoot) for (const child of node.childNodes) walk(child);
              };
              walk(document.body);
              return texts.join('\\n');
            }"""
        )

    def visible(self, selector):
        return [e for e in self.page.locator(selector).all() if e.is_visible()]

    def screenshot(self, path):
        self.page.screenshot(path=path)


@contextlib.contextmanager
def browser(address, width=1400, height=3000):
    chromium = shutil.which("chromium")
    if not chromium:
        raise AssertionError("no chromium: apt-get install chromium fonts-dejavu-core")
    with tempfile.TemporaryDirectory() as profile:
        with sync_api.sync_playwright() as playwright:
            context = playwright.chromium.launch_persistent_context(
                profile,
                executable_path=chromium,
                args=CHROMIUM_FLAGS,
                viewport={"width": width, "height": height},
                service_workers="block",
            )
            try:
                yield Browser(address, context)
            finally:
                context.close()


def picture_of(element):
    return PIL.Image.open(io.BytesIO(element.screenshot())).convert("RGB")


def ink(picture):
    """Pixels that differ clearly from the picture's commonest colour."""
    pixels = np.asarray(picture).reshape(-1, 3).astype(int)
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    background = colours[counts.argmax()]
    return int((np.abs(pixels - background).max(axis=1) > 60).sum())


def coloured(picture):
    """Pixels that are not gray, as the curves are and the axes are not. The least
    colourful of TensorBoard's colours of runs is #425066."""
    pixels = np.asarray(picture).reshape(-1, 3).astype(int)
    return int((pixels.max(axis=1) - pixels.min(axis=1) > 25).sum())


# The elements that a page draws its data into, as CSS selectors (they see
# through shadow roots), how much is drawn there and how much it is at least: a
# curve of one pixel's width has some hundreds, axes have no colour.
DRAWINGS = {
    "timeseries": [
        ("card-view scalar-card line-chart", coloured, 100),
        ("card-view histogram-card tb-histogram", coloured, 100),
        ("card-view image-card img", ink, 1),
    ],
    "scalars": [("vz-line-chart2", coloured, 100)],
    "images": [("tf-image-loader img", ink, 1)],
    "distributions": [("vz-distribution-chart", coloured, 100)],
    "histograms": [("vz-histogram-timeseries", coloured, 100)],
    "text": [("tf-markdown-view", ink, 1)],
}
