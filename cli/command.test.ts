import { expect, test } from "vitest";
import { UserError } from "../lib/errors.ts";
import { defineCommand, parseInvocation } from "./command.ts";

const command = defineCommand({
  options: {
    output: { type: "string", short: "o", placeholder: "FILE", description: "" },
    json: { type: "boolean", description: "" },
  },
  maxPositionals: 2,
  run: async () => 0,
});

const refusal = (argv: string[]): UserError => {
  try {
    parseInvocation("ssh", command, argv);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("it was accepted");
};

test("options, positionals and what follows -- are told apart", () => {
  expect(parseInvocation("ssh", command, ["local", "-o", "x", "master-1", "--json", "--", "ls", "--json"])).toEqual({
    positionals: ["local", "master-1"],
    values: { output: "x", json: true },
    rest: ["ls", "--json"],
  });
});

test.each([
  [["--jsn"], /Unknown option '--jsn'/],
  [["--output"], /--output/],
  [["--json=yes"], /--json/],
  [["a", "b", "c"], /too many arguments: c/],
])("%j is refused with the way to the command's help", (argv, message) => {
  const error = refusal(argv);
  expect(error.message).toMatch(message);
  expect(error.next).toBe("./kpaas ssh --help");
});
