#!/usr/bin/env bash
# Builds the wheel, installs it into a new environment outside the repository, leaves the
# repository and labels the packaged sample: what a stranger's `pip install` would do.
# Downloads come from pip's cache where an earlier set-up filled it.
set -euo pipefail
python=${1:?usage: tests/wheel_check.sh PYTHON}
repository=$(cd "$(dirname "$0")/.." && pwd)
elsewhere=$(mktemp -d)
trap 'rm -rf "$elsewhere"' EXIT

"$repository/.venv/bin/python" -m build --wheel --no-isolation --outdir "$elsewhere" "$repository"
"$python" -m venv "$elsewhere/venv"
"$elsewhere/venv/bin/python" -m pip install -qq -c "$repository/constraints.txt" "$elsewhere"/*.whl

cd "$elsewhere"
sample=$(venv/bin/python -c "from importlib.resources import files
print(files('rupture_nlp.resources') / 'sample')")
venv/bin/rupture-nlp label "$sample" --roles "$sample/roles.csv" --out labelled
test -s labelled/utterances.csv
test -s labelled/report.html
echo "wheel-check: the wheel labelled its sample outside the repository."
