import { once } from 'node:events';
import { connect } from 'node:http2';
import { setLogger } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { takeLibraryLog } from '../../src/grpc/library-log.js';
import { type LogLine, recordingLog } from '../admission/admission-fixture.js';
import { type ManagementServer, startManagementServer } from '../support/management-server.js';

const test = suite('grpc/library-log');

let server: ManagementServer;
const lines: LogLine[] = [];

test.before(async () => {
  server = await startManagementServer();
  takeLibraryLog(recordingLog(lines));
});

test.after(async () => {
  await server.stop();
  setLogger(console);
});

test('does not write down a header that the library cannot use: it may be a token', async () => {
  const session = connect(`http://${server.address}`);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/acm.v1.PolicyService/GetEnforcement',
    'content-type': 'application/grpc',
    te: 'trailers',
    authorization: 'Bearer s\u00e9cret',
  });
  stream.end(Buffer.alloc(5));
  await once(stream.resume(), 'end');
  session.close();
  assert.equal(
    lines.map(({ message }) => message),
    ['a gRPC request carries metadata that is not printable ASCII'],
  );
  assert.not.match(JSON.stringify(lines), /cret/);
});

test.run();
