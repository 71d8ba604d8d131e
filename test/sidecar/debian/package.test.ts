import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNITS } from '../systemd/unit-file.js';
import { buildPackage } from './built-package.js';

const test = suite('sidecar/debian/package');

/** Unpacked. It is 175 MB, two thirds of it Node. */
const BYTES_MAX = 185 << 20;

interface Entry {
  readonly mode: string;
  readonly owner: string;
  readonly path: string;
}

const folder = mkdtempSync(join(tmpdir(), 'acm-package-'));
let file: string;
let entries: readonly Entry[];
const show = (...args: string[]): string =>
  execFileSync('dpkg-deb', args, { encoding: 'utf8', maxBuffer: 16 << 20 });
const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const field = (name: string): string => show('--field', file, name).trim();

test.before(() => {
  file = buildPackage(folder);
  entries = show('--contents', file)
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [mode = '', owner = '', , , , path = ''] = line.split(/\s+/);
      return { mode, owner, path: path.slice(1) };
    });
  execFileSync('dpkg-deb', ['--raw-extract', file, join(folder, 'unpacked')]);
});

test.after(() => rmSync(folder, { recursive: true }));

test('is the same file, byte for byte, when it is built again', () => {
  const again = join(folder, 'again');
  mkdirSync(again);
  assert.is(sha256(buildPackage(again)), sha256(file));
});

test('says its version, architecture and needs as they are', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  assert.is(field('Version'), version);
  assert.is(
    field('Architecture'),
    execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim(),
  );
  // Each library that its programs load comes from a package that it depends on.
  const libraries = execFileSync('ldd', [join(folder, 'unpacked/usr/lib/acm/bin/node')], {
    encoding: 'utf8',
  });
  assert.not.match(libraries, /not found/);
  const owners = [...libraries.matchAll(/=> (\S+)/g)].map(([, path = '']) => ownerOf(path));
  for (const owner of new Set(owners)) assert.ok(field('Depends').includes(owner), owner);
});

test('belongs to root, and nobody else can write to any of it', () => {
  for (const { mode, owner, path } of entries) {
    assert.is(owner, 'root/root', path);
    assert.not.match(mode, /^[^l].{4}w|^[^l].{7}w|s/, path);
    if (/^\/etc\/acm\/./.test(path)) assert.is(mode, '-rw-r-----', path);
  }
});

test('brings what the units and the documentation name', () => {
  const paths = new Set(entries.map(({ path }) => path));
  for (const unit of UNITS) {
    assert.ok(paths.has(`/lib/systemd/system/${unit.name}.service`), unit.name);
    assert.ok(paths.has(unit.one('Service.EnvironmentFile')));
    assert.ok(paths.has(unit.one('Unit.Documentation').replace('file://', '')));
    for (const command of [...unit.all('Service.ExecStartPre'), ...unit.all('Service.ExecStart')])
      assert.ok(paths.has(command.split(' ')[0] ?? ''), command);
    for (const given of unit.all('Service.Environment'))
      if (given.startsWith('ACM_CONFIG=')) assert.ok(paths.has(given.slice('ACM_CONFIG='.length)));
  }
  const manual = readFileSync('docs/debian.md', 'utf8');
  for (const [path] of manual.matchAll(/\/(etc|usr\/share)\/acm[\w./-]*\w/g))
    assert.ok(paths.has(path) || paths.has(`${path}/`), `docs/debian.md names ${path}`);
});

test('keeps what the owner of a machine may change: all of /etc, and nothing else', () => {
  const conffiles = readFileSync(join(folder, 'unpacked/DEBIAN/conffiles'), 'utf8').trimEnd().split('\n');
  assert.equal(
    conffiles,
    entries.map(({ path }) => path).filter((path) => path.startsWith('/etc/') && !path.endsWith('/')),
  );
  assert.is(conffiles.length, 4);
});

test('brings the packages that the program runs with, and none that only developers need', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  const has = (name: string): boolean =>
    entries.some(({ path }) => path === `/usr/lib/acm/node_modules/${name}/package.json`);
  assert.equal(
    Object.keys(dependencies).filter((name) => !has(name)),
    [],
  );
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const developers = Object.keys(devDependencies).filter((name) => packages[`node_modules/${name}`].dev);
  assert.ok(developers.length > 10);
  assert.equal(developers.filter(has), []);
});

test('holds no test, source map or place of the machine that built it', () => {
  const unwanted =
    /^\/usr\/lib\/acm\/(test|bench|docs)\/|\/node_modules\/(@[^/]+\/)?[^/]+\/test\/|\.(map|ts|tsbuildinfo)$/;
  assert.equal(
    entries.filter(({ path }) => unwanted.test(path)),
    [],
  );
  const texts = entries.filter(({ path }) => /^\/(etc|lib|usr\/bin)\/.*[^/]$|package\.json$/.test(path));
  for (const { path } of texts) {
    const text = readFileSync(join(folder, 'unpacked', path), 'utf8');
    assert.not.ok(text.includes(process.cwd()), path);
    assert.not.match(text, /"(_resolved|resolved)":/, path);
  }
  assert.ok(texts.length > 100);
});

test('stays within the size that was decided on', () => {
  assert.ok(statSync(file).size < BYTES_MAX, String(statSync(file).size));
});

/** The Debian package that a library is from. */
function ownerOf(path: string): string {
  // dpkg may know it by the name that it had before /lib became a part of /usr.
  for (const each of [path, `/usr${path}`, path.replace(/^\/usr/, '')]) {
    try {
      return (
        execFileSync('dpkg-query', ['--search', each], { encoding: 'utf8', stdio: 'pipe' }).split(':')[0] ??
        ''
      );
    } catch {}
  }
  throw new Error(`no package has ${path}`);
}

test.run();
