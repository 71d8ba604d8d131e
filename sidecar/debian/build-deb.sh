#!/bin/sh
# Builds the Debian package of this checkout for this machine's architecture, with nothing but dpkg-deb and what `make install`
# has brought: no network. The same commit makes the same file. Usage: build-deb.sh [FOLDER, by default dist]
set -eu
umask 022
cd "$(dirname "$0")/../.."
out=$(mkdir -p "${1:-dist}" && cd "${1:-dist}" && pwd)
PATH=$PWD/node_modules/.bin:$PATH

package=acm-sidecar
version=$(node -p 'require("./package.json").version')
architecture=$(dpkg --print-architecture)
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || date -ud "$(sed -n 's/^ -- .*>  //p' sidecar/debian/changelog)" +%s)}"
export SOURCE_DATE_EPOCH

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
app=$stage/usr/lib/acm
doc=$stage/usr/share/doc/$package
mkdir -p "$app/bin" "$doc" "$stage/DEBIAN" "$stage/etc/acm" "$stage/usr/bin" "$stage/usr/share/acm" "$stage/lib/systemd/system"

# The program, and the packages that it runs with: those that package-lock.json does not call dev, for this machine, without
# what only compilers and people read. Licences stay.
tsc -p tsconfig.build.json --outDir "$app/dist" --sourceMap false
cp -R package.json proto "$app/"
node -p 'Object.entries(require("./package-lock.json").packages).filter(([path, { dev }]) => path && !dev).map(([path]) => path).join("\n")' |
  while read -r path; do
    [ ! -d "$path" ] || find "$path" \( -path "$path/node_modules" -o -path "$path/test" -o -path "$path/.github" \) -prune -o \
      -type f ! -name '.*' ! -name '*.map' ! -name '*.ts' ! -name '*.tsbuildinfo' \( ! -name '*.md' -o -iname 'licen[cs]e*' \) -print0
  done | tar -cf - --null --files-from=- | tar -xf - --no-same-owner -C "$app"
find "$app" -type f -exec chmod 644 {} +
# Debian 12 has Node 18.
install -m 755 node_modules/.bin/node "$app/bin/node"
install -m 755 sidecar/debian/acm "$stage/usr/bin/acm"

install -m 644 sidecar/systemd/*.service "$stage/lib/systemd/system/"
install -m 640 sidecar/debian/etc/* "$stage/etc/acm/"
chmod 750 "$stage/etc/acm"
cp -R sidecar/kamailio sidecar/freeswitch sidecar/opensips sidecar/drachtio "$stage/usr/share/acm/"
cp docs/*.md sidecar/acm.example.yaml "$doc/"
cp sidecar/debian/copyright "$doc/"
cp node_modules/node/node_modules/node-*/LICENSE "$doc/LICENSE.node"
gzip -9nc sidecar/debian/changelog >"$doc/changelog.gz"
mkdir -p "$stage/usr/share/lintian/overrides"
cp sidecar/debian/lintian-overrides "$stage/usr/share/lintian/overrides/$package"

for script in postinst prerm postrm; do install -m 755 "sidecar/debian/$script" "$stage/DEBIAN/$script"; done
(cd "$stage" && find etc -type f | sort | sed 's|^|/|') >"$stage/DEBIAN/conffiles"
(cd "$stage" && find usr lib -type f -print0 | sort -z | xargs -0 md5sum) >"$stage/DEBIAN/md5sums"
{
  printf 'Package: %s\nVersion: %s\nArchitecture: %s\n' "$package" "$version" "$architecture"
  printf 'Installed-Size: %s\n' "$(find "$stage/usr" "$stage/lib" "$stage/etc" -type f -printf '%s\n' | awk '{ kb += int(($1 + 1023) / 1024) } END { print kb }')"
  cat sidecar/debian/control
} >"$stage/DEBIAN/control"

find "$stage" -print0 | xargs -0 touch --no-dereference --date="@$SOURCE_DATE_EPOCH"
# The first level takes seconds; the sixth takes a minute and a half for a seventh less.
: "${DPKG_DEB_COMPRESSOR_TYPE:=xz}" "${DPKG_DEB_COMPRESSOR_LEVEL:=1}"
export DPKG_DEB_COMPRESSOR_TYPE DPKG_DEB_COMPRESSOR_LEVEL
dpkg-deb --root-owner-group --build "$stage" "$out/${package}_${version}_$architecture.deb"
