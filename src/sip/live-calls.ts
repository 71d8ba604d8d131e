/** The calls that the agent has in hand. */

import type { Call } from './call.js';
import { within } from './deadline.js';

/**
 * Calls by Call-ID and From-tag. There may be several of one name: the branches of a call that was forked upstream
 * (RFC 3261, section 16.6), or the work of an attacker who repeats himself.
 */
export class LiveCalls {
  readonly #calls = new Map<string, Set<Call>>();
  readonly #idleWaiters: (() => void)[] = [];

  add(call: Call): void {
    const key = keyOf(call.invite.callId, call.invite.fromTag);
    const calls = this.#calls.get(key);
    if (calls === undefined) this.#calls.set(key, new Set([call]));
    else calls.add(call);
  }

  remove(call: Call): void {
    const key = keyOf(call.invite.callId, call.invite.fromTag);
    const calls = this.#calls.get(key);
    calls?.delete(call);
    if (calls?.size === 0) this.#calls.delete(key);
    this.noteSettled();
  }

  find(callId: string, fromTag: string): readonly Call[] {
    return [...(this.#calls.get(keyOf(callId, fromTag)) ?? [])];
  }

  *all(): Generator<Call> {
    for (const calls of this.#calls.values()) yield* calls;
  }

  /** To be called when a call's INVITE has its final response. */
  noteSettled(): void {
    if (this.#idleWaiters.length === 0 || this.#isSettingUp()) return;
    for (const wake of this.#idleWaiters.splice(0)) wake();
  }

  /** Waits until every INVITE has its final response, at most `ms` milliseconds. */
  async whenSettled(ms: number): Promise<void> {
    if (!this.#isSettingUp()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idleWaiters.push(resolve);
    await within(promise, ms, undefined);
  }

  #isSettingUp(): boolean {
    for (const call of this.all()) if (!call.settled) return true;
    return false;
  }
}

function keyOf(callId: string, fromTag: string): string {
  return `${callId}\n${fromTag}`;
}
