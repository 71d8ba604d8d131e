#!/bin/sh
# Installs the Debian packages that the tests use, unless their commands are there already.
set -eu

missing=""
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need sipp sip-tester
need h2load nghttp2-client
need openssl openssl
need ip iproute2
need systemd-analyze systemd
need strip binutils
need adduser adduser
# Debian keeps the server's programs off the PATH. The cluster that the package makes for itself is left alone: the tests
# start their own, on ports of their own.
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || need initdb postgresql
# Kamailio is off the PATH as well, and its modules come in packages of their own.
has_module() { ls /usr/lib/*/kamailio/modules/"$1".so >/dev/null 2>&1; }
[ -x /usr/sbin/kamailio ] || need kamailio kamailio
has_module evapi || missing="$missing kamailio-extra-modules"
has_module http_client || missing="$missing kamailio-utils-modules"
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
# this machine may have a switch; the tests start theirs themselves.
policy=/usr/sbin/policy-rc.d
case "$missing " in
*" kamailio "*)
  if [ ! -e "$policy" ]; then
    trap '$as_root rm -f "$policy"' EXIT
    printf '#!/bin/sh\ncase " $* " in *" kamailio "* | *" kamailio.service "*) exit 101 ;; esac\n' |
      $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
  fi
  ;;
esac
# shellcheck disable=SC2086 # a list of packages
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
case "$missing " in
*" kamailio "*) [ ! -d /run/systemd/system ] || $as_root systemctl --quiet disable --now kamailio ;;
esac
