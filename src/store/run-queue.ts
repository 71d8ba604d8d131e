/**
 * Runs on their way to a worker that takes one at a time. Each has its deadline from when it was asked for: one that
 * still waits then is never sent, and the reply to one that was sent is ignored.
 */
import type { Schedule } from './schedule.js';
import { unavailable } from './store-errors.js';

/** Runs that may wait for the worker; beyond it the newest is turned away. */
const WAITING_MAX = 100;
/** Milliseconds past its deadline after which a run has not merely taken long: the worker is stuck. */
const STUCK_MS = 30_000;

export interface RunQueueOptions<Order> {
  /** Names the worker's database in messages. */
  readonly peer: string;
  readonly send: (order: Order) => void;
  /** The worker has not answered for a long time, and never will: end it, and then tell by `fail`. */
  readonly giveUp: () => void;
  readonly schedule: Schedule;
}

interface Run<Order, Reply> {
  readonly order: Order;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
  timer: { cancel(): void };
}

export class RunQueue<Order, Reply> {
  readonly #options: RunQueueOptions<Order>;
  #waiting: Run<Order, Reply>[] = [];
  #current: Run<Order, Reply> | undefined;
  #failure: Error | undefined;

  constructor(options: RunQueueOptions<Order>) {
    this.#options = options;
  }

  /**
   * @param deadlineMs milliseconds from now.
   * @throws AcmError ACM_STORE_UNAVAILABLE after the deadline, when too many wait, and after `fail`.
   */
  run(order: Order, deadlineMs: number): Promise<Reply> {
    const { peer, schedule } = this.#options;
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#waiting.length >= WAITING_MAX)
      return Promise.reject(unavailable(`${peer} has too much to do: ${WAITING_MAX} requests wait`));
    return new Promise((resolve, reject) => {
      const timer = schedule(() => this.#expire(run, deadlineMs), deadlineMs);
      const run: Run<Order, Reply> = { order, resolve, reject, timer };
      this.#waiting.push(run);
      this.#next();
    });
  }

  /** The worker's reply to the run that it was sent last. */
  settle(reply: Reply | Error): void {
    const run = this.#current;
    if (run === undefined) return;
    this.#current = undefined;
    run.timer.cancel();
    if (reply instanceof Error) run.reject(reply);
    else run.resolve(reply);
    this.#next();
  }

  /** Turns away those that wait, and all that come; the run under way may still be answered. */
  refuse(failure: Error): void {
    this.#failure ??= failure;
    for (const run of this.#waiting.splice(0)) this.#drop(run);
  }

  /** There is no worker any more. */
  fail(failure: Error): void {
    this.refuse(failure);
    if (this.#current !== undefined) this.#drop(this.#current);
    this.#current = undefined;
  }

  #drop(run: Run<Order, Reply>): void {
    run.timer.cancel();
    run.reject(this.#failure!);
  }

  #next(): void {
    if (this.#current !== undefined) return;
    this.#current = this.#waiting.shift();
    if (this.#current !== undefined) this.#options.send(this.#current.order);
  }

  #expire(run: Run<Order, Reply>, deadlineMs: number): void {
    const { peer, schedule, giveUp } = this.#options;
    run.reject(unavailable(`${peer} did not answer within ${deadlineMs} ms`));
    if (run === this.#current) run.timer = schedule(giveUp, STUCK_MS);
    else this.#waiting = this.#waiting.filter((each) => each !== run);
  }
}
