/** The languages of blocks that are no commands, and whether a text is of one. */
import { parse as parseCsv } from 'csv-parse/sync';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';
import { isWellFormed } from './stand-ins/well-formed-xml.js';

/** Each says what is wrong; undefined for nothing. */
export const DATA_LANGUAGES: Readonly<Record<string, (text: string) => string | undefined>> = {
  json: (text) => complaintOf(() => JSON.parse(text)),
  yaml: (text) => parseAllDocuments(text).flatMap(({ errors }) => errors)[0]?.message,
  ini: complaintOfIni,
  csv: (text) => complaintOf(() => parseCsv(text)),
  xml: (text) => (isWellFormed(text) ? undefined : 'an element is not closed'),
  js: complaintOfScript,
  ts: complaintOfScript,
};

/** Sections, and settings as systemd, an environment file and many programs have them. */
function complaintOfIni(text: string): string | undefined {
  return text.split('\n').find((line) => !/^\s*($|[#;]|\[[^\]]+\]$|[\w.-]+ *=)/.test(line));
}

/** Syntax alone: what a snippet takes from around it is not there. */
function complaintOfScript(text: string): string | undefined {
  const { diagnostics = [] } = ts.transpileModule(text, { reportDiagnostics: true });
  return diagnostics[0] && ts.flattenDiagnosticMessageText(diagnostics[0].messageText, '\n');
}

function complaintOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
