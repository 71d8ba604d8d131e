/** What a sidecar tells as the bytes of an acm.v1.WindowDelta, and back. What comes in may be anything. */
import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { BlockNews, PeerId, SidecarNews } from '../admission/exchange-ports.js';
import type { StoredIncident } from '../admission/incident.js';
import type { Severity } from '../detection/masking-rule.js';
import type { NamedObservation } from '../detection/observations.js';
import { AcmError } from '../errors.js';
import { type OpenIncident, type PairBlock, WindowDelta } from '../gen/acm/v1/window.js';
import { AGE_MS_MAX, ageOf, malformed, packRecords, unpackRecords } from './observation-records.js';
import type { Seal } from './sealed-news.js';
import type { StoreClock } from './store-clock.js';

/** A delta is at most so long. */
export const DELTA_BYTES_MAX = 1_048_576;
/** Named calls, blocks and incidents of one delta, together: more of them would take too long to look at. */
const RECORDS_MAX = 50_000;
const ID_BYTES = 16;
/** As checks take them; names of places where callers hide are longer. */
const TEXT_MAX = 256;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
/** Spans of time beyond ten years are no spans of time. */
const SPAN_MS_MAX = 315_576_000_000;
const SEVERITIES: readonly Severity[] = ['none', 'medium', 'high', 'critical'];
const EMPTY: WindowDelta = WindowDelta.decode(new Uint8Array(0));

/** What a delta says beside its news. */
export interface DeltaHead {
  readonly peer: PeerId;
  /** From 1. */
  readonly number: number;
  readonly signingOff: boolean;
}

export interface IncomingDelta extends DeltaHead {
  /** By the store's clock. */
  readonly sentAtMs: number;
  /** By the own clock, whole milliseconds, not in the future. */
  readonly sentMs: number;
  readonly news: SidecarNews;
}

export interface DeltaCodecOptions {
  readonly clock: Pick<StoreClock, 'offsetMs'>;
  /** Set where phone numbers are not to be stored as they are. */
  readonly seal?: Seal | undefined;
}

export class DeltaCodec {
  readonly #clock: Pick<StoreClock, 'offsetMs'>;
  readonly #seal: Seal | undefined;

  constructor({ clock, seal }: DeltaCodecOptions) {
    this.#clock = clock;
    this.#seal = seal;
  }

  /** @param nowMs by the own clock; the store's must be known. */
  pack({ peer, number, signingOff }: DeltaHead, news: SidecarNews, nowMs: number): Buffer {
    const { offsetMs } = this.#clock;
    const sentAtMs = Math.round(nowMs + offsetMs);
    const sidecarId = idBytes(peer.id);
    const open = openParts(news, offsetMs, sentAtMs);
    const head = { sidecarId, number, sentAtMs };
    const sealed = this.#seal?.seal(WindowDelta.encode({ ...EMPTY, ...open }).finish(), head);
    return encoded({
      ...head,
      sidecarName: peer.name,
      rulesRevision: news.rulesRevision,
      signingOff,
      ...(sealed === undefined ? open : { sealed }),
    });
  }

  /**
   * @param nowMs by the own clock. What is ahead of it is taken for now: clocks are known to a few milliseconds.
   * @returns undefined for a probe.
   * @throws AcmError ACM_INVALID_ARGUMENT for what is no delta, ACM_FORBIDDEN for one that is not sealed as ours are.
   */
  unpack(bytes: Buffer, nowMs: number): IncomingDelta | undefined {
    const delta = decoded(bytes);
    if (delta.sidecarId.length !== ID_BYTES) throw malformed('the sidecar_id is not of 16 bytes');
    if (delta.probe.length > 0) return undefined;
    if (delta.number < 1) throw malformed('the number is 0');
    const parts = this.#opened(delta);
    const sentMs = Math.round(delta.sentAtMs - this.#clock.offsetMs);
    const latestMs = Math.floor(nowMs);
    return {
      peer: { id: uuidOf(delta.sidecarId), name: checkText(delta.sidecarName, 'sidecar_name') },
      number: delta.number,
      signingOff: delta.signingOff,
      sentAtMs: delta.sentAtMs,
      sentMs: Math.min(sentMs, latestMs),
      news: {
        observations: {
          ...unpackRecords(parts.observations, sentMs, latestMs),
          named: parts.namedObservations.map((call) => namedCallOf(call, sentMs, latestMs)),
        },
        blocks: parts.blocks.map((block) => blockOf(block, sentMs)),
        incidents: parts.incidents.map((incident) => incidentOf(incident, sentMs, latestMs)),
        rulesRevision: delta.rulesRevision,
      },
    };
  }

  #opened(delta: WindowDelta): WindowDelta {
    const isSealed = delta.sealed.length > 0;
    if (this.#seal === undefined) {
      if (!isSealed) return delta;
      throw new AcmError('ACM_FORBIDDEN', 'it is sealed, and ACM_NUMBER_PRIVACY is plain here');
    }
    if (!isSealed)
      throw new AcmError('ACM_FORBIDDEN', 'it is not sealed, and ACM_NUMBER_PRIVACY is hash here');
    return decoded(this.#seal.open(delta.sealed, delta));
  }
}

/** A delta that says nothing but random bytes. */
export function packProbe(peer: PeerId, probe: Buffer): Buffer {
  return encoded({ sidecarId: idBytes(peer.id), sidecarName: peer.name, probe });
}

/** Whether a delta is one of this sidecar, without decoding it: its id comes first. */
export function isOwn(bytes: Buffer, ownId: Buffer): boolean {
  return bytes[0] === 0x0a && bytes[1] === ID_BYTES && ownId.equals(bytes.subarray(2, 2 + ID_BYTES));
}

export function idBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

type OpenParts = Pick<WindowDelta, 'observations' | 'namedObservations' | 'blocks' | 'incidents'>;

function encoded(parts: Partial<WindowDelta>): Buffer {
  return Buffer.from(WindowDelta.encode({ ...EMPTY, ...parts }).finish());
}

function openParts(news: SidecarNews, offsetMs: number, sentAtMs: number): OpenParts {
  const ageMs = (timeMs: number): number => ageOf(timeMs, offsetMs, sentAtMs);
  return {
    observations: packRecords(news.observations, offsetMs, sentAtMs),
    namedObservations: news.observations.named
      .map(({ bNumber, aNumber, timeMs }) => ({ bNumber, aNumber, ageMs: ageMs(timeMs) }))
      .filter((call) => call.ageMs <= AGE_MS_MAX),
    blocks: news.blocks.map(({ aNumber, bNumber, expiresMs }) => ({
      aNumber,
      bNumber,
      expiresInMs: Math.max(0, Math.round(expiresMs + offsetMs) - sentAtMs),
    })),
    incidents: news.incidents.map((incident) => ({
      alertId: incident.alertId,
      bNumber: incident.bNumber,
      openedAgeMs: ageMs(incident.openedMs),
      lastDetectionAgeMs: ageMs(incident.lastDetectionMs),
      distinctACount: incident.distinctMax,
      severity: Math.max(1, SEVERITIES.indexOf(incident.severity)),
      exempt: incident.exempt,
    })),
  };
}

function decoded(bytes: Buffer): WindowDelta {
  if (bytes.length > DELTA_BYTES_MAX) throw malformed('it is longer than a delta may be');
  try {
    if (bytes.length > RECORDS_MAX) checkRecords(bytes);
    return WindowDelta.decode(bytes);
  } catch (cause) {
    throw cause instanceof AcmError ? cause : malformed('it is no WindowDelta', cause);
  }
}

/** Fields of a hostile message may be of two bytes each, and each becomes an object: they are counted first. */
function checkRecords(bytes: Buffer): void {
  const reader = new BinaryReader(bytes);
  for (let fields = 0; reader.pos < reader.len; fields++) {
    if (fields > RECORDS_MAX) throw malformed('it holds too many records');
    const [field, wireType] = reader.tag();
    reader.skip(wireType, field);
  }
}

function namedCallOf(
  { bNumber, aNumber, ageMs }: { bNumber: string; aNumber: string; ageMs: number },
  sentMs: number,
  latestMs: number,
): NamedObservation {
  if (ageMs > AGE_MS_MAX) throw malformed('age_ms is larger than a record of bytes could say');
  return {
    bNumber: checkNumber(bNumber, 'b_number'),
    aNumber: checkNumber(aNumber, 'a_number'),
    timeMs: Math.min(latestMs, sentMs - ageMs),
  };
}

function blockOf({ aNumber, bNumber, expiresInMs }: PairBlock, sentMs: number): BlockNews {
  return {
    aNumber: checkNumber(aNumber, 'a_number'),
    bNumber: checkNumber(bNumber, 'b_number'),
    expiresMs: sentMs + checkSpan(expiresInMs, 'expires_in_ms'),
  };
}

function incidentOf(incident: OpenIncident, sentMs: number, latestMs: number): StoredIncident {
  const { alertId, bNumber, distinctACount, exempt } = incident;
  if (!UUID.test(alertId)) throw malformed('alert_id is no UUID');
  const severity = SEVERITIES[incident.severity];
  if (severity === undefined || severity === 'none') throw malformed('severity is none of 1, 2 and 3');
  const openedMs = Math.min(latestMs, sentMs - checkSpan(incident.openedAgeMs, 'opened_age_ms'));
  const lastAgeMs = checkSpan(incident.lastDetectionAgeMs, 'last_detection_age_ms');
  const lastDetectionMs = Math.min(latestMs, sentMs - lastAgeMs);
  if (lastDetectionMs < openedMs) throw malformed('the newest detection is older than the first');
  return {
    alertId,
    bNumber: checkNumber(bNumber, 'b_number'),
    exempt,
    openedMs,
    lastDetectionMs,
    distinctMax: distinctACount,
    severity,
  };
}

function checkSpan(spanMs: number, field: string): number {
  if (spanMs > SPAN_MS_MAX) throw malformed(`${field} is longer than ten years`);
  return spanMs;
}

function checkNumber(text: string, field: string): string {
  if (text === '') throw malformed(`${field} is empty`);
  return checkText(text, field);
}

function checkText(text: string, field: string): string {
  if (text.length > TEXT_MAX) throw malformed(`${field} is too long`);
  return text;
}
