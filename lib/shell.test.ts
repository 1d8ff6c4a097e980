import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { commandLine, quoted, shellWord } from "./shell.ts";

/** Characters that mean something to a shell, and any others but NUL, which no argument can hold. */
const word = fc.oneof(
  fc.string({ unit: fc.constantFrom(..." \t\n'\"\\$`!*?[]{}()<>|&;#~%=-aZ9_@+:,./é") }),
  fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\0", "")),
  fc.constantFrom("", "a b", "it's", "$(id)", "`id`", "a\nb", "~", "*", "!"),
);

const argument = (words: string): string => `printf '%s\\0' first ${words}`;
const listItem = (words: string): string => `for word in first ${words}; do printf '%s\\0' "$word"; done`;
const arrayItem = (words: string): string => `argv=(first ${words}); printf '%s\\0' "\${argv[@]}"`;

test.each([
  ["sh", "an argument", argument],
  ["sh", "a list's item", listItem],
  ["bash", "an argument", argument],
  ["bash", "an array's item", arrayItem],
])("%s reads a word as it was, as %s", (shell, _place, scriptOf) => {
  const read = (words: string) => execFileSync(shell, ["-c", scriptOf(words)], { encoding: "utf8" }).split("\0");
  fc.assert(
    fc.property(fc.array(word, { maxLength: 20 }), (words) => {
      const expected = ["first", ...words, ""];
      expect(read(words.map(quoted).join(" "))).toEqual(expected);
      expect(read(commandLine(words))).toEqual(expected);
    }),
    { numRuns: 25 },
  );
});

test.each([
  ["plain-word_1@a.b/c:d,e=f+g%h", "plain-word_1@a.b/c:d,e=f+g%h"],
  ["", "''"],
  ["a b", "'a b'"],
  ["it's", `'it'\\''s'`],
  ["~", "'~'"],
])("%j is written %s", (text, written) => {
  expect(shellWord(text)).toBe(written);
});
