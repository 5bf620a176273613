// Requests over kept connections: what a load needs that asks thousands of times a second.
import { request, type Agent } from "node:http";

/** What a server answered. */
export interface Answered {
  readonly status: number;
  readonly body: string;
}

/** Posts a body, whatever is answered. Rejects if the connection fails. */
export function post(url: string, agent: Agent, body: string, type = "application/json"): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": type, "content-length": Buffer.byteLength(body) };
    const sent = request(url, { method: "POST", agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => (text += piece));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Posts a message as JSON, and reads what is answered. Throws unless it is a 200. */
export async function postJson<A>(url: string, agent: Agent, message: object): Promise<A> {
  const { status, body } = await post(url, agent, JSON.stringify(message));
  if (status === 200) return JSON.parse(body) as A;
  throw new Error(`the server answered ${String(status)}: ${body}`);
}
