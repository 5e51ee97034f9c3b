/** The terminal as two things that do not disturb each other: lines that come whenever they want, and a question that somebody is answering. */

interface Question {
  readonly prompt: string;
  typed: string;
  readonly answer: (text: string | undefined) => void;
}

const clearLine = '\r\u001b[K';

export class Screen {
  private readonly draw: (text: string) => void;
  private question: Question | undefined;

  /** `draw` writes to the terminal as it is, for the question. */
  constructor(draw: (text: string) => void) {
    this.draw = draw;
  }

  get isAsking(): boolean {
    return this.question !== undefined;
  }

  /** Writes a line above the question, if there is one. */
  above(write: () => void): void {
    if (this.question) this.draw(clearLine);
    write();
    this.show();
  }

  /** The answer, without blanks around; undefined: it was given up with Escape or Ctrl-C. A second question gives up the first. */
  ask(prompt: string): Promise<string | undefined> {
    this.finish(undefined);
    return new Promise((answer) => {
      this.question = { prompt, typed: '', answer };
      this.show();
    });
  }

  /** What the keyboard sent while a question is open: letters, or one key that is more than a letter. */
  type(keys: string): void {
    // Arrows and the like, which are no part of any answer.
    if (keys.length > 1 && keys.startsWith('\u001b')) return;
    for (const key of keys) {
      const { question } = this;
      if (question === undefined) return;
      if (key === '\r' || key === '\n') this.finish(question.typed.trim());
      else if (key === '\u001b' || key === '\u0003' || key === '\u0004') this.finish(undefined);
      else if (key === '\u007f' || key === '\b') question.typed = [...question.typed].slice(0, -1).join('');
      else if (key === '\u0015') question.typed = '';
      else if (key >= ' ') question.typed += key;
    }
    if (this.question) this.draw(clearLine);
    this.show();
  }

  private show(): void {
    if (this.question) this.draw(`${this.question.prompt}: ${this.question.typed}`);
  }

  private finish(text: string | undefined): void {
    const { question } = this;
    if (question === undefined) return;
    this.question = undefined;
    this.draw(`${clearLine}${question.prompt}: ${text ?? '(given up)'}\n`);
    question.answer(text);
  }
}
