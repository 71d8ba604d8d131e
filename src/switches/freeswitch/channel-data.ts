/** What FreeSWITCH says of a channel: the fields of an event, of uuid_dump, or of a call that it hands over. */

/** The value of a field, by its name as FreeSWITCH writes it; '' for an absent one. */
export type ChannelData = (name: string) => string;

/** The fields of a JSON object; undefined for what is none. Of a field that comes several times the first value counts. */
export function readJsonChannel(text: string): ChannelData | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return undefined;
  const values = new Map(Object.entries(fields));
  return (name) => {
    const value: unknown = values.get(name);
    const first: unknown = Array.isArray(value) ? value[0] : value;
    return typeof first === 'string' ? first : '';
  };
}

/** The fields of a call that is handed over by the `socket` application: headers with percent-encoded values. */
export function readHeaderChannel(headers: ReadonlyMap<string, string>): ChannelData {
  return (name) => {
    const value = headers.get(name.toLowerCase()) ?? '';
    try {
      return decodeURIComponent(value);
    } catch {
      return value;
    }
  };
}

/** FreeSWITCH's name for a channel: a UUID, or what an operator has set by `origination_uuid`. Safe within a command. */
export function uuidOf(field: ChannelData): string | undefined {
  const uuid = field('Unique-ID');
  return isUuid(uuid) ? uuid : undefined;
}

export function isUuid(text: string): boolean {
  return /^[\w.:-]{1,256}$/.test(text);
}
