import { gzipSync } from "node:zlib";
import * as pulumi from "@pulumi/pulumi";

/** cloud-init reads it so; some clouds take no more than 16 KiB of user-data. The same bytes on every machine. */
export function gzippedBase64(text: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.output(text).apply((plain) => {
    const bytes = gzipSync(plain, { level: 9 });
    // The header tells the operating system it was made on; 255 is "unknown".
    bytes[9] = 255;
    return bytes.toString("base64");
  });
}
