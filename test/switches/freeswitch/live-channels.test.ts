import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CallAttempt } from '../../../src/admission/call-attempt.js';
import { LiveChannels } from '../../../src/switches/freeswitch/live-channels.js';

const live = suite('switches/freeswitch/live-channels');

function attempt(callId: string): CallAttempt {
  return {
    callId,
    fromTag: '',
    aNumber: '1',
    bNumber: '2',
    sourceIp: '',
    switchId: 'fs',
    trunk: '',
    emergency: false,
  };
}

live('finds a channel by its name and by its Call-ID until it has ended', () => {
  const channels = new LiveChannels(() => 0);
  channels.add('u1', attempt('c1'));
  assert.is(channels.find('u1')?.attempt.callId, 'c1');
  assert.is(channels.findCall('c1')?.uuid, 'u1');
  channels.end('u1');
  assert.is(channels.find('u1'), undefined);
  assert.is(channels.findCall('c1'), undefined);
});

live('calls a channel by its own name where the Call-ID is absent, or another channel has it', () => {
  const channels = new LiveChannels(() => 0);
  assert.is(channels.callIdFor('u1', ''), 'u1');
  channels.add('u1', attempt(channels.callIdFor('u1', 'c1')));
  assert.is(channels.callIdFor('u1', 'c1'), 'c1');
  assert.is(channels.callIdFor('u2', 'c1'), 'u2');
  channels.add('u2', attempt('u2'));
  channels.end('u2');
  assert.is(channels.findCall('c1')?.uuid, 'u1', 'the first one keeps its name');
});

live('tells once whoever waits for an end, and nobody who has given up', () => {
  const channels = new LiveChannels(() => 0);
  const told: string[] = [];
  channels.whenEnded('u1', () => told.push('one'));
  channels.whenEnded('u1', () => told.push('two'))();
  channels.end('u1');
  channels.end('u1');
  assert.equal(told, ['one']);
});

live('remembers ends for as long as somebody lists channels', () => {
  const channels = new LiveChannels(() => 0);
  const ended = channels.rememberEnds();
  channels.end('u1');
  channels.forgetEnds();
  channels.end('u2');
  assert.equal([...ended], ['u1']);
});

live('knows how long it has known a channel, and forgets the first one for want of room', () => {
  let nowMs = 0;
  const channels = new LiveChannels(() => nowMs, 2);
  for (const name of ['1', '2', '3']) {
    channels.add(`u${name}`, attempt(`c${name}`));
    nowMs += 10;
  }
  assert.equal(
    channels.olderThan(20).map(({ uuid }) => uuid),
    ['u2'],
  );
  assert.is(channels.findCall('c1'), undefined);
});

live.run();
