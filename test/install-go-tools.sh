#!/bin/sh
# Builds the Go programs that the tests run into .tools/bin, from modules at fixed versions that Go's checksum database vouches
# for. Debian has neither. What is there at the right version is left alone; the first time takes some minutes.
set -eu
cd "$(dirname "$0")/.."
tools=$PWD/.tools

# name, version, module, package within it, variables that its own Makefile sets (v3.19 of Helm goes with Kubernetes 1.34)
PROGRAMS="
helm v3.19.5 helm.sh/helm/v3 ./cmd/helm internal/version.version=v3.19.5 pkg/chartutil.k8sVersionMajor=1 pkg/chartutil.k8sVersionMinor=34 pkg/lint/rules.k8sVersionMajor=1 pkg/lint/rules.k8sVersionMinor=34
docker-compose v2.40.3 github.com/docker/compose/v2 ./cmd internal.Version=v2.40.3
"
# Definitions of ServiceMonitor and its like, by which the tests judge what the chart makes of them.
OPERATOR=github.com/prometheus-operator/prometheus-operator
OPERATOR_VERSION=v0.85.0
# The oldest Go that builds all of it, and the one that is fetched where there is none as new as that.
GO_MIN=1.24.9
GO_FETCHED=1.26.8

is_current() { [ "$(cat "$tools/versions/$1" 2>/dev/null)" = "$2" ]; }
mark() { mkdir -p "$tools/versions" && echo "$2" >"$tools/versions/$1"; }

is_complete() {
  echo "$PROGRAMS" | while read -r name version _; do
    [ -z "$name" ] || { is_current "$name" "$version" && [ -x "$tools/bin/$name" ]; } || exit 1
  done && is_current prometheus-operator "$OPERATOR_VERSION"
}
is_complete && exit 0

# Nothing is fetched behind our back: which Go builds is decided here.
export GOTOOLCHAIN=local GOFLAGS=-modcacherw
is_new_enough() {
  found=$("$1" env GOVERSION 2>/dev/null) && [ -n "$found" ] &&
    printf 'go%s\n%s\n' "$GO_MIN" "$found" | sort -V -C
}
find_go() {
  go=$(command -v go || echo /usr/local/go/bin/go)
  is_new_enough "$go" && return
  if ! "$go" version >/dev/null 2>&1; then
    echo "Installing: golang-go"
    as_root=""
    [ "$(id -u)" -eq 0 ] || as_root="sudo"
    export DEBIAN_FRONTEND=noninteractive
    $as_root apt-get update -qq
    $as_root apt-get install -y -qq --no-install-recommends golang-go ca-certificates >/dev/null
    go=$(command -v go)
    is_new_enough "$go" && return
  fi
  # Debian's is older. Go publishes its toolchains as modules; their zip files know no executable bits.
  toolchain="golang.org/toolchain@v0.0.1-go$GO_FETCHED.$("$go" env GOOS)-$("$go" env GOARCH)"
  echo "Fetching Go $GO_FETCHED"
  directory=$(directory_of "$toolchain")
  chmod +x "$directory"/bin/* "$directory"/pkg/tool/*/*
  go=$directory/bin/go
  is_new_enough "$go"
}
directory_of() { "$go" mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p' | grep .; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
find_go
mkdir -p "$tools/bin" "$tools/schemas/prometheus-operator"

# In a copy of the module, so that its own go.mod and go.sum decide what it is built of.
build() {
  echo "Building $1 $2"
  cp -R "$(directory_of "$3@$2")" "$work/$1"
  chmod -R u+w "$work/$1"
  flags="-s -w"
  for variable in $5; do flags="$flags -X $3/$variable"; done
  (cd "$work/$1" && CGO_ENABLED=0 nice "$go" build -trimpath -buildvcs=false -ldflags "$flags" -o "$work/built" "$4")
  mv "$work/built" "$tools/bin/$1"
  mark "$1" "$2"
}
echo "$PROGRAMS" | while read -r name version module package variables; do
  [ -z "$name" ] || is_current "$name" "$version" || build "$name" "$version" "$module" "$package" "$variables"
done

if ! is_current prometheus-operator "$OPERATOR_VERSION"; then
  definitions=$(directory_of "$OPERATOR@$OPERATOR_VERSION")/example/prometheus-operator-crd
  for kind in podmonitors servicemonitors prometheusrules; do
    cp "$definitions/monitoring.coreos.com_$kind.yaml" "$tools/schemas/prometheus-operator/$kind.yaml"
  done
  mark prometheus-operator "$OPERATOR_VERSION"
fi
