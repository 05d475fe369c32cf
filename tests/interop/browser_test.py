# SPDX-License-Identifier: Apache-2.0
"""Every kind on TensorBoard's pages, in a real browser: each page shows its tags
and draws, complains about nothing and asks no other machine. What the data are
is conformance_test's concern.

    browser_test.py WRITE_PAGES DIGITS [--write]

--write puts what was looked at into docs/compatibility.md; without it, that must
be there already.
"""

import os
import sys
import tempfile
import time
import unittest

import browser
import compatibility
import readers

# The pages that show more than a plugin of their own, and the plugins they show.
PAGES = {
    "timeseries": ["scalars", "histograms", "images"],
    "distributions": ["histograms"],
}
# Whose pages show the tags as they are.
SHOWN_BY_TAG = ("scalars", "histograms", "images", "audio", "text", "pr_curves")
# What a page must say besides its tags.
TEXTS = {
    "custom_scalars": ["Chosen charts", "loss and accuracy", "band"],
    "hparams": ["trials/0", "trials/9", "learning rate", "sgd", "0.51200", "901.0"],
    "projector": ["fc1", "Points: 150", "Dimension: 8"],
    "graphs": ["block1", "block3", "logits", "train/forward"],
    "mesh": ["torus", "torus points"],
    "scalars": ["Loss"],
    "text": ["A training that never was"],
}
# The group of which TensorBoard shows 12 tags and the other two on a second page.
LARGE_GROUP = [f"layers/mean {number:02}" for number in range(14)]
# The time series page makes a card only where it can be seen.
HEIGHT, TIME_SERIES_HEIGHT = 2500, 5000

looked_at = {}  # {page: what was drawn there}
seconds = {}


def tags_of(log, plugins):
    tags = set()
    for plugin in plugins:
        if plugin in SHOWN_BY_TAG:
            for series in log.listed(plugin).values():
                tags.update(series)
    return tags


class BrowserTest(unittest.TestCase):
    def test_every_page_shows_its_tags_and_draws(self):
        with tempfile.TemporaryDirectory() as logdir:
            readers.run(WRITE_PAGES, logdir)
            log = readers.python_log(logdir)
            with browser.tensorboard(logdir) as address:
                with browser.browser(address, height=HEIGHT) as window:
                    for page in browser.DRAWINGS:
                        with self.subTest(page=page):
                            self.check(window, page, log)
                            window.errors.clear()

    def test_a_trained_network_on_the_time_series_page(self):
        with tempfile.TemporaryDirectory() as logdir:
            readers.run(DIGITS, "--logdir", logdir, "--epochs", "3")
            with browser.tensorboard(logdir) as address:
                with browser.browser(address, height=HEIGHT) as window:
                    window.open("timeseries")
                    self.check_drawn(window, "timeseries")
                    self.assertEqual((window.errors, window.outside), ([], []))

    def check(self, window, page, log):
        began = time.monotonic()
        plugins = PAGES.get(page, [page])
        window.set_height(TIME_SERIES_HEIGHT if page == "timeseries" else HEIGHT)
        window.open(page)
        tags = tags_of(log, plugins) - set(LARGE_GROUP[12:])
        self.check_texts(window, [*tags, *TEXTS.get(page, [])])
        if "scalars" in plugins:
            self.check_second_page(window, page)
        self.check_drawn(window, page)
        self.assertEqual((window.errors, window.outside), ([], []))
        looked_at[page] = browser.DRAWINGS[page]
        seconds[page] = time.monotonic() - began

    def check_texts(self, window, texts):
        self.assertGreater(len(texts), 0)

        def shown():
            text = window.text()
            joined = text.replace("\n", "")  # a tag may be cut into pieces
            missing = [t for t in texts if t not in text and t not in joined]
            return f"missing are {missing}" if missing else True

        window.wait(shown, "tags and texts")

    def check_second_page(self, window, page):
        for tag in LARGE_GROUP[12:]:
            self.assertNotIn(tag, window.text())
        window.next_page()
        self.check_texts(window, LARGE_GROUP[12:])

    def check_drawn(self, window, page):
        for selector, measure, least, number in browser.DRAWINGS[page]:
            window.wait_for_drawing(selector, measure, least, number)


if __name__ == "__main__":
    WRITE_PAGES, DIGITS = map(os.path.abspath, sys.argv[1:3])
    rest = [argument for argument in sys.argv[3:] if argument != "--write"]
    program = unittest.main(argv=sys.argv[:1] + rest, exit=False)
    good = program.result.wasSuccessful()
    print({page: round(took, 1) for page, took in seconds.items()})
    if good and not rest:
        made = compatibility.pages_table(looked_at, PAGES)
        good = compatibility.keep("pages", made, "--write" in sys.argv)
    sys.exit(not good)
