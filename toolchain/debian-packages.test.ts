import { expect, test } from "vitest";
import { parseSharedObjects } from "./debian-packages.ts";

const loader = "/root/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2";

test("a loader's list gives libraries by name and the loader by the path that programs name", () => {
  const list = [
    "\tlinux-vdso.so.1 (0x00007f4a48bf3000)",
    "\tlibc.so.6 => /root/lib/x86_64-linux-gnu/libc.so.6 (0x00007f4a488ed000)",
    "\t/lib64/ld-linux-x86-64.so.2 => /root/lib64/ld-linux-x86-64.so.2 (0x00007f4a48bf5000)",
    "",
  ].join("\n");
  expect(parseSharedObjects(list, loader)).toEqual([
    { name: "libc.so.6", file: "/root/lib/x86_64-linux-gnu/libc.so.6" },
    { name: "/lib64/ld-linux-x86-64.so.2", file: loader },
  ]);
});

test("a library that is not there is an error, not an image that fails later", () => {
  expect(() => parseSharedObjects("\tlibnope.so.1 => not found\n", loader)).toThrow("libnope.so.1 was not found");
});
