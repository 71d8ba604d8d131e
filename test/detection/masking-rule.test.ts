import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMasking, severityOf, threatLevelOf } from '../../src/detection/masking-rule.js';

const test = suite('detection/masking-rule');

test('detects from the threshold on', () => {
  assert.equal(
    [4, 5, 6].map((distinct) => isMasking(distinct, 5)),
    [false, true, true],
  );
});

test('grows in severity at two and at five callers beyond the threshold', () => {
  assert.equal(
    [4, 5, 6, 7, 9, 10, 99].map((distinct) => severityOf(distinct, 5)),
    ['none', 'medium', 'medium', 'high', 'high', 'critical', 'critical'],
  );
});

test('sees the threat before the threshold', () => {
  assert.equal(
    [0, 1, 2, 3, 4, 5, 6].map((distinct) => threatLevelOf(distinct, 5)),
    ['low', 'low', 'low', 'medium', 'high', 'critical', 'critical'],
  );
});

test('calls a number that nobody calls low, at a threshold of two as well', () => {
  assert.equal(
    [0, 1, 2].map((distinct) => threatLevelOf(distinct, 2)),
    ['low', 'high', 'critical'],
  );
});

test.run();
