#!/bin/sh
# Installs what the tests use, unless it is there already: Debian packages, and into .tools/ what Debian has not.
set -eu

"$(dirname "$0")/install-go-tools.sh"
"$(dirname "$0")/install-kubernetes-schemas.sh"

missing=""
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need sipp sip-tester
need h2load nghttp2-client
need openssl openssl
need ip iproute2
need systemd-analyze systemd
need adduser adduser
# Debian keeps the server's programs off the PATH. The cluster that the package makes for itself is left alone: the tests
# start their own, on ports of their own.
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || need initdb postgresql
# Kamailio is off the PATH as well, and its modules come in packages of their own.
has_module() { ls /usr/lib/*/kamailio/modules/"$1".so >/dev/null 2>&1; }
[ -x /usr/sbin/kamailio ] || need kamailio kamailio
has_module evapi || missing="$missing kamailio-extra-modules"
has_module http_client || missing="$missing kamailio-utils-modules"
# Two programs of one package; some machines have only one of them.
{ command -v prometheus && command -v promtool; } >/dev/null 2>&1 || missing="$missing prometheus"
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "The tests need these Debian packages, and apt-get is not here:$missing" >&2
  exit 1
fi
as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo"
echo "Installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq

# Debian starts a service as soon as it is installed, and at each boot. A Kamailio of its own would take port 5060, where
# this machine may have a switch, and a Prometheus 9090; the tests start theirs themselves.
policy=/usr/sbin/policy-rc.d
services=""
for service in kamailio prometheus; do
  case "$missing " in *" $service "*) services="$services $service" ;; esac
done
if [ -n "$services" ] && [ ! -e "$policy" ]; then
  trap '$as_root rm -f "$policy"' EXIT
  cases=$(for service in $services; do printf '*" %s "* | *" %s.service "* | ' "$service" "$service"; done)
  printf '#!/bin/sh\ncase " $* " in %s) exit 101 ;; esac\n' "${cases% | }" | $as_root tee "$policy" >/dev/null
  $as_root chmod 755 "$policy"
fi
# shellcheck disable=SC2086 # a list of packages
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
if [ -d /run/systemd/system ]; then
  for service in $services; do $as_root systemctl --quiet disable --now "$service"; done
fi
