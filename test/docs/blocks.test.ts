import { globSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DATA_LANGUAGES } from './data-languages.js';
import { blocksOf } from './markdown.js';
import { stepsOf } from './steps.js';

const test = suite('docs/blocks');

/** Every document for people, also those whose commands are not run. */
const files = globSync('{*.md,docs/**/*.md,helm/**/*.md}');
/** Languages of what is run (steps.ts), and of what is nothing but text. */
const OTHERS = ['sh', 'console', 'text'];

/** Where a document holds a block like that, as `file:line`. */
function places(isWrong: (language: string, text: string) => unknown): string[] {
  return files.flatMap((file) =>
    blocksOf(readFileSync(file, 'utf8')).flatMap(({ language, text, line }) => {
      const complaint = isWrong(language, text);
      return complaint ? [`${file}:${line}: ${complaint}`] : [];
    }),
  );
}

test('lets no block escape: each says what it is, and so whether it is run, parsed, or plain text', () => {
  const known = new Set([...OTHERS, ...Object.keys(DATA_LANGUAGES)]);
  assert.ok(files.length > 10);
  assert.equal(
    places((language) => !known.has(language) && `a block of "${language}"`),
    [],
  );
});

test('shows data that can be parsed', () => {
  assert.equal(
    places((language, text) => DATA_LANGUAGES[language]?.(text)),
    [],
  );
});

test('shows in each transcript a command and what it prints', () => {
  assert.equal(
    places((language, text) => language === 'console' && !text.startsWith('$ ') && 'begins with no command'),
    [],
  );
});

test('has no placeholders where there are commands: they are run as they stand', () => {
  const placeholder = /(^|[\s"'=/])(\.\.\.|<[a-z-]+>|[A-Z]+-?ID|acm_\.\.\.)($|[\s"'/])/m;
  const found = files.flatMap((file) =>
    stepsOf(readFileSync(file, 'utf8')).flatMap((step) => {
      const text = step.kind === 'stop' ? '' : step.kind === 'start' ? step.text : step.command.text;
      return placeholder.test(text) ? [`${file}:${step.line}: ${text}`] : [];
    }),
  );
  assert.equal(found, []);
});

test.run();
