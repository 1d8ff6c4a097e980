import { afterAll, beforeAll, expect, test } from "vitest";
import { CertificateAuthority, Pinned } from "../../provider/sdk.ts";
import { type TestStack, testStack } from "../harness/provider/test-stack.ts";

let stack: TestStack;

beforeAll(async () => {
  stack = await testStack();
});
afterAll(() => stack.dispose());

/** A pinned value, and something that is made anew when it changes, as a machine is. */
const program = (value: string, generation: number) => async () => {
  const { pinned } = new Pinned("pinned", { pinned: value, generation });
  const made = new CertificateAuthority("made", { commonName: pinned as unknown as string });
  return { pinned, of: made.certPem };
};

test("a value stays as it was until its generation rises, and every preview is true", async () => {
  expect((await stack.up(program("first", 1))).outputs).toMatchObject({ pinned: "first" });
  const previewed = async (...wanted: Parameters<typeof program>) => {
    const { steps } = await stack.preview(program(...wanted));
    const done = await stack.up(program(...wanted));
    expect({ preview: steps }).toEqual({ preview: done.steps });
    return done;
  };
  for (const other of ["second", "third"])
    expect(await previewed(other, 1)).toMatchObject({
      steps: { pinned: "same", made: "same" },
      outputs: { pinned: "first" },
    });
  const raised = await previewed("third", 2);
  expect(raised).toMatchObject({ steps: { pinned: "update" }, outputs: { pinned: "third" } });
  expect(raised.steps.made).toMatch(/replace/);
  expect(await previewed("third", 2)).toMatchObject({ steps: { pinned: "same", made: "same" } });
  // The generation of machines whose image is the newest one already.
  expect(await previewed("third", 3)).toMatchObject({ steps: { pinned: "update", made: "same" } });
});
