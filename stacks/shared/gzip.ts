import { gzipSync } from "node:zlib";
import * as pulumi from "@pulumi/pulumi";

/**
 * Compresses user-data, which cloud-init reads so; some clouds take no more than 16 KiB of it. Gives the same bytes on every
 * operating system.
 */
export function gzippedBase64(text: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.output(text).apply((plain) => {
    const bytes = gzipSync(plain, { level: 9 });
    // The header tells the operating system it was made on; 255 is "unknown".
    bytes[9] = 255;
    return bytes.toString("base64");
  });
}
