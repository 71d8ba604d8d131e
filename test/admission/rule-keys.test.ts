import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HASH_MARK, RuleKeys } from '../../src/admission/rule-keys.js';
import { NOT_PACKED } from '../../src/detection/number.js';
import { NumberKeys } from '../../src/detection/number-keys.js';

const test = suite('admission/rule-keys');

/** A fingerprint that a test can read, and how often one was made. */
function privateKeys(keys = new NumberKeys()) {
  const made: string[] = [];
  const ruleKeys = new RuleKeys(keys, (canonical) => {
    made.push(canonical);
    return HASH_MARK + [...canonical].reverse().join('');
  });
  return { keys, ruleKeys, made };
}

test('knows a number by its own key when numbers are stored in plain', () => {
  const keys = new NumberKeys();
  const ruleKeys = new RuleKeys(keys);
  const bob = keys.acquire('bob');
  assert.is(ruleKeys.find(2348031234567), 2348031234567);
  assert.is(ruleKeys.acquireText('+234 803 123 4567'), 2348031234567);
  assert.is(ruleKeys.findText('002348031234567'), 2348031234567);
  assert.is(ruleKeys.acquire(bob), bob);
  assert.is(ruleKeys.acquireText('bob'), bob);
  assert.is(ruleKeys.findText('bob'), bob);
  assert.is(ruleKeys.findText('alice'), NOT_PACKED);
});

test('holds what it acquires, until it is released', () => {
  for (const { keys, ruleKeys } of [privateKeys(), plainKeys()]) {
    const bob = keys.acquire('bob');
    const held = [ruleKeys.acquire(bob), ruleKeys.acquireText('bob')];
    assert.is(held[0], held[1]);
    keys.release(bob);
    ruleKeys.release(held[0]);
    assert.is(keys.kept, 1);
    assert.is(ruleKeys.findText('bob'), held[1]);
    ruleKeys.release(held[1]);
    assert.is(keys.kept, 0);
  }
});

function plainKeys() {
  const keys = new NumberKeys();
  return { keys, ruleKeys: new RuleKeys(keys) };
}

test('knows a number by its fingerprint alone with privacy, however it was written', () => {
  const { keys, ruleKeys } = privateKeys();
  const key = ruleKeys.acquireText('+234 803');
  assert.is(keys.textOf(key), 'h:308432');
  for (const text of ['h:308432', '234803', '0', '(234) 803'])
    assert.is(ruleKeys.findText(text), text === '0' ? NOT_PACKED : key, text);
  assert.is(ruleKeys.find(234803), key);
  assert.is(ruleKeys.find(234804), NOT_PACKED);
});

test('makes the fingerprint of a number once', () => {
  const { ruleKeys, made } = privateKeys();
  for (let i = 0; i < 5; i++) ruleKeys.find(234803);
  assert.equal(made, ['234803']);
  for (let key = 1; key <= 20_000; key++) ruleKeys.find(key);
  ruleKeys.find(20_000);
  assert.is(made.length, 20_001, 'the last ones are remembered');
});

test('does not take one name for another that has its key now', () => {
  const { keys, ruleKeys } = privateKeys();
  const blocked = ruleKeys.acquireText('alice');
  const alice = keys.acquire('alice');
  assert.is(ruleKeys.find(alice), blocked);
  keys.release(alice);
  const bob = keys.acquire('bob');
  assert.is(bob, alice, 'the key is used again');
  assert.is(ruleKeys.find(bob), NOT_PACKED);
});

test('is not deceived by a caller whose name is the fingerprint of a number', () => {
  const { keys, ruleKeys } = privateKeys();
  ruleKeys.acquireText('234803');
  assert.is(ruleKeys.find(keys.acquire('h:308432')), NOT_PACKED);
});

test.run();
