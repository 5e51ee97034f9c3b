/** Assertions for stories: ES2022 only, so that they run on every engine. */

export class Unexpected extends Error {}

class Expectation {
  private readonly actual: unknown;
  private readonly what: string;

  constructor(actual: unknown, what: string) {
    this.actual = actual;
    this.what = what;
  }

  toBe(expected: unknown): void {
    if (!Object.is(this.actual, expected)) this.fail(`is ${show(this.actual)}, not ${show(expected)}`);
  }

  /** Deeply equal; a member that is undefined counts as absent. */
  toEqual(expected: unknown): void {
    if (!isEqual(this.actual, expected)) this.fail(`is\n  ${show(this.actual)}, not\n  ${show(expected)}`);
  }

  /** Every member of `expected` is there and equal, at any depth; others may be there too. Lists have the same length. */
  toMatch(expected: unknown): void {
    if (!isPart(this.actual, expected)) this.fail(`is\n  ${show(this.actual)}, which does not match\n  ${show(expected)}`);
  }

  toHaveLength(length: number): void {
    const actual = (this.actual as { length?: number } | undefined)?.length;
    if (actual !== length) this.fail(`has ${actual} elements, not ${length}: ${show(this.actual)}`);
  }

  toContain(item: unknown): void {
    const list = this.actual as string | readonly unknown[];
    const found = typeof list === 'string' ? list.includes(item as string) : list.some((element) => isEqual(element, item));
    if (!found) this.fail(`${show(list)} does not contain ${show(item)}`);
  }

  notToContain(item: unknown): void {
    const list = this.actual as string | readonly unknown[];
    const found = typeof list === 'string' ? list.includes(item as string) : list.some((element) => isEqual(element, item));
    if (found) this.fail(`${show(list)} contains ${show(item)}`);
  }

  toBeAtLeast(least: number): void {
    if (!((this.actual as number) >= least)) this.fail(`is ${show(this.actual)}, below ${least}`);
  }

  toBeAtMost(most: number): void {
    if (!((this.actual as number) <= most)) this.fail(`is ${show(this.actual)}, above ${most}`);
  }

  private fail(text: string): never {
    throw new Unexpected(this.what === '' ? text : `${this.what}: ${text}`);
  }
}

export function expect(actual: unknown, what = ''): Expectation {
  return new Expectation(actual, what);
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}

function isEqual(left: unknown, right: unknown): boolean {
  return isPart(left, right) && isPart(right, left);
}

function isPart(actual: unknown, expected: unknown): boolean {
  if (Object.is(actual, expected)) return true;
  if (typeof actual !== 'object' || typeof expected !== 'object' || actual === null || expected === null) return false;
  if (Array.isArray(actual) !== Array.isArray(expected)) return false;
  if (Array.isArray(expected) && (actual as unknown[]).length !== expected.length) return false;
  for (const name of Object.keys(expected)) {
    const wanted = (expected as Record<string, unknown>)[name];
    if (!isPart((actual as Record<string, unknown>)[name], wanted)) return false;
  }
  return true;
}
