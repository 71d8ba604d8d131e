#!/bin/sh
# Fetches Kubernetes' schemas, in the form that refuses unknown keys, into .tools/schemas/kubernetes: of the first version that
# has native sidecars without being asked, and of the newest.
set -eu
cd "$(dirname "$0")/.."
schemas=$PWD/.tools/schemas/kubernetes
PACKAGE="kubernetes-validate==1.37.0"
HASH=85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9
VERSIONS="v1.29 v1.37"

[ "$(cat "$schemas/source" 2>/dev/null)" = "$PACKAGE $VERSIONS" ] && exit 0

if ! python3 -m pip --version >/dev/null 2>&1; then
  echo "Installing: python3-pip"
  as_root=""
  [ "$(id -u)" -eq 0 ] || as_root="sudo"
  export DEBIAN_FRONTEND=noninteractive
  $as_root apt-get update -qq
  $as_root apt-get install -y -qq --no-install-recommends python3-pip >/dev/null
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "Fetching $PACKAGE"
echo "$PACKAGE --hash=sha256:$HASH" >"$work/requirements.txt"
python3 -m pip download --quiet --no-deps --only-binary :all: --require-hashes --dest "$work" -r "$work/requirements.txt"
mkdir -p "$schemas"
# One file of a version holds every kind.
python3 - "$work"/*.whl "$schemas" $VERSIONS <<'PYTHON'
import sys, zipfile

wheel, schemas, *versions = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for version in versions:
        name = f"kubernetes_validate/kubernetes-json-schema/{version}.0-local-strict/_definitions.json"
        with open(f"{schemas}/{version}.json", "wb") as target:
            target.write(archive.read(name))
PYTHON
echo "$PACKAGE $VERSIONS" >"$schemas/source"
