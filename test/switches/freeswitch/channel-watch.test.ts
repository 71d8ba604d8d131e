import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SwitchFigures } from '../../../src/admission/switch-figures.js';
import { Trunks } from '../../../src/admission/trunks.js';
import { ChannelWatch } from '../../../src/switches/freeswitch/channel-watch.js';
import { LiveChannels } from '../../../src/switches/freeswitch/live-channels.js';
import { AdmissionFixture } from '../../admission/admission-fixture.js';
import { eventBody } from '../../support/freeswitch/channel-fields.js';

const watching = suite('switches/freeswitch/channel-watch');

function startWatch(admission = new AdmissionFixture()) {
  const figures = new SwitchFigures('freeswitch');
  const channels = new LiveChannels(() => 0);
  const watch = new ChannelWatch({
    channels,
    figures,
    switchId: 'fs-1',
    trunks: new Trunks([], '608', ''),
  });
  watch.start(admission.intake);
  const tell = (event: string, uuid: string, more: Record<string, string> = {}): void =>
    watch.take(
      eventBody({ 'Event-Name': event, 'Unique-ID': uuid, variable_sip_call_id: `c-${uuid}`, ...more }),
    );
  return { admission, figures, channels, watch, tell };
}

watching('follows a call from its INVITE to its end, and counts it once', () => {
  const { admission, figures, tell } = startWatch();
  const stateNow = () => admission.calls.find('c-u1', '')?.state;
  tell('CHANNEL_CREATE', 'u1');
  assert.is(stateNow(), 'ringing');
  tell('CHANNEL_ANSWER', 'u1');
  assert.is(stateNow(), 'answered');
  tell('CHANNEL_HANGUP', 'u1');
  assert.is(stateNow(), undefined);
  tell('CHANNEL_HANGUP_COMPLETE', 'u1');
  assert.is(admission.state.counters.totals().checks, 1);
  assert.is(figures.events, 4);
  assert.is(figures.unscreened, 0);
});

watching('takes a bridged call, which has two legs, for one', () => {
  const { admission, tell } = startWatch();
  tell('CHANNEL_CREATE', 'a1');
  tell('CHANNEL_CREATE', 'b1', { 'Call-Direction': 'outbound', 'Other-Leg-Unique-ID': 'a1' });
  tell('CHANNEL_ANSWER', 'b1', { 'Call-Direction': 'outbound', 'Other-Leg-Unique-ID': 'a1' });
  tell('CHANNEL_ANSWER', 'a1');
  assert.is(admission.calls.size, 1);
  assert.is(admission.state.counters.totals().checks, 1);
});

watching('has the fifth caller torn down, and the earlier ones where that is wanted', () => {
  const { admission, tell } = startWatch(new AdmissionFixture({ policy: { autoDisconnect: true } }));
  for (const caller of ['1', '2', '3', '4', '5'])
    tell('CHANNEL_CREATE', `u${caller}`, { variable_sip_from_user: `+23480300000${caller}` });
  admission.settle();
  assert.equal(admission.orders.map(({ callId }) => callId).sort(), ['c-u1', 'c-u2', 'c-u3', 'c-u4', 'c-u5']);
});

watching('counts callers who all write the same Call-ID', () => {
  const { admission, tell } = startWatch();
  for (const caller of ['1', '2', '3', '4', '5'])
    tell('CHANNEL_CREATE', `u${caller}`, {
      variable_sip_call_id: 'the same',
      variable_sip_from_user: `+23480300000${caller}`,
    });
  admission.settle();
  assert.equal(
    admission.orders.map(({ callId }) => callId),
    ['u5'],
  );
});

watching('counts what the dialplan has marked as let through without a verdict', () => {
  const { figures, tell } = startWatch();
  for (const marked of ['true', 'false'])
    for (const event of ['CHANNEL_CREATE', 'CHANNEL_HANGUP', 'CHANNEL_HANGUP_COMPLETE'])
      tell(event, `u-${marked}`, { variable_acm_unscreened: marked });
  assert.is(figures.unscreened, 1);
});

watching('ends the call of a channel that is found to be gone, once', () => {
  const { admission, watch, tell } = startWatch();
  tell('CHANNEL_CREATE', 'u1');
  watch.gone('u1');
  watch.gone('u1');
  assert.is(admission.calls.size, 0);
});

watching('counts what it cannot understand, and goes on', () => {
  const { figures, watch, tell } = startWatch();
  for (const text of ['', '{', '[]', '{"Event-Name":"CHANNEL_CREATE"}', '{"Unique-ID":"a b"}'])
    watch.take(Buffer.from(text));
  assert.is(figures.dropped('malformed'), 5);
  tell('CHANNEL_CREATE', 'u1', {
    'Caller-Destination-Number': '',
    variable_sip_req_user: '',
    variable_sip_req_host: '',
  });
  assert.is(figures.dropped('malformed'), 6, 'nobody is called');
});

watching('survives fields of any kind', () => {
  const { watch } = startWatch();
  const text = fc.string({ unit: 'binary', maxLength: 50 });
  const fields = fc.record({
    'Event-Name': fc.constantFrom('CHANNEL_CREATE', 'CHANNEL_ANSWER', 'CHANNEL_HANGUP', 'X'),
    'Unique-ID': fc.constantFrom('u1', 'u2', ''),
    variable_sip_from_user: text,
    variable_sip_req_user: text,
    variable_sip_call_id: text,
    variable_sip_network_ip: text,
  });
  fc.assert(fc.property(fields, (some) => watch.take(eventBody(some))));
});

watching.run();
