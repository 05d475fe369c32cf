#!/usr/bin/env bash
# onnx_test.sh PYTHON TBLOG: tap_test.py in a virtual environment of its own, made in WORK where it is missing.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=$WORK/venv
requirements=$here/requirements.txt
if ! cmp -s "$requirements" "$venv/installed.txt"; then
  "$1" -m venv --clear "$venv"
  # silero-vad asks for PyTorch, which its models do not need.
  "$venv/bin/python" -m pip install -q --no-input --disable-pip-version-check --no-deps -r "$requirements"
  cp "$requirements" "$venv/installed.txt"
fi
exec "$venv/bin/python" -B "$here/tap_test.py" "$2"
