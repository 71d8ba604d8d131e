import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SwitchFigures } from '../../../src/admission/switch-figures.js';
import type { TrunkSettings } from '../../../src/admission/trunks.js';
import { EvapiDesk } from '../../../src/switches/kamailio/evapi-desk.js';
import { Staleness } from '../../../src/switches/kamailio/evapi-staleness.js';
import { AdmissionFixture, type LogLine, recordingLog } from '../../admission/admission-fixture.js';
import { checkPayload, type InviteTexts, SUSPENDED, statePayload } from './evapi-fixture.js';

const desk = suite('switches/kamailio/evapi-desk');

class DeskBench {
  readonly figures = new SwitchFigures('kamailio-evapi');
  readonly log: LogLine[] = [];
  readonly admission: AdmissionFixture;
  readonly #desk: EvapiDesk;

  constructor(trunks: readonly TrunkSettings[] = []) {
    this.admission = new AdmissionFixture({ trunks });
    this.#desk = new EvapiDesk({
      intake: this.admission.intake,
      trunks: this.admission.state.trunks,
      switchId: 'kamailio',
      staleness: new Staleness(),
      figures: this.figures,
      log: recordingLog(this.log),
      nowMs: () => this.admission.now,
    });
  }

  take(payload: string): Record<string, unknown> | undefined {
    const answer = this.#desk.take(payload);
    return answer === undefined ? undefined : (JSON.parse(answer) as Record<string, unknown>);
  }

  /** The fifth answer to five calls, each with texts of its own. */
  fifth(textsOf: (caller: number) => InviteTexts): Record<string, unknown> | undefined {
    return [1, 2, 3, 4, 5]
      .map((caller) => this.take(checkPayload({ call_id: `c${caller}`, ...textsOf(caller) })))
      .at(-1);
  }
}

const TRUSTED: TrunkSettings = {
  name: 'lagos',
  sources: ['192.0.2.0/24'],
  trustIdentity: true,
  trustDiversion: true,
  rejectProfile: '603',
};

desk('the fifth of five callers is rejected, as the profile has it', () => {
  const bench = new DeskBench();
  const answer = bench.fifth((caller) => ({ from: `sip:+234803000000${caller}@192.0.2.7` }));
  assert.equal(answer, {
    type: 'verdict',
    ...SUSPENDED,
    verdict: 'reject',
    screened: 1,
    status: 608,
    phrase: 'Rejected',
    reason: 'SIP;cause=608;text="Rejected"',
    call_info: '',
  });
  assert.is(bench.admission.calls.size, 4);
  assert.is(bench.figures.events, 5);
});

desk('P-Asserted-Identity and Diversion count where the trunk is trusted with them, and nowhere else', () => {
  const asserted = (caller: number): InviteTexts => ({
    p_asserted_identity: `"A" <sip:+234803000000${caller}@a>,<tel:+1>`,
    diversion: '<sip:1@a>,<sip:+2348077777777@a>',
  });
  assert.is(new DeskBench([TRUSTED]).fifth(asserted)?.['status'], 603);
  assert.is(new DeskBench().fifth(asserted)?.['verdict'], 'allow');
  assert.is(
    new DeskBench([TRUSTED]).fifth((caller) => ({ ...asserted(caller), source_ip: '198.51.100.1' }))?.[
      'verdict'
    ],
    'allow',
  );
});

desk('a trunk that the script names applies, wherever the call comes from', () => {
  const bench = new DeskBench([TRUSTED]);
  const answer = bench.fifth((caller) => ({
    from: `sip:+234803000000${caller}@a`,
    source_ip: '198.51.100.1',
    trunk: 'lagos',
  }));
  assert.is(answer?.['status'], 603);
});

desk('an emergency is let through by its Priority, its namespace, or its number', () => {
  const marks: InviteTexts[] = [{ priority: 'Emergency' }, { resource_priority: 'esnet.0' }];
  for (const mark of marks) {
    const answer = new DeskBench().fifth((caller) => ({ from: `sip:+234803000000${caller}@a`, ...mark }));
    assert.is(answer?.['verdict'], 'allow');
  }
});

desk('a check that nobody waits for counts and has no answer', () => {
  const bench = new DeskBench();
  assert.is(bench.take(checkPayload({}, {})), undefined);
  assert.is(bench.admission.state.counters.totals().checks, 1);
});

desk('a call that is not held and should have been is torn down', () => {
  const bench = new DeskBench();
  for (let caller = 1; caller <= 5; caller++)
    bench.take(checkPayload({ call_id: `c${caller}`, from: `sip:+234803000000${caller}@a` }, {}));
  bench.admission.settle();
  assert.equal(
    bench.admission.orders.map(({ callId }) => callId),
    ['c5'],
  );
});

desk('a repeated check has the same answer and counts once', () => {
  const bench = new DeskBench();
  assert.equal(bench.take(checkPayload()), bench.take(checkPayload()));
  const answer = bench.fifth(() => ({ call_id: 'c1@host' }));
  assert.is(answer?.['verdict'], 'allow');
});

desk(
  'numbers that break limits are counted by their digests, so that they are no way round the count',
  () => {
    const answer = new DeskBench().fifth((caller) => ({ from: `sip:${'9'.repeat(200)}${caller}@a` }));
    assert.is(answer?.['verdict'], 'reject');
  },
);

desk('a call that breaks a limit goes on at once, flagged as unscreened', () => {
  const bench = new DeskBench();
  const answer = bench.take(checkPayload({ source_ip: 'nowhere' }));
  assert.is(answer?.['verdict'], 'allow');
  assert.is(answer?.['screened'], 0);
  assert.match(String(answer?.['error']), /source_ip/);
  assert.is(bench.figures.dropped('malformed'), 1);
});

desk('a message that makes no sense is answered where somebody waits', () => {
  const bench = new DeskBench();
  const broken = `{"tindex":${SUSPENDED.tindex},"tlabel":${SUSPENDED.tlabel},"type":"check","from":"`;
  assert.is(bench.take(broken)?.['screened'], 0);
  assert.is(bench.take('{'), undefined);
  assert.is(bench.figures.dropped('malformed'), 2);
});

desk('follows a call to its end', () => {
  const bench = new DeskBench();
  bench.take(checkPayload());
  assert.is(bench.admission.calls.find('c1@host', 't1')?.state, 'ringing');
  bench.take(statePayload('answered'));
  assert.is(bench.admission.calls.find('c1@host', 't1')?.state, 'answered');
  bench.take(statePayload('ended'));
  assert.is(bench.admission.calls.size, 0);
});

desk('a call that went on unscreened is known from its answer on', () => {
  const bench = new DeskBench();
  bench.take(statePayload('answered'));
  assert.is(bench.admission.calls.find('c1@host', 't1')?.switchId, 'kamailio');
});

desk('checks that have lain about are dropped: together they would look like an attack', () => {
  const bench = new DeskBench();
  const at = 1_795_576_779;
  bench.take(checkPayload({}, { ...SUSPENDED, at }));
  bench.admission.now += 20_000;
  for (let second = 0; second < 17; second++) {
    const texts = { call_id: `late${second}`, from: `sip:+2348030001${second}@a` };
    assert.is(bench.take(checkPayload(texts, { ...SUSPENDED, at: at + second })), undefined);
  }
  assert.is(bench.figures.dropped('overload'), 17);
  assert.is(
    bench.take(checkPayload({ call_id: 'now' }, { ...SUSPENDED, at: at + 20 }))?.['verdict'],
    'allow',
  );
});

desk.run();
