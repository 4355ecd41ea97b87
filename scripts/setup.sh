#!/usr/bin/env bash
# Makes .venv exactly as requirements/dev.lock says. Needs Python 3.11 to 3.13; brings uv along where there is none.
#
#   PYTHON=python3.13 scripts/setup.sh     with another Python
#   UV=/path/to/uv    scripts/setup.sh     with another uv
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# Only Pythons that every locked package has a wheel for.
fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; }

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 /usr/bin/python3}; do
        if fits "$candidate"; then command -v "$candidate"; return; fi
    done
    fail "no Python 3.11, 3.12 or 3.13 found; install one, or name it: make setup PYTHON=/path/to/python"
}

# Debian parts venv and pip from Python. Whichever half is there is enough; with neither, root may install them.
install_uv() {
    local python=$1 home=.tools/uv
    rm -rf "$home"
    if "$python" -c 'import ensurepip, venv; ensurepip.version()' 2>/dev/null; then
        "$python" -m venv "$home"
        "$home/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.lock
    elif "$python" -m pip --version >/dev/null 2>&1; then
        # --target leaves the system's own packages alone, so "externally managed" has nothing against it.
        "$python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --ignore-installed \
            --target "$home" --require-hashes -r requirements/tools.lock
    elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends python3-venv ca-certificates
        "$python" -c 'import ensurepip, venv; ensurepip.version()' 2>/dev/null || fail "$python still has no venv after installing python3-venv"
        install_uv "$python"
    else
        fail "$python has neither venv nor pip; run: apt-get install python3-venv"
    fi
}

find_uv() {
    if [ -n "${UV:-}" ]; then echo "$UV"; return; fi
    if command -v uv >/dev/null; then command -v uv; return; fi
    [ -x .tools/uv/bin/uv ] || install_uv "$1" >&2
    echo .tools/uv/bin/uv
}

python=$(find_python)
uv=$(find_uv "$python")
export UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1

[ -x .venv/bin/python ] && fits .venv/bin/python || "$uv" venv --quiet --clear --python "$python" .venv

"$uv" pip sync --quiet --python .venv/bin/python --require-hashes requirements/dev.lock
# Without dependencies and without build isolation: nothing is installed here that the lock does not hold.
members=()
for folder in shared services/* standalone simulator; do
    [ -f "$folder/pyproject.toml" ] && members+=(--editable "$folder")
done
"$uv" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation "${members[@]}"

touch .venv/.complete
printf 'setup: %s with %s is ready in .venv\n' "$(.venv/bin/python --version)" "$("$uv" --version)"
