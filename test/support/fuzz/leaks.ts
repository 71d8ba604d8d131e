/** What an answer must not give away: where the sidecar's code lies, what it is made of, and what it asks its store. */

/** The last is where the store of the fuzzed sidecar lies. */
const PLACES = [
  /(\\n|\n)\s*at /,
  /\bat [\w.<>[\] ]+ \((?:file|node|\/)/,
  /node_modules|node:internal|file:\/\//,
  /\.[cm]?[jt]s:\d+/,
  /\b(?:src|dist|sidecar)\/(?:admission|detection|grpc|http|sip|store|telemetry|commands)\b/,
  /\/acm-fuzz-/,
];

const SQL = [
  /\b(?:SELECT|INSERT INTO|DELETE FROM|UPDATE)\b[^"]*\b(?:FROM|VALUES|WHERE|SET)\b/,
  /SQLSTATE|syntax error at or near|violates \w+[- ]\w+ constraint|relation \\?"|invalid input syntax|out of range for type/i,
];

const INTERNALS = [
  /\b[A-Z][a-z]+(?:[A-Z][a-z]+)*Error\b/,
  /\b(?:FST|ERR|HPE|UND)_[A-Z_]+/,
  /\bE(?:CONN|PIPE|NOENT|ACCES|ADDR|TIMEDOUT)[A-Z]*\b/,
  /Cannot (?:read|set|convert|access|destructure)|is not (?:a function|iterable|defined)|\[object /,
  /Maximum call stack|Unexpected (?:token|end|identifier)|in JSON at/,
];

/** What each answer is searched for. */
export function leakIn(text: string): string | undefined {
  return firstMatch([...PLACES, ...SQL], text);
}

/** What the answer to a request that was refused is searched for as well. */
export function leakInRefusal(text: string): string | undefined {
  return leakIn(text) ?? firstMatch(INTERNALS, text);
}

function firstMatch(patterns: readonly RegExp[], text: string): string | undefined {
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (match !== null) return text.slice(Math.max(0, match.index - 60), match.index + 120);
  }
  return undefined;
}
