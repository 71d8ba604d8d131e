/** What phones do in these tests, as sipp scenarios. `[a]` and `[b]` are the keys with which sipp is started. */

const SDP = `v=0
      o=- 1 1 IN IP[local_ip_type] [local_ip]
      s=-
      c=IN IP[media_ip_type] [media_ip]
      t=0 0
      m=audio [media_port] RTP/AVP 0
`;

/** The Reason that must stand in what ends a call of an attack. */
const HAS_REASON = `<action><ereg regexp="SIP;cause=608;text=.Rejected." search_in="hdr" header="Reason:"
      check_it="true" assign_to="reason" /></action>`;
/** Its cause alone. */
const HAS_CAUSE = HAS_REASON.replace(';text=.Rejected.', '');
const REFERENCE = '<Reference variables="reason" />';

function scenario(name: string, ...steps: readonly string[]): string {
  return `<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="${name}">\n${steps.join('\n')}\n</scenario>\n`;
}

/** A request of the caller, with the tag of the callee once there is one. */
function callerSends(method: string, cseq: number, target: string, sdp = '', fields = 'X-Test: e2e'): string {
  return `<send${method === 'ACK' ? '' : ' retrans="500"'}><![CDATA[
      ${method} ${target} SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch${method === 'INVITE' ? '' : `-${cseq}`}]
      ${method === 'INVITE' ? fields : '[routes]'}
      From: <sip:[a][call_number]@[local_ip]:[local_port]>;tag=[pid]-[call_number]
      To: <sip:[b]@[remote_ip]:[remote_port]>${method === 'INVITE' ? '' : '[peer_tag_param]'}
      Call-ID: [call_id]
      CSeq: ${method === 'ACK' ? 1 : cseq} ${method}
      Contact: <sip:[a][call_number]@[local_ip]:[local_port]>
      Max-Forwards: 70
      ${sdp === '' ? 'Content-Length: 0' : `Content-Type: application/sdp\n      Content-Length: [len]\n\n      ${sdp}`}

    ]]></send>`;
}

/** A response to what came last; the callee's have a tag of its own. */
function responds(
  line: string,
  { tag = '', via = '[last_Via:]', cseq = '[last_CSeq:]', sdp = '' } = {},
): string {
  return `<send${line.startsWith('200') && sdp !== '' ? ' retrans="500"' : ''}><![CDATA[
      SIP/2.0 ${line}
      ${via}
      [last_Record-Route:]
      [last_From:]
      [last_To:]${tag}
      [last_Call-ID:]
      ${cseq}
      Contact: <sip:callee@[local_ip]:[local_port]>
      ${sdp === '' ? 'Content-Length: 0' : `Content-Type: application/sdp\n      Content-Length: [len]\n\n      ${sdp}`}

    ]]></send>`;
}

const CALLED = 'sip:[b]@[remote_ip]:[remote_port]';
const INVITES = callerSends('INVITE', 1, CALLED, SDP);
const PROGRESS = '<recv response="100" optional="true" />\n<recv response="180" optional="true" />';
const IS_ANSWERED = `${PROGRESS}\n<recv response="200" rrs="true" />\n${callerSends('ACK', 2, '[next_url]')}`;
const TAG = ';tag=[pid]-callee-[call_number]';
const RINGS = responds('180 Ringing', { tag: TAG });
const ANSWERS = `${RINGS}\n${responds('200 OK', { tag: TAG, sdp: SDP })}\n<recv request="ACK" />`;

function isRefused(status: number, action: string): string {
  return `${PROGRESS}\n<recv response="${status}">${action}</recv>\n${callerSends('ACK', 1, CALLED)}`;
}

/** Rings until it is cancelled. The 487 belongs to the INVITE, not to the CANCEL. */
function ringingCallee(check: string): string {
  return scenario(
    'ringing callee',
    `<recv request="INVITE"><action>
      <ereg regexp=".*" search_in="hdr" header="Via:" assign_to="via" />
      <ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="cseq" />
    </action></recv>`,
    RINGS,
    `<recv request="CANCEL">${check}</recv>`,
    responds('200 OK'),
    responds('487 Request Terminated', { tag: TAG, via: 'Via:[$via]', cseq: 'CSeq:[$cseq]' }),
    '<recv request="ACK" />',
    REFERENCE,
  );
}

/** The re-INVITE of the whole call (RFC 3261, section 14). */
const INVITES_AGAIN = callerSends('INVITE', 3, '[next_url]', SDP, '[routes]').replace(
  /(To: <[^>]*>)/,
  '$1[peer_tag_param]',
);

/** One message of the transaction that a message further back has begun, by sipp's count of steps. */
function ofTransaction(message: string, stepsBack: number): string {
  return message
    .replace(/;branch=\[branch[^\]]*\]/, `;branch=[branch-${stepsBack}]`)
    .replace(' retrans="500"', '');
}

export const SCENARIOS = {
  /** Calls, is answered, and must hear BYE with a Reason. */
  victim: scenario(
    'victim',
    INVITES,
    IS_ANSWERED,
    `<recv request="BYE">${HAS_REASON}</recv>`,
    responds('200 OK'),
    REFERENCE,
  ),
  /** Calls and must be rejected by 608 with a Reason. */
  rejected: scenario('rejected', INVITES, isRefused(608, HAS_REASON), REFERENCE),
  /** Calls, talks for a moment and hangs up. */
  talker: scenario(
    'talker',
    INVITES,
    IS_ANSWERED,
    '<pause milliseconds="100" />',
    callerSends('BYE', 3, '[next_url]'),
    '<recv response="200" />',
  ),
  /** Calls under an identity of its own and a From that all have in common; rejected as above. */
  assertedRejected: scenario(
    'rejected by its asserted identity',
    callerSends(
      'INVITE',
      1,
      CALLED,
      SDP,
      'P-Asserted-Identity: "A" <sip:[call_number][a]@example.com>',
    ).replace('From: <sip:[a][call_number]@', 'From: <sip:[a]@'),
    isRefused(608, HAS_REASON),
    REFERENCE,
  ),
  /** Calls a number of its own that was reached by way of one that all have in common; rejected as above. */
  divertedRejected: scenario(
    'rejected by the number first dialled',
    callerSends(
      'INVITE',
      1,
      'sip:[b][call_number]@[remote_ip]:[remote_port]',
      SDP,
      'Diversion: <sip:[call_number][a]@example.com>;reason=unconditional\n      Diversion: <sip:[b]@example.com>;reason=no-answer',
    ),
    isRefused(608, HAS_REASON),
    REFERENCE,
  ),
  /** Calls an emergency, as it says itself; otherwise a talker. */
  emergencyTalker: scenario(
    'emergency talker',
    callerSends('INVITE', 1, CALLED, SDP, 'Priority: emergency'),
    IS_ANSWERED,
    callerSends('BYE', 3, '[next_url]'),
    '<recv response="200" />',
  ),
  /** Calls, is answered, sends a re-INVITE, and hangs up. */
  renegotiator: scenario(
    'renegotiator',
    INVITES,
    IS_ANSWERED,
    INVITES_AGAIN,
    '<recv response="100" optional="true" />\n<recv response="200" />',
    callerSends('ACK', 4, '[next_url]').replace('CSeq: 1 ACK', 'CSeq: 3 ACK'),
    callerSends('BYE', 5, '[next_url]'),
    '<recv response="200" />',
  ),
  /** Calls, sends its INVITE once more, and gives up before anybody rings. */
  givesUp: scenario(
    'gives up',
    INVITES,
    '<recv response="100" />',
    ofTransaction(INVITES, 2),
    ofTransaction(callerSends('CANCEL', 1, CALLED), 3)
      .replace(/\s*\[routes\]/, '')
      .replace('[peer_tag_param]', ''),
    '<recv response="100" optional="true" />',
    '<recv response="200" optional="true" />',
    '<recv response="487" />',
    ofTransaction(callerSends('ACK', 1, CALLED), 7),
  ),
  /** Calls and is told that nobody anywhere will take the call. */
  declined: scenario('declined', INVITES, isRefused(603, '')),
  /** Calls where it may not. */
  forbidden: scenario('forbidden', INVITES, isRefused(403, '')),
  /** Answers, and must hear BYE with a Reason. */
  victimsCallee: scenario(
    'callee of victims',
    '<recv request="INVITE" />',
    ANSWERS,
    `<recv request="BYE">${HAS_REASON}</recv>`,
    responds('200 OK'),
    REFERENCE,
  ),
  /** Answers and is hung up on. */
  talkersCallee: scenario(
    'callee of talkers',
    '<recv request="INVITE" />',
    ANSWERS,
    '<recv request="BYE" />',
    responds('200 OK'),
  ),
  /** Answers, takes a re-INVITE, and is hung up on. */
  renegotiatorsCallee: scenario(
    'callee of a renegotiator',
    '<recv request="INVITE" />',
    ANSWERS,
    '<recv request="INVITE" />',
    responds('200 OK', { sdp: SDP }),
    '<recv request="ACK" />',
    '<recv request="BYE" />',
    responds('200 OK'),
  ),
  /** Will not take the call, for any phone of the callee's. */
  decliningCallee: scenario(
    'declining callee',
    '<recv request="INVITE" />',
    responds('603 Decline', { tag: TAG }),
    '<recv request="ACK" />',
  ),
  /** Cannot take calls at the moment. */
  unavailableCallee: scenario(
    'unavailable callee',
    '<recv request="INVITE" />',
    responds('503 Service Unavailable', { tag: TAG }),
    '<recv request="ACK" />',
  ),
  /** Rings, and must be cancelled with a Reason. */
  ringingCallee: ringingCallee(HAS_REASON),
  /** The same behind Kamailio, which names the cause in its CANCELs and leaves its text out. */
  ringingCalleeOfKamailio: ringingCallee(HAS_CAUSE),
} as const;
