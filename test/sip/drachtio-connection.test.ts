import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DrachtioConnection } from '../../src/sip/drachtio-connection.js';
import { FakeStack } from './fake-stack.js';
import { Recorder } from './fixtures.js';

const connection = suite('sip/drachtio-connection');

/** Runs a scenario with timers that fire when the test says so. */
function withTimers(scenario: (fire: () => number | undefined) => void): void {
  const real = globalThis.setTimeout;
  const timers: { run: () => void; ms: number }[] = [];
  globalThis.setTimeout = ((run: () => void, ms: number) =>
    timers.push({ run, ms })) as unknown as typeof setTimeout;
  try {
    scenario(() => {
      const timer = timers.shift();
      timer?.run();
      return timer?.ms;
    });
  } finally {
    globalThis.setTimeout = real;
  }
}

function setUp() {
  const stack = new FakeStack();
  const recorder = new Recorder();
  const events: string[] = [];
  const listener = { up: () => void events.push('up'), down: () => void events.push('down') };
  const address = { host: 'h', port: 9022, secret: 's' };
  const subject = new DrachtioConnection(stack, address, recorder.log, listener);
  subject.start();
  return { subject, stack, recorder, events };
}

connection('connects without the reconnection of drachtio-srf', () => {
  const { stack } = setUp();
  assert.equal(stack.connects, [{ host: 'h', port: 9022, secret: 's', reconnect: { maxAttempts: 1 } }]);
});

connection('connects again for ever, with a bounded delay, and logs an outage once', () => {
  withTimers((fire) => {
    const { stack, recorder } = setUp();
    const delays: number[] = [];
    for (let i = 0; i < 50; i++) {
      stack.emit('error', new Error('refused'));
      stack.emit('close');
      delays.push(fire() ?? Number.NaN);
    }
    assert.is(stack.connects.length, 51);
    assert.ok(delays.every((ms) => ms >= 50 && ms <= 2_000));
    assert.equal(recorder.logged, ['connection to drachtio-server failed']);
  });
});

connection('says when it is up and when it is lost', () => {
  withTimers(() => {
    const { subject, stack, events } = setUp();
    stack.emit('connect', null, 'udp/h');
    assert.ok(subject.up);
    stack.emit('close');
    assert.not(subject.up);
    assert.equal(events, ['up', 'down']);
  });
});

connection('slows down when its secret is refused, and says so', () => {
  withTimers((fire) => {
    const { stack, recorder, events } = setUp();
    stack.emit('connect', new Error('failed to authenticate to server'));
    stack.emit('close');
    assert.is(fire(), 10_000);
    assert.equal(recorder.logged, ['drachtio-server refuses the secret: check ACM_DRACHTIO_SECRET']);
    assert.equal(events, []);
  });
});

connection('stays away once it was stopped', () => {
  withTimers((fire) => {
    const { subject, stack } = setUp();
    subject.stop();
    stack.emit('connect', null, 'udp/h');
    stack.emit('close');
    assert.is(fire(), undefined);
    assert.is(stack.disconnects, 2);
    assert.not(subject.up);
  });
});

connection.run();
