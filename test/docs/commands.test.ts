/**
 * Each document's commands, typed in order on a machine of its own: see CONTRIBUTING.md for how they are written.
 * With arguments, only these documents: `npx tsx test/docs/commands.test.ts docs/backup.md`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Workshop } from './clone.js';
import { complaintOfOwnMachine, ownMachine } from './own-machine.js';
import { documents, REPOSITORY } from './repository.js';
import { typedIn } from './steps.js';
import { hostNames } from './taken-for-granted.js';

const test = suite('docs/commands');

const RUN = fileURLToPath(new URL('./document-run.ts', import.meta.url));

let workshop: Workshop;
let complaint: string | undefined;

test.before(() => {
  workshop = new Workshop();
  complaint = complaintOfOwnMachine(workshop.directory);
  if (complaint !== undefined)
    console.log(
      `\nnote: no machine of its own for a document (${complaint}): they use this one, with its ports`,
    );
});
test.after(() => workshop.close());

async function follow(document: string): Promise<void> {
  const typed = typedIn(readFileSync(join(REPOSITORY, document), 'utf8'));
  if (typed === '') return;
  const room = workshop.roomFor(document);
  const prefix = complaint === undefined ? ownMachine(room, hostNames(typed)) : [];
  const [program = '', ...args] = [...prefix, process.execPath, ...process.execArgv, RUN, document, room];
  const child = spawn(program, args, { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  const [code] = await once(child, 'close');
  if (process.argv.length > 2) console.log(`\n${output}`);
  assert.is(code, 0, output);
}

const wanted = process.argv.slice(2);
for (const document of wanted.length > 0 ? wanted : documents())
  test(`does what ${document} says`, () => follow(document));

test.run();
