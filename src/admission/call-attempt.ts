/** A call attempt as it reaches admission, whichever way it came, and the limits that it must keep. */
import { isIP } from 'node:net';
import { InvalidFieldError } from '../errors.js';

/** One initial INVITE, or what corresponds to it. Texts are as the switch wrote them; '' stands for absent. */
export interface CallAttempt {
  readonly callId: string;
  readonly fromTag: string;
  readonly aNumber: string;
  readonly bNumber: string;
  readonly sourceIp: string;
  readonly switchId: string;
  readonly trunk: string;
  /** The call itself says that it is an emergency (Priority, Resource-Priority). */
  readonly emergency: boolean;
}

/** Most UTF-16 code units of each text. */
export const NUMBER_MAX = 128;
export const CALL_ID_MAX = 512;
export const TAG_MAX = 256;
export const NAME_MAX = 64;

/** @throws InvalidFieldError naming the first field that breaks a limit. */
export function validateAttempt(attempt: CallAttempt): void {
  if (attempt.bNumber === '') throw new InvalidFieldError('b_number', 'is empty; who is called?');
  validateTexts(attempt);
}

/** Like validateAttempt, but B may be empty. @throws InvalidFieldError */
export function validateTexts(attempt: CallAttempt): void {
  checkText('b_number', attempt.bNumber, NUMBER_MAX);
  checkText('a_number', attempt.aNumber, NUMBER_MAX);
  checkText('call_id', attempt.callId, CALL_ID_MAX);
  checkText('from_tag', attempt.fromTag, TAG_MAX);
  checkText('switch_id', attempt.switchId, NAME_MAX);
  checkText('trunk', attempt.trunk, NAME_MAX);
  if (attempt.sourceIp !== '' && isIP(attempt.sourceIp) === 0) {
    throw new InvalidFieldError('source_ip', 'is not an IPv4 or IPv6 address');
  }
}

/** @throws InvalidFieldError for text that is too long, holds a control character, or is no Unicode. */
export function checkText(field: string, text: string, lengthMax: number): void {
  if (text.length > lengthMax) {
    throw new InvalidFieldError(field, `has ${text.length} characters; at most ${lengthMax} are allowed`);
  }
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // Printable ASCII, which is nearly all there is, costs nothing more.
    if (code >= 32 && code < 127) continue;
    if (isControl(code)) throw new InvalidFieldError(field, `holds a control character at position ${i}`);
    if (isLoneSurrogate(text, i))
      throw new InvalidFieldError(field, `holds half a character at position ${i}`);
  }
}

/** C0, DEL and C1 control characters. */
function isControl(code: number): boolean {
  return code < 32 || (code >= 127 && code < 160);
}

/** JSON can bring one (`\ud800`); it has no form in UTF-8, in which the store and everybody else would have to be told. */
function isLoneSurrogate(text: string, i: number): boolean {
  const code = text.charCodeAt(i);
  if (isHighSurrogate(code)) return !isLowSurrogate(text.charCodeAt(i + 1));
  return isLowSurrogate(code) && !isHighSurrogate(text.charCodeAt(i - 1));
}

/** NaN, for what lies beyond the text, is neither. */
function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000;
}
