import type { Readable } from "node:stream";

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
