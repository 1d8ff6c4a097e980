/** A test of a program's argument; undefined where it is not given. */
export type Test = (value: string | undefined) => boolean;

export const isSet: Test = (value) => value !== undefined && value !== "";
export const equals =
  (expected: string): Test =>
  (value) =>
    value === expected;
export const isAbsentOr =
  (test: Test): Test =>
  (value) =>
    value === undefined || test(value);
export const atLeast =
  (least: number): Test =>
  (value) =>
    value !== undefined && Number(value) >= least;

const words = (value: string | undefined) => value?.split(",") ?? [];

/** Tests whether a list parted by commas has the word. */
export const includes =
  (word: string): Test =>
  (value) =>
    words(value).includes(word);
/** Tests whether the argument is given and its list lacks the word. */
export const without =
  (word: string): Test =>
  (value) =>
    value !== undefined && !words(value).includes(word);
