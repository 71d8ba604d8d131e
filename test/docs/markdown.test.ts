import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { blocksOf, proseOf } from './markdown.js';

const test = suite('docs/markdown');

test('finds fenced blocks with their language and line, also within a list', () => {
  assert.equal(
    blocksOf('text\n```sh\na\n\nb\n```\n- item\n\n  ```yaml\n  c:\n    d: 1\n  ```\n~~~\ne\n~~~'),
    [
      { language: 'sh', text: 'a\n\nb', line: 3 },
      { language: 'yaml', text: 'c:\n  d: 1', line: 10 },
      { language: '', text: 'e', line: 14 },
    ],
  );
});

test('finds indented blocks, and takes no paragraph of a list for one', () => {
  assert.equal(blocksOf('text\n\n    a\n\n    b\n\nmore'), [
    { language: 'indented', text: 'a\n\nb', line: 3 },
  ]);
  assert.equal(blocksOf('text\n    goes on'), []);
  assert.equal(blocksOf('1. item\n\n    goes on'), []);
});

test('refuses a fence that is never closed', () => {
  assert.throws(() => blocksOf('```sh\na'), /line 1 is never closed/);
});

test('leaves blocks out of the prose, and lines where they were', () => {
  assert.is(proseOf('a\n```sh\nb\n```\nc\n\n    d\n\ne'), 'a\n\n\n\nc\n\n\n\ne');
});

test.run();
