import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AcmError } from '../../src/errors.js';
import { type Dialog, DialogControl, type Dialogs } from '../../src/switches/dialog-control.js';
import { orderToEnd } from '../support/switches/fixture.js';

const test = suite('switches/dialog-control');

const ORDER = orderToEnd({ callId: 'call-1', fromTag: 'tag-1' }, 'edge');

interface Trial {
  readonly control: DialogControl<Dialog>;
  /** Identity and stage of each dialog that was told to end, and when. */
  readonly told: string[];
  readonly finished: string[];
  /** When time stands, in milliseconds since the order. */
  now(): number;
}

/** @param find what the switch has at a time. */
function trial(
  find: (nowMs: number, told: number) => Dialog | 'gone' | 'unsupported',
  parts: Partial<Dialogs<Dialog>> = {},
): Trial {
  let nowMs = 0;
  const [told, finished]: [string[], string[]] = [[], []];
  const control = new DialogControl<Dialog>({
    name: 'proxy',
    switchId: 'edge',
    dialogs: {
      find: async () => find(nowMs, told.length),
      async end({ identity, stage }) {
        told.push(`${identity} ${stage} at ${nowMs}`);
      },
      async finish({ identity }) {
        finished.push(identity);
      },
      ...parts,
    },
    now: () => nowMs,
    async sleep(ms) {
      nowMs += ms;
    },
  });
  return { control, told, finished, now: () => nowMs };
}

const ANSWERED: Dialog = { identity: '1', stage: 'answered' };
const RINGING: Dialog = { identity: '1', stage: 'ringing' };

test('says gone where there is no dialog, and tells nobody', async () => {
  const { control, told, finished } = trial(() => 'gone');
  assert.is(await control.disconnect(ORDER), 'gone');
  assert.equal([told, finished], [[], []]);
});

test('says ended only when the dialog has been seen to be gone', async () => {
  const { control, told, finished, now } = trial((nowMs) => (nowMs < 500 ? ANSWERED : 'gone'));
  assert.is(await control.disconnect(ORDER), 'ended');
  assert.equal(told, ['1 answered at 0']);
  assert.equal(finished, ['1']);
  assert.ok(now() >= 500);
});

test('tells a dialog again once a second, as long as it is there', async () => {
  const { control, told, now } = trial(() => ANSWERED);
  assert.is(await control.disconnect(ORDER), 'failed');
  assert.is(told.length, 3);
  assert.ok(now() <= 3_000, `failed after ${now()} ms`);
});

test('tells it again at once where the call has been answered meanwhile', async () => {
  const { control, told } = trial((nowMs) => (nowMs === 0 ? RINGING : nowMs < 300 ? ANSWERED : 'gone'));
  assert.is(await control.disconnect(ORDER), 'ended');
  assert.equal(told, ['1 ringing at 0', '1 answered at 10']);
});

test('ends each of several dialogs with one Call-ID', async () => {
  const { control, told, finished } = trial((_, toldSoFar) =>
    toldSoFar < 3 ? { identity: String(toldSoFar), stage: 'answered' } : 'gone',
  );
  assert.is(await control.disconnect(ORDER), 'ended');
  assert.equal(
    told.map((each) => each.slice(0, 1)),
    ['0', '1', '2'],
  );
  assert.equal(finished, ['2']);
});

test('looks again soon at first, and five times a second later', async () => {
  const looks: number[] = [];
  const { control } = trial((nowMs) => {
    looks.push(nowMs);
    return ANSWERED;
  });
  await control.disconnect(ORDER);
  assert.equal(looks.slice(0, 5), [0, 10, 30, 70, 150]);
  assert.ok(looks.length < 25, `${looks.length} looks`);
});

test('says unsupported where the switch tracks no dialogs', async () => {
  assert.is(await trial(() => 'unsupported').control.disconnect(ORDER), 'unsupported');
});

const unavailable = async (): Promise<never> => {
  throw new AcmError('ACM_UNAVAILABLE', 'no answer within 1000 ms');
};

test('fails where the switch does not answer', async () => {
  assert.is(await trial(() => ANSWERED, { find: unavailable }).control.disconnect(ORDER), 'failed');
  assert.is(await trial(() => ANSWERED, { end: unavailable }).control.disconnect(ORDER), 'failed');
});

test('has ended a call even if what comes after that does not work', async () => {
  const { control } = trial((_, told) => (told === 0 ? ANSWERED : 'gone'), { finish: unavailable });
  assert.is(await control.disconnect(ORDER), 'ended');
});

test('gives each command at most a second, and no more than is left of the order', async () => {
  const deadlines: number[] = [];
  const { control } = trial(() => ANSWERED, {
    async find(_order, deadline) {
      deadlines.push(deadline());
      return ANSWERED;
    },
  });
  await control.disconnect(ORDER);
  assert.is(Math.max(...deadlines), 1_000);
  assert.ok(deadlines.every((each) => each >= 0));
  assert.ok(deadlines.at(-1)! < 300);
});

test('hides no mistake of ours', async () => {
  const { control } = trial(() => ANSWERED, {
    async find(): Promise<never> {
      throw new TypeError('a mistake');
    },
  });
  try {
    await control.disconnect(ORDER);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, TypeError);
  }
});

test.run();
