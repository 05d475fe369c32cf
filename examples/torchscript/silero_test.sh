#!/usr/bin/env bash
# silero_test.sh EXAMPLE TBLOG WORK: the example finds the speech that espeak-ng speaks, and nothing in the silence around
# it; each layer that it looks at has a value for each window. The model comes over the network, from the package silero-vad.
set -euo pipefail
example=$1 tblog=$2 work=$3
rm -rf "$work/runs"
mkdir -p "$work"

if [ ! -f "$work/silero_vad.jit" ]; then
  python=python3
  command -v apt-get >/dev/null && python=/usr/bin/python3
  "$python" -m venv --clear "$work/venv"
  "$work/venv/bin/python" -m pip install --no-input --disable-pip-version-check --quiet --no-deps silero-vad==6.2.3
  cp "$work"/venv/lib/python3*/site-packages/silero_vad/data/silero_vad.jit "$work/silero_vad.jit"
fi
espeak-ng -w "$work/words.wav" "Nothing that happens in the layers of a network is hidden from who looks."

# Two seconds of silence, the words, two seconds of silence.
python3 - "$work/words.wav" "$work/speech.wav" <<'PYTHON'
import sys, wave
with wave.open(sys.argv[1]) as words:
    rate, samples = words.getframerate(), words.readframes(words.getnframes())
with wave.open(sys.argv[2], "wb") as speech:
    speech.setparams((1, 2, rate, 0, "NONE", ""))
    speech.writeframes(bytes(4 * rate) + samples + bytes(4 * rate))
PYTHON

"$example" "$work/silero_vad.jit" "$work/speech.wav" "$work/runs"
"$tblog" export --format csv "$work/runs" >"$work/runs.csv"
"$tblog" ls --json "$work/runs" >"$work/runs.jsonl"
python3 - "$work/runs.csv" "$work/runs.jsonl" "$work/words.wav" <<'PYTHON'
import csv, json, sys, wave
with wave.open(sys.argv[3]) as words:
    end = 2 + words.getnframes() / words.getframerate()
probability = {}
with open(sys.argv[1], newline="") as file:
    for row in csv.DictReader(file):
        if row["tag"] == "speech_probability":
            probability[int(row["step"])] = float(row["value"])
def mean(values):
    return sum(values) / len(values)
seconds = lambda step: step * 512 / 16000
inside = mean([p for step, p in probability.items() if 2.2 < seconds(step) < end - 0.4])
outside = mean([p for step, p in probability.items() if seconds(step) < 1.8 or seconds(step) > end + 0.6])
print(f"mean probability of speech: {inside:.3f} in the words, {outside:.3f} in the silence")
assert inside > 0.8, inside
assert outside < 0.1, outside

windows = len(probability)
assert windows > 200, windows
series = [json.loads(line) for line in open(sys.argv[2])]
counts = {one["tag"]: one["count"] for one in series}
histograms = [f"_model.encoder.{i}/outputs" for i in range(4)]
histograms += ["_model.stft/outputs", "_model.decoder.rnn/0/outputs", "_model.decoder.rnn/1/outputs"]
for tag in histograms:
    assert counts[tag] == windows, (tag, counts.get(tag), windows)
for i in range(4):
    assert counts[f"_model.encoder.{i}/outputs/mean"] == windows
assert counts["recording"] == 1
PYTHON
