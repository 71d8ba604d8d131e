import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { endMarked } from './marked-processes.js';
import { Reader } from './reader.js';
import { stepsOf } from './steps.js';

const test = suite('docs/reader');

/** What a reader of such a document complains of; nothing where all goes well. */
async function complaintAbout(...blocks: string[]): Promise<string> {
  const room = mkdtempSync(join(tmpdir(), 'acm-reader-'));
  for (const each of ['clone', 'home']) mkdirSync(join(room, each));
  const reader = new Reader('x.md', room, () => undefined);
  try {
    await reader.read(stepsOf(blocks.join('\n\n')));
    return '';
  } catch (error) {
    return (error as Error).message;
  } finally {
    reader.close();
    endMarked(String(process.pid));
    rmSync(room, { recursive: true, force: true });
  }
}

const sh = (...lines: string[]): string => ['```sh', ...lines, '```'].join('\n');
const ownTerminal = (...lines: string[]): string => sh('# in a terminal of its own', ...lines);
const transcript = (...lines: string[]): string => ['```console', ...lines, '```'].join('\n');
const LISTEN = `node -e 'net.createServer().listen(0, "127.0.0.1")'`;

test('types everything into one shell, in order', async () => {
  assert.is(
    await complaintAbout(
      sh('export WORD=there', 'mkdir folder', 'cd folder'),
      sh('# a comment', 'test "$WORD" = there && test "$(basename "$PWD")" = folder'),
      sh(
        `cat > list <<'END'`,
        'one',
        'END',
        "grep -c one list | tr -d '\\n' > count",
        'test "$(cat count)" = 1',
      ),
    ),
    '',
  );
});

test('names document, line, command and output of what fails', async () => {
  const complaint = await complaintAbout('# Title', sh('true', 'ls no-such-file'));
  assert.match(complaint, /^x\.md:5: ls no-such-file\nended with 2:\n.*No such file/);
});

test('notices what fails in the middle: of a list, of a pipe', async () => {
  assert.match(await complaintAbout(sh('false && true')), 'ended with 1');
  assert.match(await complaintAbout(sh('false | cat')), 'ended with 1');
  assert.match(await complaintAbout(sh('exit 0')), 'the shell has ended');
});

test('says what to do about a command that no shell can read', () => {
  assert.throws(() => stepsOf(sh("echo 'never closed")), /this command has no end/);
});

test('starts a program in its terminal, waits for it, and ends it by Ctrl-C', async () => {
  assert.is(await complaintAbout(ownTerminal(LISTEN), sh('true')), '');
  assert.is(await complaintAbout(ownTerminal(LISTEN), sh('# stop node -e: Ctrl-C in its terminal')), '');
  assert.match(await complaintAbout(sh('# stop node -e: Ctrl-C in its terminal')), 'nothing that runs');
});

test('notices a program that ends instead of running on', async () => {
  assert.match(await complaintAbout(ownTerminal('echo sorry; exit 0')), /x\.md:2: [\s\S]*sorry/);
  assert.match(
    await complaintAbout(
      ownTerminal('echo hello; until [ -e gone ]; do sleep 0.1; done'),
      sh('touch gone', 'sleep 0.5'),
    ),
    /x\.md:2: [\s\S]*has ended meanwhile/,
  );
});

test('compares what is printed with what is shown', async () => {
  assert.is(await complaintAbout(transcript('$ echo one; echo two', 'one', 'two', '$ echo 3', '3')), '');
  assert.is(await complaintAbout(transcript('$ seq 9', '1', '...', '9')), '');
  assert.is(
    await complaintAbout(
      transcript(
        '$ echo alert 5d3c6f6e-3c0b-4f43-9a53-0c1b77f7a1a4 at 2026-11-25T10:00:00Z, 12 ms',
        'alert 00000000-0000-0000-0000-000000000000 at 2020-01-01T00:00:00Z, 1 ms',
      ),
    ),
    '',
  );
  assert.match(
    await complaintAbout(transcript('$ echo one', 'two')),
    /printed\none\n\nwhere the document shows\ntwo/,
  );
  assert.match(await complaintAbout(transcript('$ echo one; echo two', 'one')), 'printed');
});

test('lets a stand-in refuse what the real program would', async () => {
  assert.match(await complaintAbout(sh('kubectl gett pods')), 'it has no verb "gett"');
  assert.match(
    await complaintAbout(sh('sudo systemctl start acm-sidecart')),
    'there is no unit acm-sidecart',
  );
  assert.match(await complaintAbout(sh('sudo apt-get install ./no-such-file.deb')), 'there is no file');
  assert.match(await complaintAbout(sh('docker build -f no/Dockerfile .')), 'there is no no/Dockerfile');
  assert.match(await complaintAbout(sh('drachtio -f nowhere.xml')), 'there is no file nowhere.xml');
  assert.is(await complaintAbout(sh('kubectl get pods -n acm -l app=x', 'sudo systemctl daemon-reload')), '');
});

test.run();
