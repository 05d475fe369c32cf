# SPDX-License-Identifier: Apache-2.0
"""Chromium plays what TensorBoard serves: animated PNGs move, and WAVs decode
to the samples that were logged.

    media_test.py WRITE_MEDIA
"""

import json
import os
import sys
import tempfile
import unittest

import numpy as np

import browser

DECODE = """async ([url, rate, frames, channels]) => {
  const answer = await fetch(url);
  const type = answer.headers.get('content-type');
  const context = new OfflineAudioContext(channels, frames, rate);
  const sound = await context.decodeAudioData(await answer.arrayBuffer());
  const samples = [];
  for (let c = 0; c < sound.numberOfChannels; ++c)
    samples.push(Array.from(sound.getChannelData(c)));
  return {type, rate: sound.sampleRate, samples};
}"""


class MediaTest(unittest.TestCase):
    def test_an_animation_moves_and_sounds_decode(self):
        with tempfile.TemporaryDirectory() as logdir:
            browser.readers.run(WRITE_MEDIA, logdir)
            with browser.tensorboard(logdir) as address:
                with browser.browser(address, height=400) as window:
                    window.page.goto(address, wait_until="load")
                    self.check_sounds(window)
                    self.assertEqual((window.errors, window.outside), ([], []))
                    self.check_animation(window)

    def entry(self, window, route, tag):
        url = f"{window.address}/data/plugin/{route}?run=.&tag={tag}&sample=0"
        return json.loads(window.page.request.get(url).text())[0]

    def check_sounds(self, window):
        expected = (np.arange(400) * 40_503 % 65_536 - 32_768) / 32_768
        for tag, rate, channels in (
            ("pcm16", 44_100, 2),
            ("pcm24", 8_000, 1),
            ("float32", 48_000, 4),
            ("slowest", 3_000, 1),
            ("fastest", 768_000, 1),
        ):
            with self.subTest(tag):
                query = self.entry(window, "audio/audio", tag)["query"]
                url = f"{window.address}/data/plugin/audio/individualAudio?{query}"
                frames = 400 // channels
                found = window.page.evaluate(DECODE, [url, rate, frames, channels])
                self.assertEqual((found["type"], found["rate"]), ("audio/wav", rate))
                # Chromium divides what is positive by 32,767.
                np.testing.assert_allclose(
                    found["samples"], expected.reshape(frames, channels).T, atol=4e-5
                )

    def check_animation(self, window):
        query = self.entry(window, "images/images", "animation")["query"]
        url = f"{window.address}/data/plugin/images/individualImage?{query}"
        window.page.goto(url, wait_until="load")
        image = window.page.locator("img")
        seen = set()

        def both():
            seen.add(image.screenshot())
            return True if len(seen) > 1 else "one picture"

        window.wait(both, "the animation to move")
        self.assertLessEqual(len(seen), 2)  # it has two frames


if __name__ == "__main__":
    WRITE_MEDIA = os.path.abspath(sys.argv[1])
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
