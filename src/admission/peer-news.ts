/** What becomes of the news of other sidecars: their calls are counted, their incidents taken up, their blocks obeyed. */
import type { CallerWindow } from '../detection/caller-window.js';
import type { NumberKeys } from '../detection/number-keys.js';
import { mergeObservations } from '../detection/window-merge.js';
import { AcmError } from '../errors.js';
import type { Aftermath } from './aftermath.js';
import type { Blocks } from './blocks.js';
import { checkText, NUMBER_MAX } from './call-attempt.js';
import { isAnonymousToken } from './caller-key.js';
import type { BlockNews, NewsSink, PeerId, SidecarNews } from './exchange-ports.js';
import type { Exemptions } from './exemptions.js';
import type { Incidents, StoredIncident } from './incident.js';
import { TOLD_MAX } from './incident-news.js';
import type { Peers } from './peers.js';
import type { Policies } from './policy.js';
import type { SpreadAttacks } from './spread-attacks.js';

/** Most lives of other sidecars that are remembered; beyond it the one that was heard of first is forgotten. */
const PEERS_MAX = 10_000;
/** No attack is taken for older than this: 30 days. */
const INCIDENT_MS_MAX = 30 * 86_400_000;
/** The store counts callers in 32 bits. */
const DISTINCT_MAX = 2 ** 31 - 1;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

export interface PeerNewsParts {
  readonly keys: NumberKeys;
  readonly window: CallerWindow;
  readonly policies: Policies;
  readonly incidents: Incidents;
  readonly blocks: Pick<Blocks, 'add'>;
  readonly exemptions: Exemptions;
  readonly aftermath: Pick<Aftermath, 'heard'>;
  readonly attacks: Pick<SpreadAttacks, 'look' | 'tick'>;
  /** Who is expected to be heard of. */
  readonly peers: Pick<Peers, 'alive' | 'signedOff'>;
  /** Another sidecar has changed rules or alerts in its store. */
  readonly rulesChanged: (revision: number) => void;
  /** Monotonic, whole milliseconds. */
  readonly now: () => number;
}

/** How far a life of another sidecar has been heard. */
interface Progress {
  number: number;
  rulesRevision: number;
}

export class PeerNews implements NewsSink {
  readonly #parts: PeerNewsParts;
  readonly #progress = new Map<string, Progress>();
  #malformed = 0;
  #late = 0;

  constructor(parts: PeerNewsParts) {
    this.#parts = parts;
  }

  /** Calls, incidents and blocks that were told of and that no sidecar can have seen, opened or made. */
  get malformed(): number {
    return this.#malformed;
  }

  /** Calls that were told of when they had left the longest window. */
  get late(): number {
    return this.#late;
  }

  hear(peer: PeerId, number: number, news: SidecarNews, isBacklog: boolean): void {
    const { attacks, keys, now, rulesChanged, window } = this.#parts;
    const nowMs = now();
    const progress = this.#progressOf(peer);
    // Incidents first: what is known by them is not detected once more.
    for (const told of news.incidents.slice(0, TOLD_MAX)) this.#hearIncident(told, nowMs);
    const { bKeys, late, malformed } = mergeObservations(window, keys, news.observations, nowMs);
    this.#late += late;
    this.#malformed += malformed;
    for (const bKey of bKeys) attacks.look(bKey, !isBacklog, nowMs);
    // A block that comes again, or late, may have been lifted meanwhile.
    if (number > progress.number && !isBacklog)
      for (const block of news.blocks.slice(0, TOLD_MAX)) this.#block(block, nowMs);
    progress.number = Math.max(progress.number, number);
    if (news.rulesRevision <= progress.rulesRevision) return;
    progress.rulesRevision = news.rulesRevision;
    if (!isBacklog) rulesChanged(news.rulesRevision);
  }

  alive(peer: PeerId, timeMs: number): void {
    this.#parts.peers.alive(peer, timeMs, this.#parts.now());
  }

  signedOff(peer: PeerId): void {
    this.#parts.peers.signedOff(peer, this.#parts.now());
  }

  /** Opens the alerts of attacks that nobody has told of in time. To be called at each interval of the exchange. */
  tick(nowMs: number): void {
    this.#parts.attacks.tick(nowMs);
  }

  #progressOf({ id }: PeerId): Progress {
    const known = this.#progress.get(id);
    if (known !== undefined) return known;
    if (this.#progress.size >= PEERS_MAX) this.#progress.delete(this.#progress.keys().next().value!);
    const progress = { number: 0, rulesRevision: 0 };
    this.#progress.set(id, progress);
    return progress;
  }

  #hearIncident(told: StoredIncident, nowMs: number): void {
    const { aftermath, exemptions, incidents, keys, policies } = this.#parts;
    if (!isSensible(told)) {
      this.#malformed++;
      return;
    }
    const bKey = keys.acquireCanonical(told.bNumber);
    const exempt = told.exempt || exemptions.covers(told.bNumber, false, undefined);
    const heard = incidents.hear(bKey, policies.find(bKey, ''), { ...within(told, nowMs), exempt }, nowMs);
    keys.release(bKey);
    if (heard === undefined || heard.change === 'none') return;
    aftermath.heard(heard.incident, heard.incident.alertId === told.alertId ? told.severity : 'none');
  }

  #block({ aNumber, bNumber, expiresMs }: BlockNews, nowMs: number): void {
    const { blocks, exemptions, keys } = this.#parts;
    if (!isNumber(bNumber) || !isNumber(aNumber) || !Number.isFinite(expiresMs)) {
      this.#malformed++;
      return;
    }
    if (expiresMs <= nowMs || exemptions.covers(bNumber, false, undefined)) return;
    const [bKey, aKey] = [keys.acquireCanonical(bNumber), keys.acquireCanonical(aNumber)];
    blocks.add(bKey, aKey, expiresMs);
    keys.release(aKey);
    keys.release(bKey);
  }
}

/** Other sidecars' clocks are a few milliseconds off. */
function within(told: StoredIncident, nowMs: number): StoredIncident {
  const lastDetectionMs = Math.min(told.lastDetectionMs, nowMs);
  const openedMs = Math.min(Math.max(told.openedMs, nowMs - INCIDENT_MS_MAX), lastDetectionMs);
  return { ...told, openedMs, lastDetectionMs };
}

/** What the store would not take is not taken here. */
function isSensible({
  alertId,
  bNumber,
  openedMs,
  lastDetectionMs,
  distinctMax,
  severity,
}: StoredIncident): boolean {
  const areTimes = Number.isFinite(openedMs) && Number.isFinite(lastDetectionMs);
  const isCount = Number.isInteger(distinctMax) && distinctMax >= 1 && distinctMax <= DISTINCT_MAX;
  return areTimes && isCount && severity !== 'none' && UUID.test(alertId) && isNumber(bNumber);
}

/** Callers who hide their number are never blocked, and nobody is called by such a text. */
function isNumber(text: string): boolean {
  if (text === '' || isAnonymousToken(text)) return false;
  try {
    checkText('number', text, NUMBER_MAX);
    return true;
  } catch (error) {
    if (error instanceof AcmError) return false;
    throw error;
  }
}
