/** Opens the database in the directory in its argument and writes pairs of rows, saying the number of each that is in. */
import { EmbeddedDatabase } from '../../src/store/embedded-database.js';

const database = await EmbeddedDatabase.open(process.argv[2]!);
await database.run([{ text: 'CREATE TABLE pairs (n int, half text)' }]);
for (let n = 0; ; n++) {
  await database.run([
    { text: `INSERT INTO pairs VALUES ($1, 'first')`, values: [n] },
    { text: `INSERT INTO pairs VALUES ($1, 'second')`, values: [n] },
  ]);
  process.stdout.write(`${n}\n`);
}
