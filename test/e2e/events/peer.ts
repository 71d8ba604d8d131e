/** Processes that put load onto a sidecar: each is given tasks, one after the other, and answers with figures. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Milliseconds that a task may take. */
const TASK_MS_MAX = 60_000;

export interface CallTask {
  /** `host:port` of gRPC. */
  readonly address: string;
  readonly seconds: number;
  readonly attackEveryMs: number;
}

export interface CallFigures {
  readonly perSecond: number;
  readonly failed: number;
  readonly attacks: number;
  /** Latency as the client sees it, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

export type ListenerTask =
  | { readonly kind: 'open'; readonly url: string; readonly count: number }
  | { readonly kind: 'look' | 'close' };

export interface ListenerFigures {
  readonly listening: number;
  /** Times that an id did not follow the one before. */
  readonly gaps: number;
  /** Alerts that one client has heard of, at the least and at the most. */
  readonly alertsLeast: number;
  readonly alertsMost: number;
}

export class Peer<Task extends object, Figures> {
  readonly #child: ChildProcess;

  /** @param script of this folder. */
  constructor(script: string) {
    this.#child = fork(fileURLToPath(new URL(script, import.meta.url)));
  }

  async ask(task: Task): Promise<Figures> {
    const signal = AbortSignal.timeout(TASK_MS_MAX);
    this.#child.send(task);
    const [figures] = await once(this.#child, 'message', { signal });
    return figures as Figures;
  }

  /** It ends once its parent is gone. */
  stop(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}

/** The peer's side. */
export function serveParent<Task, Figures>(run: (task: Task) => Promise<Figures>): void {
  process.on('message', async (task) => process.send?.(await run(task as Task)));
  process.on('disconnect', () => process.exit());
}
