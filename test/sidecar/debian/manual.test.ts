/** docs/debian.md, followed to the letter on a machine that systemd runs: a case for each block of commands, in order. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Block, blocksOf } from '../../docs/markdown.js';
import { buildPackage } from './built-package.js';
import { bootScratchMachine, type ScratchMachine } from './scratch-machine.js';

const test = suite('sidecar/debian/manual');

const blocks = blocksOf(readFileSync('docs/debian.md', 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'acm-manual-'));
const machine = await bootScratchMachine(folder);
if (typeof machine === 'string')
  console.log(
    `\nnote: no systemd can be booted here (${machine}): the manual is built from, and not followed`,
  );
else machine.must('useradd', 'ada');

test.after(async () => {
  if (typeof machine !== 'string') await machine.stop();
  rmSync(folder, { recursive: true });
});

test('begins by building the package', () => {
  assert.is(blocks[0]?.text, 'make deb');
  assert.match(readFileSync('Makefile', 'utf8'), /^deb: .*\n\tsidecar\/debian\/build-deb\.sh$/m);
  mkdirSync(join(folder, 'dist'));
  assert.match(buildPackage(join(folder, 'dist')), /\/acm-sidecar_[\d.]+_\w+\.deb$/);
});

for (const { language, text, line } of blocks.slice(1)) {
  if (typeof machine === 'string') break;
  const name = `line ${line}: ${text.split('\n')[0]}`;
  if (language === 'sh') test(name, () => follow(machine, text));
  else if (language === 'ini') test(name, () => dropIn(machine, text));
}

test('has blocks of commands and of settings, and no others', () => {
  const known = ({ language }: Block): boolean => language === 'sh' || language === 'ini';
  assert.equal(
    blocks.filter((block) => !known(block)),
    [],
  );
  assert.ok(blocks.filter(({ language }) => language === 'sh').length > 10);
});

function follow(machine: ScratchMachine, commands: string): void {
  const output = machine.must('sh', '-euc', `cd /mnt\n${commands}`);
  if (commands.startsWith('acm check'))
    assert.match(output, /^(\S+ +ALLOW .*\n){4}\S+ +REJECT +masking .*\n/);
  // Written into the file by the block before.
  if (commands.startsWith('systemd-run')) assert.match(output, /^ACM_ENFORCEMENT=shadow$/m);
}

/** Uses a drop-in as `systemctl edit` would write it. */
function dropIn(machine: ScratchMachine, text: string): void {
  writeFileSync(join(folder, 'override.conf'), text);
  machine.must(
    'install',
    '-D',
    '/mnt/override.conf',
    '/etc/systemd/system/acm-sidecar.service.d/override.conf',
  );
  machine.must('systemctl', 'daemon-reload');
  for (const given of text.split('\n').filter((line) => line.includes('='))) {
    const [property = '', value = ''] = given.split('=');
    const bytes = String(Number(value.replace('G', '')) * 2 ** 30);
    assert.is(
      machine.must('systemctl', 'show', '--value', '--property', property, 'acm-sidecar').trim(),
      bytes,
    );
  }
}

test.run();
