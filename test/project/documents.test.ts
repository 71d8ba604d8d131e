import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { renewedDocument, TABLE_FILE } from '../../docs/configuration-table.js';
import { program } from '../../sidecar/command-line.js';
import { SETTINGS } from '../../src/config.js';
import type { Setting } from '../../src/settings/setting.js';
import { proseOf } from '../docs/markdown.js';

const test = suite('project/documents');

const files = globSync('{*.md,docs/**/*.md,helm/**/*.md}');
const textOf = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));

/** Each match of a pattern's first group outside of blocks, with the file that it is in. */
function mentions(pattern: RegExp, where: readonly string[] = files): { file: string; text: string }[] {
  return where.flatMap((file) =>
    [...proseOf(textOf.get(file)!).matchAll(pattern)].map(([, text = '']) => ({ file, text })),
  );
}

const inCode = (where?: readonly string[]): { file: string; text: string }[] =>
  mentions(/`([^`\n]+)`/g, where);

function contentOf(pattern: string): string {
  return globSync(pattern)
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}

test('has the table of configuration that config.ts has', () => {
  const document = readFileSync(TABLE_FILE, 'utf8');
  assert.is(document, renewedDocument(document), 'run `make docs`');
  for (const { name } of Object.values<Setting>(SETTINGS)) assert.match(document, name);
});

test('names only make targets that exist', () => {
  const targets = new Set(
    [...readFileSync('Makefile', 'utf8').matchAll(/^([a-z-]+):/gm)].map(([, name]) => name),
  );
  for (const { file, text } of mentions(/`make ([a-z-]+)`/g))
    assert.ok(targets.has(text), `${file}: make ${text}`);
});

test('links to files that exist, and to headings in them', () => {
  const links = mentions(/\]\((?!https?:)([^)]+)\)/g);
  assert.ok(links.length > 50);
  assert.equal(
    links.filter(({ file, text }) => !leadsSomewhere(file, text)),
    [],
  );
});

function leadsSomewhere(file: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? file : join(dirname(file), path);
  return existsSync(target) && (anchor === undefined || anchorsOf(target).has(anchor));
}

/** As GitHub makes them of headings. */
function anchorsOf(file: string): Set<string> {
  const headings = proseOf(readFileSync(file, 'utf8')).matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}

test('names only files that exist', () => {
  const paths = inCode().filter(({ text }) =>
    /^(src|sidecar|test|docs|proto|bench|helm|examples)\/[^\s:]*$/.test(text),
  );
  assert.ok(paths.length > 20);
  assert.equal(
    paths.filter(({ text }) => globSync(text.replace(/\/$|#.*/, '')).length === 0),
    [],
  );
});

test('names only variables that something reads', () => {
  const switches = contentOf('sidecar/{kamailio,freeswitch,opensips,drachtio}/**/*.{cfg,xml}');
  const known = new Set([
    ...Object.values<Setting>(SETTINGS).map(({ name }) => name),
    ...(`${switches}\n${contentOf('src/errors.ts')}`.match(/\bACM_[A-Z_]+\b/g) ?? []),
  ]);
  const found = files.flatMap((file) =>
    (textOf.get(file)!.match(/\b(ACM|API|LUMADB|KAMAILIO|FRAUD)_[A-Z][A-Z_]*\b/g) ?? []).map(
      (name) => `${file}: ${name}`,
    ),
  );
  assert.ok(found.length > 50);
  assert.equal(
    [...new Set(found)].filter((each) => !known.has(each.split(': ')[1]!)),
    [],
  );
});

test('names only metrics that there are', () => {
  const telemetry = contentOf('src/telemetry/*.ts');
  const found = mentions(/\b(acm_[a-z_]+[a-z]\*?)/g).map(({ file, text }) => ({
    file,
    text: text.replace(/_(bucket|sum|count)$/, ''),
  }));
  assert.ok(found.length > 30);
  assert.equal(
    found.filter(({ text }) => !telemetry.includes(text.replace('*', '')) && !NOT_METRICS.has(text)),
    [],
  );
});

/** A role of the database. */
const NOT_METRICS = new Set(['acm_gateway']);

test('names only commands of acm that there are, with options that they take', () => {
  const typed = inCode().filter(({ text }) => /^(npx )?acm [a-z]/.test(text));
  assert.ok(typed.length > 20);
  assert.equal(
    typed.flatMap(({ file, text }) => complaintOf(text).map((complaint) => `${file}: ${text}: ${complaint}`)),
    [],
  );
});

function complaintOf(text: string): string[] {
  let command = program();
  const words = text.replace(/^npx /, '').split(' ').slice(1);
  for (const word of words) {
    const next = command.commands.find((each) => each.name() === word);
    if (next !== undefined) command = next;
    else if (/^--/.test(word) && !isOption(command, word)) return [`no option ${word}`];
    else if (
      /^[a-z-]+$/.test(word) &&
      command.commands.length > 0 &&
      command.registeredArguments.length === 0
    )
      return [`no command ${word}`];
  }
  return [];
}

type Command = ReturnType<typeof program>;

function isOption(command: Command, word: string): boolean {
  const [name] = word.split('=');
  return name === '--help' || command.options.some(({ long }) => long === name);
}

test('is where comments elsewhere say that it is', () => {
  for (const source of globSync('{src,sidecar,proto,helm,examples}/**/*.{ts,proto,yaml,cfg,xml,service}')) {
    for (const [path] of readFileSync(source, 'utf8').matchAll(/\b(docs\/[a-z-]+\.md|[A-Z]+\.md)\b/g))
      assert.ok(existsSync(resolve(path)), `${source} speaks of ${path}`);
  }
});

test.run();
