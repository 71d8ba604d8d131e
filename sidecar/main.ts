#!/usr/bin/env node
/** The `acm` command. It looks at the version of Node before it loads anything that an old one would stumble over. */
const NODE_MAJOR_MIN = 24;

if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
  console.error(`acm needs Node ${NODE_MAJOR_MIN} or later; this is ${process.version}.`);
  console.error(
    'In the checkout, `npx acm` uses the right one; if it does not, run `npm ci` without --ignore-scripts.',
  );
  process.exit(1);
}
await import('./tune-v8.js');
const { runCommand } = await import('./command-line.js');
await runCommand(process.argv);
