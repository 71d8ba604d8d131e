import { readFileSync } from 'node:fs';

// Read, not imported: the compiler would copy package.json into dist, where Node would take it for another package.
const manifest = JSON.parse(readFileSync(new URL(import.meta.resolve('#package')), 'utf8')) as {
  version: string;
};

/** Version of the sidecar, as package.json has it. */
export const version: string = manifest.version;
