#!/usr/bin/env bash
# wheel_test.sh SOURCE WORK GENERATOR: the tests of this folder with the CPU part of today's torch wheel from PyPI, in a
# build of their own. Some 600 MB come over the network.
#
# The wheel's own CMake package wants the whole CUDA toolkit, so that TBLOG_TORCH_WHEEL names its folder instead; what its
# CPU part cannot be loaded without are two small packages.
set -euo pipefail
source=$1 work=$2 generator=$3
mkdir -p "$work"

venv=$work/venv
if ! "$venv/bin/python" -c 'import importlib.metadata as m; m.version("torch"); m.version("nvidia-cuda-cupti")' 2>/dev/null; then
  python=python3
  command -v apt-get >/dev/null && python=/usr/bin/python3
  "$python" -m venv --clear "$venv"
  "$venv/bin/python" -m pip install --no-input --disable-pip-version-check --quiet --no-deps torch \
    'nvidia-cuda-runtime>=13,<14' 'nvidia-cuda-cupti>=13,<14'
fi
packages=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cuda=$(dirname "$(find "$packages/nvidia" -name 'libcudart.so.13' | head -n 1)")
export LD_LIBRARY_PATH=$cuda${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} OMP_NUM_THREADS=1

cmake -S "$source" -B "$work/build" -G "$generator" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DTBLOG_TORCH_WHEEL="$packages/torch" \
  -DTBLOG_BUILD_TOOL=OFF -DTBLOG_BUILD_EXAMPLES=OFF -DCMAKE_EXE_LINKER_FLAGS="-Wl,-rpath-link,$cuda"
cmake --build "$work/build" --parallel 2 --target tblog_torch_test
"$work/build/tests/torch/tblog_torch_test"
