/** Answers of the station that a test forces: the status of the next CALLRESULT to an action. */

const callPattern = /^\s*\[\s*2\s*,\s*"((?:[^"\\]|\\.)*)"\s*,\s*"(\w{1,64})"/;

export class ResponseOverrides {
  private readonly statuses = new Map<string, { status: string; always: boolean }>();
  /** Actions of CALLs that are not answered yet, by id. */
  private readonly open = new Map<string, string>();

  set(action: string, status: string, always: boolean): void {
    this.statuses.set(action, { status, always });
  }

  /** Hears every frame that comes in. */
  received(text: string): void {
    const call = this.statuses.size > 0 ? callPattern.exec(text) : null;
    if (call) this.open.set(call[1] as string, call[2] as string);
  }

  /** The text to send in place of an answer. */
  sent(text: string): string {
    if (this.open.size === 0 || !text.startsWith('[3,')) return text;
    const [type, id, payload] = JSON.parse(text) as [number, string, Record<string, unknown>];
    const action = this.open.get(id);
    const override = action === undefined ? undefined : this.statuses.get(action);
    this.open.delete(id);
    if (action === undefined || override === undefined) return text;
    if (!override.always) this.statuses.delete(action);
    return JSON.stringify([type, id, { ...payload, status: override.status }]);
  }
}
