// An application beside its sidecar: plaintext requests to a port on loopback, each on a connection of its own.
import { request } from "node:http";

/** Status of one request; 0 where there was no answer. */
export function callPlain(port: number, path = "/"): Promise<number> {
  return new Promise((resolve) => {
    const asked = request({ host: "127.0.0.1", port, path, agent: false, timeout: 3000 }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode ?? 0));
      answer.on("error", () => resolve(0));
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(0));
    asked.end();
  });
}

/** Calls without a pause until told to stop; then says how many calls there were and what failed. */
export function startCalling(port: number): () => Promise<{ calls: number; failures: readonly number[] }> {
  const failures: number[] = [];
  let calls = 0;
  let going = true;
  const loop = (async () => {
    while (going) {
      const status = await callPlain(port);
      calls += 1;
      if (status !== 200) failures.push(status);
    }
  })();
  return async () => {
    going = false;
    await loop;
    return { calls, failures };
  };
}
