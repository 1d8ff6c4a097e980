import { Duplex, type Readable, type Writable } from "node:stream";

/**
 * Makes one stream of a command's output and its input. Unlike Node's own it is ended without an error: TLS over it would pass that on
 * when nobody listens any more.
 */
export function joined(output: Readable, input: Writable): Duplex {
  const both = new Duplex({
    read: () => void output.resume(),
    write: (chunk, _encoding, done) => void input.write(chunk, done),
    final: (done) => void input.end(done),
    destroy: (error, done) => {
      output.destroy();
      input.destroy();
      done(error);
    },
  });
  const gone = (error?: Error) => void both.destroy(error);
  output.on("data", (chunk) => {
    if (!both.push(chunk)) output.pause();
  });
  output.once("end", () => both.push(null)).once("error", gone);
  // A command that has ended takes no more.
  input.once("error", () => gone());
  return both;
}

/** Resolves when a stream's first bytes are the word that was agreed on; rejects where it ends without. */
export function begun(stream: Readable, word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void) => {
      stream.off("readable", look).off("end", ended).off("close", ended).off("error", ended);
      outcome();
    };
    const look = () => {
      const first: Buffer | null = stream.read(word.length);
      if (first === null) return;
      settle(first.toString() === word ? resolve : () => reject(new Error(first.toString())));
    };
    const ended = () => settle(() => reject(new Error("it ended")));
    stream.on("readable", look).once("end", ended).once("close", ended).once("error", ended);
  });
}
