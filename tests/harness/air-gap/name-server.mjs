// A name server that knows no name, and writes down each that it is asked for: `node name-server.mjs FILE`.
import { createSocket } from "node:dgram";
import { appendFileSync, writeFileSync } from "node:fs";

const [, , file = ""] = process.argv;
const nameError = 3;
writeFileSync(file, "");
const socket = createSocket("udp4");
socket.on("message", (question, { address, port }) => {
  const labels = [];
  let at = 12;
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  appendFileSync(file, `${labels.join(".")}\n`);
  const answer = Buffer.from(question.subarray(0, at + 5));
  answer.writeUInt16BE(0x8180 | nameError, 2);
  // The question comes back, and nothing with it.
  answer.fill(0, 6, 12);
  socket.send(answer, port, address);
});
socket.bind(53, "127.0.0.1");
