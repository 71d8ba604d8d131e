/** Plays mischief over a few connections at a time, and holds what comes back against the laws. */
import type { Findings } from './findings.js';
import { complaintAboutEnd, nameOf } from './grpc-laws.js';
import { Http2Peer, type HttpEnd, type Mischief, mischiefFor } from './grpc-mischief.js';
import { leakInRefusal } from './leaks.js';
import type { GrpcMethod } from './proto-contract.js';
import type { SeededRandom } from './seeded-random.js';

const LANES = 16;

export async function playMischief(
  address: string,
  findings: Findings,
  count: number,
  random: SeededRandom,
  next: () => { readonly method: GrpcMethod; readonly message: Buffer },
): Promise<void> {
  let left = count;
  const lane = async (place: number): Promise<void> => {
    const usual = new Http2Peer(address);
    const elsewhere = new Http2Peer(address, `127.0.2.${place + 1}`);
    for (; left > 0; ) {
      left--;
      const { method, message } = next();
      const mischief = mischiefFor(method, message, random);
      const end = await (mischief.fromElsewhere ? elsewhere : usual).play(method.path, mischief);
      note(findings, method, mischief, end);
    }
    usual.close();
    elsewhere.close();
  };
  await Promise.all(Array.from({ length: LANES }, (_, place) => lane(place)));
}

/** Whoever breaks HTTP/2 or leaves is owed no answer; what comes keeps the laws. */
function note(findings: Findings, { path }: GrpcMethod, { what }: Mischief, end: HttpEnd | undefined): void {
  if (end === undefined) {
    findings.count('silence');
    return;
  }
  const { status, grpcStatus, message } = end;
  const ofGrpc = grpcStatus === undefined ? undefined : { code: grpcStatus, details: message };
  findings.count(ofGrpc === undefined ? `HTTP ${status}` : nameOf(ofGrpc));
  findings.note(`${path} ${what}`, complaintAbout(end) ?? (ofGrpc && complaintAboutEnd(ofGrpc)));
}

/** Headers of a request that have no place in an answer: some are secrets, others would end the call. */
const SENT_BACK =
  /"(?:authorization|cookie|x-forwarded-for|user-agent|m0|x-bin)"|malformed|"grpc-message":"%00/;

function complaintAbout({ status: httpStatus, headers }: HttpEnd): string | undefined {
  if (httpStatus >= 500) return `${httpStatus} ${headers}`;
  if (SENT_BACK.test(headers)) return `sends back what it was sent: ${headers.slice(0, 400)}`;
  const leak = leakInRefusal(headers);
  return leak === undefined ? undefined : `gives away: ${leak}`;
}
