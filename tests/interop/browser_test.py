# SPDX-License-Identifier: Apache-2.0
"""The log of examples/digits on TensorBoard's pages, in a real browser.

    browser_test.py DIGITS
"""

import os
import sys
import tempfile
import time
import unittest

import browser
import readers

# The pages, and through which plugin's data each is fed.
PAGES = {
    "scalars": ["scalars"],
    "images": ["images"],
    "distributions": ["histograms"],
    "histograms": ["histograms"],
    "text": ["text"],
    "timeseries": ["scalars", "histograms", "images"],
}
# TensorBoard shows so many tags of a group and offers the others by a button.
TAGS_OF_A_GROUP_SHOWN = 12


def shown_tags(log, plugins):
    """Those that a page with all groups unfolded shows."""
    tags = set()
    for plugin in plugins:
        for series in log.listed(plugin).values():
            tags.update(series)
    groups = {}
    for tag in sorted(tags):
        groups.setdefault(tag.split("/")[0], []).append(tag)
    return [
        tag for group in groups.values() if len(group) <= TAGS_OF_A_GROUP_SHOWN
        for tag in group
    ]


class BrowserTest(unittest.TestCase):
    def test_every_page_shows_its_tags_and_draws(self):
        with tempfile.TemporaryDirectory() as logdir:
            readers.run(DIGITS, "--logdir", logdir)
            log = readers.python_log(logdir)
            with browser.tensorboard(logdir) as address:
                with browser.browser(address) as window:
                    for page, plugins in PAGES.items():
                        with self.subTest(page=page):
                            self.check(window, page, shown_tags(log, plugins))
                    self.assertEqual(window.errors, [])
                    self.assertEqual(window.outside, [])

    def check(self, window, page, tags):
        window.open(page)
        text = window.text()
        joined = text.replace("\n", "")  # a tag may be cut into pieces
        self.assertGreater(len(tags), 0)
        missing = [tag for tag in tags if tag not in text and tag not in joined]
        self.assertEqual(missing, [])
        for selector, measure, least in browser.DRAWINGS[page]:
            elements = window.visible(selector)
            self.assertGreater(len(elements), 0, selector)
            for element in elements:
                self.assert_drawn(window, element, measure, least)

    def assert_drawn(self, window, element, measure, least):
        """Gives an element 20 seconds to draw enough: a worker thread draws the
        charts, and some only once they are scrolled to."""
        deadline = time.monotonic() + 20
        while measure(browser.picture_of(element)) < least:
            self.assertLess(time.monotonic(), deadline, f"{element} is blank")
            window.page.wait_for_timeout(200)


if __name__ == "__main__":
    DIGITS = os.path.abspath(sys.argv.pop(1))
    unittest.main()
