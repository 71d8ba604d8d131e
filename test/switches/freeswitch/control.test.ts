import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AcmError } from '../../../src/errors.js';
import { FreeswitchControl } from '../../../src/switches/freeswitch/control.js';
import { LiveChannels } from '../../../src/switches/freeswitch/live-channels.js';
import { orderToEnd } from '../../support/switches/fixture.js';

const control = suite('switches/freeswitch/control');

const CALL = { callId: 'c1', fromTag: '' };

interface Script {
  /** What FreeSWITCH answers. */
  answer?: (command: string, channels: LiveChannels) => string;
  up?: boolean;
  /** Called when the channels are listed. */
  list?: (channels: LiveChannels) => void;
  unknown?: boolean;
}

function startControl({ answer = () => '+OK', up = true, list, unknown = false }: Script) {
  const channels = new LiveChannels(() => 0);
  const sent: string[] = [];
  const gone: string[] = [];
  let lists = 0;
  const add = (): void =>
    channels.add('u1', {
      ...CALL,
      aNumber: '1',
      bNumber: '2',
      sourceIp: '',
      switchId: 'fs-1',
      trunk: '',
      emergency: false,
    });
  if (!unknown) add();
  const under = new FreeswitchControl({
    socket: {
      up,
      async send(command) {
        sent.push(command.replace(/^api /, ''));
        return answer(command, channels);
      },
    },
    channels,
    lister: {
      async listCalls() {
        lists++;
        list?.(channels);
        return { calls: [], complete: true };
      },
    },
    switchId: 'fs-1',
    gone: (uuid) => {
      gone.push(uuid);
      channels.end(uuid);
    },
    confirmedMsMax: 50,
  });
  const order = (call = CALL) => under.disconnect(orderToEnd(call, 'fs-1'));
  return { order, sent, gone, channels, add, lists: () => lists };
}

/** Hangs the channel up when the command of this name comes. */
function hangingUpAt(name: string) {
  return (command: string, channels: LiveChannels): string => {
    if (command.includes(` ${name} u1`)) setImmediate(() => channels.end('u1'));
    return command.includes('uuid_getvar') ? '_undef_' : '+OK';
  };
}

control('sets one Reason, transfers to the rejection, and believes the hangup alone', async () => {
  const { order, sent } = startControl({ answer: hangingUpAt('uuid_transfer') });
  assert.is(await order(), 'ended');
  assert.equal(sent, [
    'uuid_getvar u1 signal_bond',
    'uuid_getvar u1 originate_signal_bond',
    'uuid_setvar u1 sip_reason SIP;cause=608;text="Rejected"',
    'uuid_setvar u1 disable_q850_reason true',
    'uuid_setvar u1 sip_bye_h_Reason SIP;cause=608;text="Rejected"',
    "uuid_transfer u1 'respond:608 Rejected' inline",
  ]);
});

control('tells the other leg the Reason too, and ends it where FreeSWITCH has kept it', async () => {
  const { order, sent } = startControl({
    answer: (command, channels) =>
      command.endsWith(' signal_bond') ? 'u2\n' : hangingUpAt('uuid_transfer')(command, channels),
  });
  assert.is(await order(), 'ended');
  assert.is(sent.filter((command) => command.startsWith('uuid_setvar u2 ')).length, 3);
  assert.is(sent.at(-1), 'uuid_kill u2 CALL_REJECTED');
});

control('has failed while no hangup comes, and kills the channel when it is ordered again', async () => {
  const { order, sent } = startControl({ answer: hangingUpAt('uuid_kill') });
  assert.is(await order(), 'failed');
  assert.not(sent.some((command) => command.startsWith('uuid_kill')));
  assert.is(await order(), 'ended');
  assert.ok(sent.includes('uuid_kill u1 CALL_REJECTED'));
});

control('finds by listing a call that no event has told of', async () => {
  const found = startControl({
    unknown: true,
    answer: hangingUpAt('uuid_transfer'),
    list: () => found.add(),
  });
  assert.is(await found.order(), 'ended');
  assert.is(found.lists(), 1);
});

control('says that a call is gone which is in no list, or which FreeSWITCH does not know', async () => {
  const nowhere = startControl({ unknown: true });
  assert.is(await nowhere.order(), 'gone');
  assert.equal(nowhere.sent, []);
  const lost = startControl({
    answer: (command) => (command.includes('uuid_getvar') ? '_undef_' : '-ERR No such channel!\n'),
  });
  assert.is(await lost.order(), 'gone');
  assert.equal(lost.gone, ['u1'], 'its hangup was never heard');
});

control('does not take a call with another From-tag for the one that is meant', async () => {
  const { order, sent } = startControl({});
  assert.is(await order({ callId: 'c1', fromTag: 'other' }), 'gone');
  assert.equal(sent, []);
});

control('has failed while FreeSWITCH is not connected, or when the connection goes meanwhile', async () => {
  assert.is(await startControl({ up: false }).order(), 'failed');
  const lost = startControl({
    answer: () => {
      throw new AcmError('ACM_UNAVAILABLE', 'gone');
    },
  });
  assert.is(await lost.order(), 'failed');
});

control('writes nothing into its commands that the other side has chosen', async () => {
  const { order, sent } = startControl({
    answer: (command, channels) =>
      command.includes('uuid_getvar')
        ? "u2' inline\n\napi system"
        : hangingUpAt('uuid_transfer')(command, channels),
  });
  assert.is(await order(), 'ended');
  assert.not(sent.some((command) => command.includes('system')));
});

control.run();
