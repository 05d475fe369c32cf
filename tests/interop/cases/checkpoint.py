# SPDX-License-Identifier: Apache-2.0
"""What checkpoint.cc logs, which no page shows."""

from table import add, check, points

from cases.scalar import scalar

# A checkpoint neither starts nor ends anything.
add(scalar("checkpoint", "loss", points(0, 1, 2), traps=["session-start"]))


@check()
def a_checkpoint_stands_in_the_file(t, written):
    (file,) = [f for f in written.files if f.run == "checkpoint"]
    (found,) = [e for e in file.events if e.HasField("session_log")]
    t.assertEqual((found.step, found.session_log.status), (1, 3))  # CHECKPOINT
    t.assertEqual(found.session_log.checkpoint_path, "models/step 1")
