/** A CheckCall whose request has arrived half, as gRPC over HTTP/2. */
import { once } from 'node:events';
import { type ClientHttp2Stream, connect, type SecureClientSessionOptions } from 'node:http2';

/** b_number "112", as a gRPC frame: no compression, 5 bytes. */
const FRAME = Buffer.from([0, 0, 0, 0, 5, 0x1a, 3, 0x31, 0x31, 0x32]);
const SENT_FIRST = 7;

export interface HalfCall {
  readonly stream: ClientHttp2Stream;
  /** Sends the rest. @returns the gRPC status of the answer, `0` for OK. */
  end(): Promise<string>;
}

/** @param origin http://host:port, or https:// with what TLS takes in `tls`. */
export async function beginCall(origin: string, tls: SecureClientSessionOptions = {}): Promise<HalfCall> {
  const session = connect(origin, tls);
  await once(session, 'connect');
  const stream = session.request({
    ':method': 'POST',
    ':path': '/acm.v1.DetectionService/CheckCall',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.write(FRAME.subarray(0, SENT_FIRST));
  // Once the ping is answered, the sidecar has what was sent before it.
  await new Promise((resolve) => session.ping(resolve));
  return {
    stream,
    async end() {
      const trailers = once(stream, 'trailers');
      stream.resume().end(FRAME.subarray(SENT_FIRST));
      const [{ 'grpc-status': status }] = await trailers;
      session.close();
      return status;
    },
  };
}
