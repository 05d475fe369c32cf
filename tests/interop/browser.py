# SPDX-License-Identifier: Apache-2.0
"""TensorBoard on a log directory, and its pages in a headless Chromium."""

import contextlib
import io
import os
import re
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

PATIENCE_SECONDS = 120  # with a machine that has much else to do

ALL_TEXT = """() => {
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
    on its console, ask in vain, and ask another machine."""

    def __init__(self, address, context):
        self.address = address
        self.errors = []
        self.outside = []
        self.page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def _console(self, message):
        if message.type == "error":
            self.errors.append(message.text)

    def _request(self, request):
        if not request.url.startswith((self.address, "data:", "blob:", "about:")):
            self.outside.append(request.url)

    def _response(self, response):
        if response.status >= 400:
            self.errors.append(f"{response.status} for {response.url}")

    def open(self, name):
        """Loads a page and unfolds all its groups."""
        self.page.goto("about:blank")  # else only the #fragment would change
        self.page.goto(f"{self.address}/#{name}", wait_until="load")
        self._settle()
        for selector in FOLDED:
            for button in self.page.query_selector_all(selector):
                button.evaluate("e => e.click()")  # without scrolling to it
        self._settle()

    def _settle(self):
        """Waits until nothing is on its way; what is drawn later, see wait()."""
        self.page.wait_for_load_state("networkidle", timeout=1000 * PATIENCE_SECONDS)
        spinners = self.page.locator(SPINNERS)
        self.wait(
            lambda: not any(s.is_visible() for s in spinners.all()), "spinners to go"
        )

    def wait(self, condition, what):
        """Until `condition()` is neither false nor a reason why not."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            found = condition()
            if found is True:
                return
            if time.monotonic() > deadline:
                picture = os.path.abspath("page.png")
                self.screenshot(picture)
                raise AssertionError(
                    f"waited {PATIENCE_SECONDS} s for {what} at {self.page.url}"
                    f": {found}; the console: {self.errors}; see {picture}"
                )
            self.page.wait_for_timeout(100)

    def text(self):
        """All that the page shows as text, shadow roots and frames included."""
        return "\n".join(frame.evaluate(ALL_TEXT) for frame in self.page.frames)

    def wait_for_drawing(self, selector, measure, least, number):
        """Until `number` of the elements, all if None, show at least so much.
        One screenshot serves all: elements outside of the window do not count."""

        elements = self.page.locator(selector)

        def drawn():
            if elements.count() and not self.pictures(selector):
                elements.first.scroll_into_view_if_needed()
            inks = [measure(picture) for picture in self.pictures(selector)]
            good = sum(ink >= least for ink in inks)
            wanted = len(inks) if number is None else number
            return True if inks and good >= wanted else f"{measure.__name__} {inks}"

        self.wait(drawn, f"{number or 'all'} of {selector} to be drawn")

    def pictures(self, selector):
        """What the visible elements look like."""
        boxes = [e.bounding_box() for e in self.page.locator(selector).all()]
        size = self.page.viewport_size
        whole = PIL.Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        edges = [
            (b["x"], b["y"], b["x"] + b["width"], b["y"] + b["height"])
            for b in boxes
            if b and b["width"] and b["height"]
        ]
        return [
            whole.crop(edge)
            for edge in edges
            if min(edge) >= 0
            and edge[2] <= size["width"]
            and edge[3] <= size["height"]
        ]

    def set_height(self, pixels):
        width = self.page.viewport_size["width"]
        self.page.set_viewport_size({"width": width, "height": pixels})

    def next_page(self):
        """Of the first group that has more tags than are shown at once."""
        label = re.compile(r"^\s*next( page)?\s*$", re.IGNORECASE)
        self.page.get_by_text(label).first.evaluate("e => e.click()")

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


def ink(picture):
    """Pixels that differ clearly from the picture's commonest colour."""
    pixels = np.asarray(picture).reshape(-1, 3).astype(int)
    codes, counts = np.unique(pixels @ [65536, 256, 1], return_counts=True)
    commonest = int(codes[counts.argmax()])
    background = [commonest >> 16, commonest >> 8 & 255, commonest & 255]
    return int((np.abs(pixels - background).max(axis=1) > 60).sum())


def coloured(picture):
    """Pixels that are not gray, as the curves are and the axes are not. The least
    colourful of TensorBoard's colours of runs is #425066."""
    pixels = np.asarray(picture).reshape(-1, 3).astype(int)
    return int((pixels.max(axis=1) - pixels.min(axis=1) > 25).sum())


# The elements that a page draws its data into, as CSS selectors (they see
# through shadow roots), how much is drawn there, how much it is at least (a
# curve of one pixel's width has some hundreds, axes have no colour), and how
# many of them are: all but where a page keeps some for later.
DRAWINGS = {
    "timeseries": [
        ("card-view scalar-card line-chart", coloured, 100, None),
        ("card-view histogram-card tb-histogram", coloured, 100, None),
        ("card-view image-card img", ink, 1, None),
    ],
    "scalars": [("vz-line-chart2", coloured, 100, None)],
    "images": [("tf-image-loader img", ink, 1, None)],
    "graphs": [("tf-graph-scene", ink, 100, 1)],
    "distributions": [("vz-distribution-chart", coloured, 100, None)],
    "histograms": [("vz-histogram-timeseries", coloured, 100, None)],
    "audio": [("tf-audio-loader audio", ink, 20, None)],
    "text": [("tf-markdown-view", ink, 1, None)],
    "pr_curves": [("vz-line-chart2", coloured, 100, None)],
    "mesh": [("tf-mesh-loader canvas", ink, 20, None)],
    "custom_scalars": [("vz-line-chart2", coloured, 100, None)],
    "hparams": [("tf-hparams-table-view", ink, 500, 1)],
    "projector": [("iframe", coloured, 100, 1)],
}
