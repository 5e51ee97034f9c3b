/** A cursor over a list in received text: one element is built at a time, because the graph of 48 entries costs 18 kB on XS. */
import type { Violation } from './check.ts';
import { isObject, parse, skipSpace, valueEnd } from './json.ts';

/** The elements of one list, already checked. It keeps the received text alive, so it is not meant to be kept. */
export class Elements<T> {
  /** Number of elements. */
  count = 0;
  /** The first violation of an element; handed on by `check`, so never seen by a handler. */
  violation: Violation | undefined = undefined;
  /** Index behind the closing bracket, once it has been reached; -1 before, and for ever when the list is no JSON. */
  end = -1;
  /** What follows was checked: `null` stands for what is absent. */
  private isChecked = false;
  private readonly text: string;
  private readonly start: number;
  private readonly names: readonly string[];
  private at: number;

  /** `open` is the index of the opening bracket; `names` are the member names of an element. */
  constructor(text: string, open: number, names: readonly string[]) {
    this.text = text;
    this.start = skipSpace(text, open + 1);
    this.names = names;
    this.at = this.start;
  }

  /** The next element, or undefined behind the last one. */
  next(): T | undefined {
    const text = this.text;
    const start = this.at;
    if (text.charAt(start) === ']') {
      this.end = start + 1;
      return undefined;
    }
    const end = valueEnd(text, start);
    if (end < 0) return undefined;
    const after = skipSpace(text, end);
    const mark = text.charAt(after);
    if (mark === ',') {
      this.at = skipSpace(text, after + 1);
      if (text.charAt(this.at) === ']') this.at = text.length;
    } else {
      this.at = mark === ']' ? after : text.length;
    }
    const element = parse(text.slice(start, end), this.names);
    if (this.isChecked && isObject(element)) dropNulls(element as Record<string, unknown>);
    return element as T | undefined;
  }

  /** Back to before the first element, after all were checked. */
  rewind(): void {
    this.at = this.start;
    this.isChecked = true;
  }
}

/** A checked object has `null` only where nothing need be (protocol.md section 2). */
function dropNulls(holder: Record<string, unknown>): void {
  for (const name in holder) {
    const part = holder[name];
    if (part === null) holder[name] = undefined;
    else if (isObject(part)) dropNulls(part as Record<string, unknown>);
  }
}
