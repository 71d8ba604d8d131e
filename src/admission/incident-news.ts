/** What other sidecars are to be told of incidents and blocks: those that have opened, grown or been made here. */
import type { BlockNews, SidecarNews } from './exchange-ports.js';
import type { Incident, Incidents, StoredIncident } from './incident.js';

/** Most incidents told at a time, and most blocks; the rest follows with the next news. */
export const TOLD_MAX = 1_000;
/** Most blocks that wait; beyond it the oldest is dropped. The shared store has them all. */
const BLOCKS_MAX = 10_000;
/** Blocks that have waited longer are dropped: by then the store has told of them, and people may have lifted them. */
const BLOCK_AGE_MS_MAX = 60_000;

export interface IncidentNewsParts {
  readonly incidents: Pick<Incidents, 'takeUntold' | 'tellAgain' | 'isOpen' | 'walk'>;
  /** Monotonic, whole milliseconds. */
  readonly now: () => number;
}

export class IncidentNews {
  readonly #parts: IncidentNewsParts;
  /** Collected, and not stored yet as far as is known. */
  #incidents = new Set<Incident>();
  /** Oldest first; those before `#collectedBlocks` have been collected. */
  #blocks: { readonly block: BlockNews; readonly madeMs: number }[] = [];
  #collectedBlocks = 0;
  #blocksDropped = 0;

  constructor(parts: IncidentNewsParts) {
    this.#parts = parts;
  }

  /** Blocks that nobody was told of, for want of room or because they had waited too long. */
  get blocksDropped(): number {
    return this.#blocksDropped;
  }

  /** A block has been made here. */
  blocked(block: BlockNews): void {
    if (this.#blocks.length >= BLOCKS_MAX) this.#dropBlocks(1);
    this.#blocks.push({ block, madeMs: this.#parts.now() });
  }

  /** What is new since the last `published()`; the same again, and more, until then. */
  collect(): Pick<SidecarNews, 'blocks' | 'incidents'> {
    const { incidents } = this.#parts;
    for (const incident of this.#incidents) if (!incidents.isOpen(incident)) this.#incidents.delete(incident);
    for (const incident of incidents.takeUntold(TOLD_MAX - this.#incidents.size))
      this.#incidents.add(incident);
    this.#dropStaleBlocks();
    this.#collectedBlocks = Math.min(this.#blocks.length, TOLD_MAX);
    return {
      blocks: this.#blocks.slice(0, this.#collectedBlocks).map(({ block }) => block),
      incidents: [...this.#incidents].map(storedOf),
    };
  }

  /** What was collected last has been stored. */
  published(): void {
    this.#incidents.clear();
    this.#blocks.splice(0, this.#collectedBlocks);
    this.#collectedBlocks = 0;
  }

  /** Others may have lost what they were told: every open incident is told again. Blocks are not: people may have lifted them. */
  rewind(): void {
    for (const incident of this.#parts.incidents.walk()) this.#parts.incidents.tellAgain(incident);
  }

  #dropStaleBlocks(): void {
    const sinceMs = this.#parts.now() - BLOCK_AGE_MS_MAX;
    const fresh = this.#blocks.findIndex(({ madeMs }) => madeMs >= sinceMs);
    this.#dropBlocks(fresh === -1 ? this.#blocks.length : fresh);
  }

  #dropBlocks(count: number): void {
    if (count === 0) return;
    this.#blocks.splice(0, count);
    this.#collectedBlocks = Math.max(this.#collectedBlocks - count, 0);
    this.#blocksDropped += count;
  }
}

function storedOf(incident: Incident): StoredIncident {
  const { alertId, bNumber, exempt, openedMs, lastDetectionMs, distinctMax, severity } = incident;
  return { alertId, bNumber, exempt, openedMs, lastDetectionMs, distinctMax, severity };
}
