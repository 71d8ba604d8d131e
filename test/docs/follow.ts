/** Does what a document says in a process and a room of its own, and says what came of it. */
import { spawn } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { Workshop } from './clone.js';
import { complaintOfOwnMachine, ownMachine } from './own-machine.js';
import { REPOSITORY } from './repository.js';
import { typedIn } from './steps.js';
import { hostNames } from './taken-for-granted.js';

/** Where documents share the ports of this machine. */
const ONE_AFTER_THE_OTHER = ['flock', join(tmpdir(), 'acm-documents.lock')];
const RUN = fileURLToPath(new URL('./document-run.ts', import.meta.url));

/** Adds a case for each document. @param shows whether to print what was typed also where all went well. */
export function followEach(test: Test, documents: readonly string[], shows: boolean): void {
  let workshop: Workshop;
  let complaint: string | undefined;
  test.before(async () => {
    workshop = await Workshop.open();
    complaint = complaintOfOwnMachine(workshop.directory);
    if (complaint !== undefined)
      console.log(
        `\nnote: no machine of its own for a document (${complaint}): they use this one and its ports`,
      );
  });
  test.after(() => workshop.close());
  for (const document of documents) {
    test(`does what ${document} says`, async () => {
      const { code, output } = await follow(document, workshop, complaint === undefined);
      if (shows || code !== 0) console.log(`\n${output}`);
      assert.is(code, 0, 'what it says above went wrong');
    });
  }
}

async function follow(
  document: string,
  workshop: Workshop,
  onOwnMachine: boolean,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const typed = typedIn(readFileSync(join(REPOSITORY, document), 'utf8'));
  if (typed === '') return { code: 0, output: `${document} tells nobody to type anything` };
  const room = workshop.roomFor(document);
  const names = hostNames(typed);
  if (!onOwnMachine) await demandNames(names);
  const prefix = onOwnMachine ? ownMachine(room, names) : ONE_AFTER_THE_OTHER;
  const [program = '', ...args] = [...prefix, process.execPath, ...process.execArgv, RUN, document, room];
  const child = spawn(program, args, { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const take = (chunk: Buffer): void => {
    output += chunk;
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const [code] = await once(child, 'close');
  rmSync(room, { recursive: true, force: true });
  return { code, output };
}

/** Names of other machines lead to this one only on a machine of its own, or where somebody has seen to it. */
async function demandNames(names: readonly string[]): Promise<void> {
  for (const name of names) {
    const found = await lookup(name).catch(() => undefined);
    if (found?.address !== '127.0.0.1')
      throw new Error(
        `run this as root, or let these names lead to 127.0.0.1 in /etc/hosts: ${names.join(' ')}`,
      );
  }
}
