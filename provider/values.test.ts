import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changedKeys, holdsUnknown, plain, secret, secretKeys, withSecrets } from "./values.ts";

const signature = "4dabf18193072939515e22adb298388d";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const properties = fc.dictionary(
  fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
  fc.jsonValue().filter((value) => value !== null),
  { noNullPrototype: true },
);

describe("plain values", () => {
  test("are what they were before some of them were marked as secret", () => {
    fc.assert(
      fc.property(properties, fc.array(fc.nat()), (values, picks) => {
        const keys = Object.keys(values).filter((_, index) => picks.includes(index));
        const marked = withSecrets(values, keys);
        expect(plain(marked)).toEqual(values);
        expect(secretKeys(marked).sort()).toEqual(keys.sort());
      }),
    );
  });

  test("open secrets at any depth, and outputs of the engine, known or not", () => {
    expect(plain({ files: { "tls.key": secret("k"), list: [secret(secret(1))] } })).toEqual({
      files: { "tls.key": "k", list: [1] },
    });
    expect(plain({ [signature]: outputSignature, value: "v", secret: true })).toBe("v");
    expect(plain({ [signature]: outputSignature, secret: true })).toBe(unknown);
  });

  test("count as secret where a secret lies anywhere below", () => {
    const marked = { a: { b: [secret(1)] }, c: "plain", d: { [signature]: outputSignature, value: 1, secret: true } };
    expect(secretKeys(marked)).toEqual(["a", "d"]);
  });

  test("count as unknown where a part of them is", () => {
    expect(holdsUnknown({ a: [{ b: unknown }] })).toBe(true);
    expect(holdsUnknown({ a: [{ b: "known" }], c: null })).toBe(false);
  });
});

describe("changes", () => {
  test("are inputs that differ, that are new, and that were dropped; outputs are none", () => {
    const state = { same: [1], differs: 1, dropped: 1, output: 1 };
    const inputs = { same: [1], differs: 2, added: 1 };
    expect(changedKeys(state, inputs, ["same", "differs", "dropped", "added"]).sort()).toEqual([
      "added",
      "differs",
      "dropped",
    ]);
  });

  test("include what a preview does not know", () => {
    expect(changedKeys({ a: "x" }, { a: unknown }, ["a"])).toEqual(["a"]);
  });
});
