// What any HTTP server in Node costs at least: node:http that reads and parses the body of a POST, and sends a fixed text.
import { createServer } from "node:http";

/** Starts one that sends this text, on a free port of this machine; resolves with its address. */
export async function bareServer(text) {
  const server = createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      JSON.parse(Buffer.concat(parts).toString());
      response.setHeader("content-type", "application/json");
      response.setHeader("content-length", Buffer.byteLength(text));
      response.end(text);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${server.address().port}`;
}
