import type { ExecOptions, ExecResult } from "../../../local/exec.ts";

type Answer = Partial<ExecResult> | undefined;

/** A machine that notes each command, and answers as it is told. By default all succeed without a word. */
export class FakeMachine {
  readonly commands: string[] = [];
  private readonly answer: (command: string, options: ExecOptions) => Answer | Promise<Answer>;

  constructor(answer: (command: string, options: ExecOptions) => Answer | Promise<Answer> = () => undefined) {
    this.answer = answer;
  }

  async exec(argv: string[], options: ExecOptions = {}): Promise<ExecResult> {
    const command = argv.join(" ");
    this.commands.push(command);
    return { exitCode: 0, stdout: "", stderr: "", ...(await this.answer(command, options)) };
  }
}
