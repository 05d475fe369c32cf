# SPDX-License-Identifier: Apache-2.0
"""Event files as TensorBoard's record reader and messages see them, nothing
migrated: what really is on the disk."""

import os

from tensorboard.backend.event_processing import event_file_loader
from tensorboard.compat.proto import event_pb2


class EventFile:
    def __init__(self, logdir, path):
        self.path = path
        self.name = os.path.basename(path)
        self.run = os.path.relpath(os.path.dirname(path), logdir)
        # Ends at the first record whose checksums are wrong.
        self.records = list(event_file_loader.RawEventFileLoader(path).Load())
        self.events = [event_pb2.Event.FromString(record) for record in self.records]

    def values(self):
        """(event, Summary.Value) of all summaries, in order."""
        for event in self.events:
            for value in event.summary.value:
                yield event, value

    def first_values(self):
        """{tag: its first Summary.Value}."""
        first = {}
        for _, value in self.values():
            first.setdefault(value.tag, value)
        return first


def files(logdir):
    """All event files below `logdir`, by name."""
    found = []
    for folder, _, names in os.walk(logdir):
        found += [os.path.join(folder, n) for n in names if "tfevents" in n]
    return [EventFile(logdir, path) for path in sorted(found)]
