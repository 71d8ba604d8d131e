/** Names within the sidecar, and the numbers that stand for them on the wire. */
import { InvalidFieldError } from '../errors.js';

export class WireEnum<Name extends string, Value extends number> {
  readonly #names: ReadonlyMap<number, Name>;

  /** @param prefix of the values in the proto file, for complaints: `ALERT_STATUS_`. */
  constructor(
    private readonly prefix: string,
    private readonly values: Readonly<Record<Name, Value>>,
  ) {
    const names = Object.keys(values) as Name[];
    this.#names = new Map(names.map((name) => [values[name], name]));
  }

  toWire(name: Name): Value {
    return this.values[name];
  }

  /** @throws InvalidFieldError for a number that stands for no name: UNSPECIFIED, or one of a later contract. */
  fromWire(value: number, field: string): Name {
    const name = this.#names.get(value);
    if (name === undefined) throw new InvalidFieldError(field, `takes ${this.#choices()}`);
    return name;
  }

  #choices(): string {
    const names = Object.keys(this.values).map((name) => name.toUpperCase().replaceAll('-', '_'));
    return names.map((name) => this.prefix + name).join(' | ');
  }
}
