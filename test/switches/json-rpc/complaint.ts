import { AcmError } from '../../../src/errors.js';

/** `CODE: message` of the AcmError that it rejects with; anything else is a failure of the test. */
export async function complaintOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof AcmError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'none';
}
