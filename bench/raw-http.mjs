// A client that spends little: requests as bytes over a few kept sockets, answers only counted. It shares the machine with what it measures.
import { connect } from "node:net";

const HEAD_END = Buffer.from("\r\n\r\n");
const LENGTH = Buffer.from("ontent-length: ", "latin1");
const DIGITS_END = 13; // a carriage return

/** Where the answer that begins these bytes ends; -1 where its head is not whole. */
function endOf(bytes) {
  const head = bytes.indexOf(HEAD_END);
  if (head < 0) return -1;
  let length = 0;
  for (let at = bytes.indexOf(LENGTH) + LENGTH.length; bytes[at] !== DIGITS_END; at++) length = length * 10 + bytes[at] - 48;
  return head + 4 + length;
}

/** The bytes of a POST. */
export function post(path, body, type = "application/json") {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${type}\r\ncontent-length: ${bytes.length}\r\n\r\n`), bytes]);
}

/**
 * Sockets to a server, one request at a time on each; what finds none free waits. `send(bytes)` resolves with the status and, if asked for,
 * the body of the answer.
 */
export function pool(url, sockets) {
  const { hostname, port } = new URL(url);
  const free = [];
  const waiting = [];
  let closing = false;
  const open = () => {
    let current = null;
    let rest = null;
    const take = (chunk) => {
      const all = rest === null ? chunk : Buffer.concat([rest, chunk]);
      const end = endOf(all);
      if (end < 0 || all.length < end) return void (rest = rest === null ? Buffer.from(chunk) : all); // the chunk is written over
      rest = null;
      const { resolve, wantsBody } = current;
      current = null;
      resolve({ status: Number(all.latin1Slice(9, 12)), body: wantsBody ? all.utf8Slice(all.indexOf(HEAD_END) + 4, end) : null });
      const next = waiting.shift();
      if (next === undefined) free.push(lane);
      else lane.send(next);
    };
    const onread = { buffer: Buffer.allocUnsafe(65_536), callback: (length, buffer) => take(buffer.subarray(0, length)) };
    const socket = connect({ host: hostname, port: Number(port), noDelay: true, onread });
    const lane = {
      socket,
      send(asked) {
        current = asked;
        socket.write(asked.bytes);
      },
    };
    const lost = () => {
      current?.resolve({ status: 0, body: null });
      current = null;
      if (!closing) throw new Error(`the server at ${url} closed a connection`);
    };
    socket.on("error", lost);
    socket.on("close", lost);
    free.push(lane);
  };
  for (let i = 0; i < sockets; i++) open();
  return {
    get waiting() {
      return waiting.length;
    },
    send: (bytes, wantsBody = false) =>
      new Promise((resolve) => {
        const asked = { bytes, resolve, wantsBody };
        const lane = free.shift();
        if (lane === undefined) waiting.push(asked);
        else lane.send(asked);
      }),
    close() {
      closing = true;
      for (const { socket } of free) socket.destroy();
    },
  };
}

/**
 * Calls `act(due)` so many times a second, in open loop, until a moment; `due` is when it should have been called, on `performance`'s clock.
 * The rate rises evenly for the first `rising` milliseconds, as processes that have just started need.
 */
export async function openLoop(rate, until, act, rising = 0) {
  const begun = performance.now();
  const risen = (rate * rising) / 2000; // calls until the rate is reached
  const dueOf = (n) => begun + (n < risen ? Math.sqrt((2000 * rising * n) / rate) : rising + (1000 * (n - risen)) / rate);
  for (let made = 0; ;) {
    const now = performance.now();
    for (let due = dueOf(made); due <= now; due = dueOf(made)) {
      act(due);
      made++;
    }
    if (now >= until) return made;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
